/** The nearest integer, halves to the even neighbor (IEEE 754 roundTiesToEven), so that rounding shifts no mean. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Interpolated sums of whole numbers miss a half by rounding of the weights; within this they are taken as halves. */
const halfTolerance = 1e-9;

/** Rounds interpolated intensities, in place (IBSI 0.9, section 2.4, 68QD). */
export function roundIntensities(intensities: Float64Array, method: 'none' | 'nearestInteger'): void {
  if (method === 'none') return;
  for (let at = 0; at < intensities.length; at++) {
    const value = intensities[at] as number;
    const half = Math.round(2 * value) / 2;
    intensities[at] = roundHalfToEven(Math.abs(value - half) < halfTolerance ? half : value);
  }
}

/** Smallest, largest and mean intensity, and population standard deviation, of the voxels of a mask. */
export interface IntensitySummary {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly sd: number;
}

/** Two passes over the voxels of a mask; all of them when no mask is given. */
export function summarizeIntensities(intensities: ArrayLike<number>, mask?: Uint8Array): IntensitySummary {
  let [count, min, max, sum] = [0, Infinity, -Infinity, 0];
  for (let at = 0; at < intensities.length; at++) {
    if (mask !== undefined && mask[at] !== 1) continue;
    const value = intensities[at] as number;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let at = 0; at < intensities.length; at++) {
    if (mask !== undefined && mask[at] !== 1) continue;
    const d = (intensities[at] as number) - mean;
    squares += d * d;
  }
  return { count, min, max, mean, sd: Math.sqrt(squares / count) };
}
