import type { Box, Volume } from '@cohortium/imaging';
import { exp, ln } from '@cohortium/numerics';
import { convolutionKernel } from '../axis-kernel.js';
import { chainMap } from '../axis-map.js';
import { finiteVolumeSource, responseVolume, volumeSource, wantedBox, wholeBox } from '../block.js';
import { separableResponse } from '../separable.js';
import type { AxisMaps } from '../separable.js';

/** Functions of the intensity that PyRadiomics offers as image types. */
export const pyradiomicsPointFilters = ['square', 'squareroot', 'logarithm', 'exponential'] as const;
/** One of {@link pyradiomicsPointFilters}. */
export type PyradiomicsPointFilter = (typeof pyradiomicsPointFilters)[number];

/**
 * A function of each voxel's intensity x, scaled by the largest absolute intensity M of the whole image: square (x / sqrt(M))^2; square
 * root sign(x) sqrt(M |x|); logarithm c sign(x) ln(|x| + 1) with c = M / ln(M + 1); exponential exp(x ln(M) / M) (PyRadiomics 3,
 * imageoperations). An image of zeros stays zero (PyRadiomics divides by zero there); its exponential is 1.
 * @param box block of the image's grid to compute the values on; the whole image by default
 * @throws `RADIOMICS.FILTER_NOT_FINITE`, `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsPointwise(image: Volume, filter: PyradiomicsPointFilter, box?: Box): Volume {
  const { dimensions } = image.geometry;
  const wanted = wantedBox(dimensions, box);
  const whole = finiteVolumeSource(image).read(wholeBox(dimensions));
  let largest = 0;
  for (let at = 0; at < whole.length; at++) largest = Math.max(largest, Math.abs(whole[at] as number));
  const values = volumeSource(image).read(wanted);
  const transform = largest === 0 ? () => (filter === 'exponential' ? 1 : 0) : pointFunction(filter, largest);
  for (let at = 0; at < values.length; at++) values[at] = transform(values[at] as number);
  return responseVolume(image, wanted, values);
}

function pointFunction(filter: PyradiomicsPointFilter, largest: number): (x: number) => number {
  switch (filter) {
    case 'square': {
      const scale = 1 / Math.sqrt(largest);
      return (x) => scale * x * (scale * x);
    }
    case 'squareroot':
      return (x) => (x < 0 ? -Math.sqrt(-x * largest) : Math.sqrt(x * largest));
    case 'logarithm': {
      const scale = largest / ln(largest + 1);
      return (x) => scale * (x < 0 ? -ln(1 - x) : ln(x + 1));
    }
    case 'exponential': {
      const scale = ln(largest) / largest;
      return (x) => exp(scale * x);
    }
  }
}

/**
 * Gradient magnitude by central differences, per millimeter or per voxel, the border voxel repeated: PyRadiomics' image type `gradient`
 * (SimpleITK's GradientMagnitudeImageFilter, which stores single precision).
 * @param useSpacing differences per millimeter (`gradientUseSpacing`)
 * @param box block of the image's grid to compute the values on; the whole image by default
 * @throws `RADIOMICS.FILTER_NOT_FINITE`, `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsGradient(image: Volume, useSpacing = true, box?: Box): Volume {
  const { dimensions, spacingMm } = image.geometry;
  const wanted = wantedBox(dimensions, box);
  const source = finiteVolumeSource(image);
  let squares = new Float64Array(0);
  for (const axis of [0, 1, 2] as const) {
    const perStep = 0.5 * (1 / (useSpacing ? spacingMm[axis] : 1));
    const map = chainMap(convolutionKernel([perStep, 0, -perStep]));
    const maps = [0, 1, 2].map((other) => (other === axis ? map : null)) as unknown as AxisMaps;
    const slope = separableResponse(source, maps, wanted, 'nearest');
    if (axis === 0) squares = new Float64Array(slope.length);
    for (let at = 0; at < slope.length; at++) squares[at] = (squares[at] as number) + (slope[at] as number) * (slope[at] as number);
  }
  return responseVolume(image, wanted, Float32Array.from(squares, Math.sqrt));
}
