import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNrrd, toRoiMask } from '@cohortium/imaging';
import type { RoiMask, Volume } from '@cohortium/imaging';
import { parseCsv } from '@cohortium/radiomics';

/** Folder of the PyRadiomics baseline; undefined where the reference data are not at hand. */
export const pyradiomicsFolder = ((root) => {
  const folder = root === undefined ? undefined : join(root, 'pyradiomics');
  return folder !== undefined && existsSync(join(folder, 'baseline_features.csv')) ? folder : undefined;
})(process.env['COHORTIUM_REFERENCE']);

/** A variant of a case: what PyRadiomics was given, and what it gave. */
export interface BaselineVariant {
  readonly id: string;
  readonly case: string;
  readonly variant: string;
  readonly setting: Readonly<Record<string, unknown>>;
  readonly imageType: Readonly<Record<string, object>>;
  readonly classes: readonly string[];
  readonly pyradiomicsVersion: string;
  readonly expected: ReadonlyMap<string, number>;
}

interface RecordedSettings {
  readonly case: string;
  readonly variant: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly enabled_image_types: Readonly<Record<string, object>>;
  readonly classes: readonly string[];
  readonly pyradiomics_version: string;
}

const read = (name: string) => readFileSync(join(pyradiomicsFolder as string, name));

/** Every variant of the baseline with its rows. */
export function baselineVariants(): readonly BaselineVariant[] {
  const settings = JSON.parse(read('baseline_settings.json').toString('utf8')) as Record<string, RecordedSettings>;
  const [, ...rows] = parseCsv(read('baseline_features.csv').toString('utf8'));
  return Object.entries(settings).map(([id, recorded]) => ({
    id,
    case: recorded.case,
    variant: recorded.variant,
    setting: recorded.settings,
    imageType: recorded.enabled_image_types,
    classes: recorded.classes,
    pyradiomicsVersion: recorded.pyradiomics_version,
    expected: new Map(
      rows
        .filter(([name, variant]) => name === recorded.case && variant === recorded.variant)
        .map(([, , , feature, value]) => [feature as string, Number(value)]),
    ),
  }));
}

/** The image of a case. */
export function baselineImage(name: string): Volume {
  return readNrrd(read(`${name}_image.nrrd`));
}

/** The region of a case; for the shape of slices, the slice with the most voxels of it, as the file of the baseline had. */
export function baselineMask(name: string, variant: string): RoiMask {
  const mask = toRoiMask(readNrrd(read(`${name}_label.nrrd`)), 1);
  if (variant !== 'shape2D') return mask;
  const [ni, nj, nk] = mask.geometry.dimensions;
  const slice = (k: number) => mask.voxels.subarray(k * ni * nj, (k + 1) * ni * nj);
  const sizes = Array.from({ length: nk }, (_, k) => slice(k).reduce((sum, voxel) => sum + voxel, 0));
  const largest = sizes.indexOf(Math.max(...sizes));
  const voxels = new Uint8Array(mask.voxels.length);
  voxels.set(slice(largest), largest * ni * nj);
  return { geometry: mask.geometry, voxels };
}
