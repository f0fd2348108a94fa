import { boxSize, widenBox } from '@cohortium/imaging';
import type { Box, Triple, Volume } from '@cohortium/imaging';
import type { Axis } from '../block.js';
import { boxRange, boxVoxels, finiteVolumeSource, responseVolume, wantedBox } from '../block.js';
import { filterErrors } from '../errors.js';
import { partOf, wholePart } from './line-layout.js';
import type { GridPart } from './line-layout.js';
import { recursiveGaussian } from './recursive-gaussian.js';
import { recursivePass } from './recursive-pass.js';

/** Voxels that the recursive filter needs along every axis. */
const fewestVoxels = 4;

/**
 * What lies farther away than this many sigmas counts less than 3e-10 of its intensity, two hundred times less than the last bit of the
 * single precision that ITK keeps between its passes: the slowest exponential of the recursion falls by e^(-1.37) a sigma.
 */
const forgetsAfterSigma = 16;

/** True where PyRadiomics computes a Laplacian of a Gaussian at all: it leaves out sigmas that are too wide for the image, with a warning. */
export function pyradiomicsLogFits({ geometry: { dimensions, spacingMm } }: Volume, sigmaMm: number): boolean {
  return dimensions.every((count, axis) => count >= fewestVoxels && count >= Math.ceil(sigmaMm / (spacingMm[axis] as number)) + 1);
}

/** What PyRadiomics 3 calls the image: `log-sigma-1-5-mm-3D`. A whole sigma of a YAML file (`1`) and a broken one (`1.0`) differ there. */
export function pyradiomicsLogName(sigma: string): string {
  return `log-sigma-${sigma.replace('.', '-')}-mm-3D`;
}

/**
 * Laplacian of a Gaussian as PyRadiomics has it: SimpleITK's LaplacianRecursiveGaussianImageFilter with NormalizeAcrossScale, that is
 * Deriche's recursive approximation, times sigma^2, in space, with the border values going on for ever. Passes follow ITK's order and
 * its single-precision storage between them, so values agree with it to that precision.
 * @param box block of the image's grid to compute the response on; the whole image by default
 * @returns single-precision values
 * @throws `RADIOMICS.FILTER_TOO_SMALL` for fewer than 4 voxels along an axis; `RADIOMICS.FILTER_NOT_FINITE`; `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsLog(image: Volume, sigmaMm: number, box?: Box): Volume {
  const [response] = pyradiomicsLogs(image, [sigmaMm], box);
  return response as Volume;
}

/**
 * The same at several scales, one after the other. The image is read once, as far as the widest of them needs it.
 * @throws what {@link pyradiomicsLog} throws
 */
export function* pyradiomicsLogs(image: Volume, sigmasMm: readonly number[], box?: Box): Generator<Volume, void> {
  const { dimensions, spacingMm } = image.geometry;
  if (sigmasMm.length === 0) return;
  const wanted = wantedBox(dimensions, box);
  const short = dimensions.findIndex((count) => count < fewestVoxels);
  if (short >= 0)
    throw filterErrors.error('RADIOMICS.FILTER_TOO_SMALL', {
      count: dimensions[short] as number,
      axis: 'ijk'.charAt(short),
      filter: 'log',
      needed: fewestVoxels,
    });
  const neededFor = (sigmaMm: number) =>
    widenBox(wanted, spacingMm.map((spacing) => Math.ceil((forgetsAfterSigma * sigmaMm) / spacing)) as unknown as Triple, dimensions);
  const read = neededFor(Math.max(...sigmasMm));
  const source = wholePart(finiteVolumeSource(image).read(read), boxSize(read));
  for (const sigmaMm of sigmasMm) {
    const needed = neededFor(sigmaMm);
    const part = partOf(source, shifted(needed, read.from));
    yield responseVolume(image, wanted, laplacian(part, spacingMm, sigmaMm, shifted(wanted, needed.from)));
  }
}

/** A box in the indices of another that begins at `origin`. */
function shifted({ from, to }: Box, origin: Triple): Box {
  const shift = ([i, j, k]: Triple): Triple => [i - origin[0], j - origin[1], k - origin[2]];
  return { from: shift(from), to: shift(to) };
}

/** The sum of the second derivatives in a box of a part of the image, in single precision as ITK adds them. */
function laplacian(part: GridPart, spacingMm: Triple, sigmaMm: number, box: Box): Float32Array {
  const sum = new Float32Array(boxVoxels(box));
  for (const axis of [0, 1, 2] as const) {
    const { values } = secondDerivative(part, spacingMm, sigmaMm, axis, box);
    const perSquareMm = 1 / (spacingMm[axis] * spacingMm[axis]);
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (values[at] as number) * perSquareMm;
  }
  return sum;
}

/** The second derivative along one axis of the image smoothed along the others, in voxel units of that axis. */
function secondDerivative(part: GridPart, spacingMm: Triple, sigmaMm: number, axis: Axis, box: Box): GridPart {
  const others = ([0, 1, 2] as const).filter((other) => other !== axis);
  let filtered = part;
  for (const along of [axis, ...others]) {
    const coefficients = recursiveGaussian(along === axis ? 2 : 0, sigmaMm, spacingMm[along]);
    filtered = recursivePass(filtered, along, coefficients, boxRange(box, along));
  }
  return filtered;
}
