import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVolume } from '@cohortium/imaging';
import type { Volume } from '@cohortium/imaging';

/** Folder with the IBSI 2 reference data (phantoms, response maps, tests.json), if there is one. */
export const ibsi2Folder = ['ibsi2']
  .map((name) => join(process.env.COHORTIUM_REFERENCE ?? '/nowhere', name))
  .find((folder) => existsSync(join(folder, 'tests.json')));

/** Parameters of a test as the reference data write them. */
export type TestParameters = Readonly<Record<string, unknown>>;

/** Reads the parameters of phase 1. */
export function phase1Tests(): Readonly<Record<string, TestParameters>> {
  return (JSON.parse(readFileSync(join(ibsi2Folder ?? '', 'tests.json'), 'utf8')) as { phase1: Record<string, TestParameters> }).phase1;
}

/** Reads a phantom or a response map. */
export function readIbsi2Volume(kind: 'phantoms' | 'response_maps', name: string): Volume {
  return readVolume(new Uint8Array(readFileSync(join(ibsi2Folder ?? '', kind, `${name}.nii.gz`))));
}

/**
 * Filter settings of a test. Only parameters that are known are taken: a new one in the data must not be passed over.
 * @throws Error for a parameter that has no translation
 */
export function settingsOfTest(test: TestParameters): Record<string, unknown> {
  const { phantom: _phantom, filter, dim, boundary, ...rest } = test;
  const settings: Record<string, unknown> = { boundary };
  const names: Readonly<Record<string, string>> = {
    mean: 'mean',
    log: 'laplacianOfGaussian',
    'riesz of log': 'laplacianOfGaussian',
    laws: 'laws',
    gabor: 'gabor',
    'separable wavelet': 'separableWavelet',
    simoncelli: 'simoncelli',
    'riesz of simoncelli': 'simoncelli',
  };
  settings.name = names[filter as string];
  if (filter !== 'laws' && filter !== 'separable wavelet') settings.dimensions = `${dim as number}D`;
  for (const [key, value] of Object.entries(rest)) translate(settings, key, value);
  return settings;
}

function translate(settings: Record<string, unknown>, key: string, value: unknown): void {
  const renamed: Readonly<Record<string, string>> = {
    support: 'supportVoxels',
    sigma_mm: 'sigmaMm',
    cutoff_sigma: 'truncationSigma',
    kernel: 'kernels',
    lambda_mm: 'wavelengthMm',
    gamma: 'aspectRatio',
    response: 'response',
    wavelet: 'wavelet',
    level: 'level',
    order: 'rieszOrder',
  };
  if (key in renamed) settings[renamed[key] as string] = value;
  else if (key === 'rotation_invariance')
    settings.rotationInvariance = value === null ? 'none' : String(value).startsWith('max') ? 'max' : 'average';
  else if (key === 'energy') settings.energyDistanceVoxels = value === null ? null : Number(/distance (\d+)/.exec(String(value))?.[1]);
  else if (key === 'theta') settings.orientationDegrees = degrees(String(value));
  else if (key === 'map') {
    // Simoncelli has one map, B.
    if (settings.name === 'separableWavelet') settings.subband = value;
  } else if (!(key === 'plane' && value === 'axial')) throw new Error(`no translation for the test parameter ${key}: ${String(value)}`);
}

/** `5 pi/4` in degrees. */
function degrees(text: string): number {
  const found = /^(\d+)? ?pi\/(\d+)$/.exec(text);
  if (!found) throw new Error(`not an angle: ${text}`);
  return (Number(found[1] ?? 1) * 180) / Number(found[2]);
}
