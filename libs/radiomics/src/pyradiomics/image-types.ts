import { boxSize, copyBlock } from '@cohortium/imaging';
import type { Box, Volume } from '@cohortium/imaging';
import type { AppError } from '@cohortium/kernel';
import { filterErrors } from '../filters/errors.js';
import { pyradiomicsLogFits, pyradiomicsLogName, pyradiomicsLogs } from '../filters/pyradiomics/laplacian.js';
import { pyradiomicsBinaryPattern2d } from '../filters/pyradiomics/local-binary-pattern-2d.js';
import { pyradiomicsBinaryPatternNames, pyradiomicsBinaryPatterns3d } from '../filters/pyradiomics/local-binary-pattern-3d.js';
import { pyradiomicsGradient, pyradiomicsPointwise } from '../filters/pyradiomics/pointwise.js';
import type { PyradiomicsPointFilter } from '../filters/pyradiomics/pointwise.js';
import { pyradiomicsWaveletNames, pyradiomicsWavelets } from '../filters/pyradiomics/stationary-wavelet.js';
import type { WaveletName } from '../filters/wavelets.js';
import { sliceAxisOf } from './image-region.js';
import type { PyradiomicsImageType, PyradiomicsSetting } from './parameters.schema.js';

/** An image derived from another, on the box of the region. */
export interface DerivedImage {
  /** What PyRadiomics calls it: `original`, `log-sigma-2-0-mm-3D`, `wavelet-LLH`, ... */
  readonly name: string;
  /** Values of the box, i fastest. */
  readonly intensities: ArrayLike<number>;
}

/** An image that cannot be derived, and why. */
export interface MissingImage {
  readonly name: string;
  readonly error: AppError;
}

/** The region that images are derived for. */
export interface ImagePart {
  readonly image: Volume;
  readonly box: Box;
  /** 1 where a voxel of the box belongs to the region. */
  readonly mask: Uint8Array;
}

/**
 * The images of a type, in PyRadiomics' order.
 * @throws `RADIOMICS.FILTER_NOT_FINITE`
 */
export function* imagesOf(
  type: PyradiomicsImageType,
  part: ImagePart,
  setting: PyradiomicsSetting,
): Generator<DerivedImage | MissingImage> {
  const { image, box } = part;
  switch (type) {
    case 'Original':
      yield { name: 'original', intensities: copyBlock({ dimensions: image.geometry.dimensions, values: image.values }, box) };
      return;
    case 'LoG':
      yield* laplacians(part, setting.sigma);
      return;
    case 'Wavelet': {
      const { start_level: startLevel, level, force2D } = setting;
      const wavelet = setting.wavelet as WaveletName;
      const axes = force2D ? { sliceAxis: sliceAxisOf(setting) } : {};
      for (const band of pyradiomicsWavelets(image, { wavelet, startLevel, level, ...axes }, box))
        yield { name: band.name, intensities: band.image.values };
      return;
    }
    case 'Gradient':
      yield { name: 'gradient', intensities: pyradiomicsGradient(image, setting.gradientUseSpacing, box).values };
      return;
    case 'LBP2D':
      yield { name: 'lbp-2D', intensities: binaryPattern2d(part, setting) };
      return;
    case 'LBP3D':
      for (const { name, values } of binaryPatterns3d(part, setting)) yield { name, intensities: values };
      return;
    default: {
      const name = type.toLowerCase() as PyradiomicsPointFilter;
      yield { name, intensities: pyradiomicsPointwise(image, name, box).values };
    }
  }
}

/** What the images of a type are called, in the order of {@link imagesOf}; one that a region is too small for is among them. */
export function imageNamesOf(type: PyradiomicsImageType, setting: PyradiomicsSetting): readonly string[] {
  switch (type) {
    case 'LoG':
      return setting.sigma.map(pyradiomicsLogName);
    case 'Wavelet':
      return pyradiomicsWaveletNames({ level: setting.level, axes: setting.force2D ? 2 : 3 });
    case 'LBP2D':
      return ['lbp-2D'];
    case 'LBP3D':
      return pyradiomicsBinaryPatternNames(setting.lbp3DLevels);
    default:
      return [type.toLowerCase()];
  }
}

/** The Laplacians of some sigmas (in mm, as the settings write them), in their order. */
function* laplacians({ image, box }: ImagePart, sigmas: readonly string[]): Generator<DerivedImage | MissingImage> {
  const fits = (sigma: string) => pyradiomicsLogFits(image, Number(sigma));
  const responses = pyradiomicsLogs(image, sigmas.filter(fits).map(Number), box);
  for (const sigma of sigmas) {
    if (!fits(sigma)) yield tooWide(image, sigma);
    else yield { name: pyradiomicsLogName(sigma), intensities: (responses.next().value as Volume).values };
  }
}

function tooWide(image: Volume, sigma: string): MissingImage {
  const sigmaMm = Number(sigma);
  const { dimensions, spacingMm } = image.geometry;
  const needed = spacingMm.map((spacing) => Math.max(4, Math.ceil(sigmaMm / spacing) + 1));
  const axis = dimensions.findIndex((count, n) => count < (needed[n] as number));
  return {
    name: pyradiomicsLogName(sigma),
    error: filterErrors.error('RADIOMICS.FILTER_TOO_SMALL', {
      count: dimensions[axis] as number,
      axis: 'ijk'.charAt(axis),
      filter: 'log',
      needed: needed[axis] as number,
    }),
  };
}

function binaryPattern2d({ image, box }: ImagePart, setting: PyradiomicsSetting): ArrayLike<number> {
  const { lbp2DSamples: samples, lbp2DRadius: radius, lbp2DMethod: method } = setting;
  return pyradiomicsBinaryPattern2d(image, { samples, radius, method, sliceAxis: sliceAxisOf(setting) }, box);
}

function binaryPatterns3d({ image, box, mask }: ImagePart, setting: PyradiomicsSetting) {
  const { lbp3DLevels: levels, lbp3DIcosphereRadius: radius, lbp3DIcosphereSubdivision: subdivisions } = setting;
  return pyradiomicsBinaryPatterns3d(image, { levels, radius, subdivisions }, mask, box);
}

/** Voxels of a box. */
export function maskIn(mask: Uint8Array, { geometry: { dimensions } }: Volume, box: Box): Uint8Array {
  const [ni, nj] = dimensions;
  const [wide, high, deep] = boxSize(box);
  const out = new Uint8Array(wide * high * deep);
  for (let k = 0, at = 0; k < deep; k++)
    for (let j = 0; j < high; j++, at += wide) {
      const start = box.from[0] + ni * (j + box.from[1] + nj * (k + box.from[2]));
      out.set(mask.subarray(start, start + wide), at);
    }
  return out;
}
