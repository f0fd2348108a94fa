import type { Volume } from '@cohortium/imaging';
import { pyradiomicsErrors } from './errors.js';
import type { PyradiomicsSetting } from './parameters.schema.js';
import type { NormalizationStep } from './steps.js';

/**
 * The image less its mean, over its standard deviation (N - 1 in the denominator, SimpleITK's choice), cut off at `removeOutliers`, times
 * `normalizeScale`. All voxels of the image count.
 * @throws `RADIOMICS.NOTHING_TO_NORMALIZE`
 */
export function normalizeImage(
  image: Volume,
  { normalizeScale: scale, removeOutliers }: PyradiomicsSetting,
): { image: Volume; step: NormalizationStep } {
  const { mean, sd } = summarize(image.values);
  if (!Number.isFinite(sd)) throw pyradiomicsErrors.error('RADIOMICS.NOTHING_TO_NORMALIZE', { reason: 'finite' });
  if (!(sd > 0)) throw pyradiomicsErrors.error('RADIOMICS.NOTHING_TO_NORMALIZE', { reason: 'constant' });
  const perSd = 1 / sd;
  const limit = removeOutliers ?? Infinity;
  const values = new Float64Array(image.values.length);
  for (let at = 0; at < values.length; at++) {
    const value = ((image.values[at] as number) - mean) * perSd;
    values[at] = Math.min(Math.max(value, -limit), limit) * scale;
  }
  return { image: { geometry: image.geometry, values }, step: { step: 'normalization', mean, sd, scale, removeOutliers } };
}

/** Mean and sample standard deviation from compensated sums (Neumaier 1974, doi 10.1002/zamm.19740540106). */
function summarize(values: Volume['values']): { mean: number; sd: number } {
  let [sum, sumRest, squares, squaresRest] = [0, 0, 0, 0];
  for (let at = 0; at < values.length; at++) {
    const x = values[at] as number;
    const next = sum + x;
    sumRest += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
    const square = x * x;
    const nextSquares = squares + square;
    squaresRest += squares >= square ? squares - nextSquares + square : square - nextSquares + squares;
    squares = nextSquares;
  }
  const total = sum + sumRest;
  const count = values.length;
  const variance = (squares + squaresRest - (total * total) / count) / (count - 1);
  return { mean: total / count, sd: Math.sqrt(Math.max(0, variance)) };
}
