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

/** Intensities of a region that differ by less than this part of the largest one differ by rounding: float images have seven digits. */
const roundingNoise = 1e-11;

/**
 * Makes the values of a mask equal, in place, where they differ only by the rounding errors of interpolation or of a filter: a constant
 * region stays constant, and its noise is not stretched to gray levels.
 * @param scale largest absolute intensity that went into the values; their own size counts too
 */
export function settleConstant(values: Float64Array, mask: Uint8Array, scale: number): void {
  let [min, max] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    if (mask[at] === 0) continue;
    const value = values[at] as number;
    // Values that are no numbers are found and told later.
    if (!Number.isFinite(value)) return;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const noise = roundingNoise * Math.max(scale, Math.abs(min), Math.abs(max));
  if (!(max - min <= noise)) return;
  const middle = (min + max) / 2;
  // Ten digits are what the noise leaves of a value.
  const settled = Math.abs(middle) <= noise ? 0 : Number(middle.toPrecision(10));
  for (let at = 0; at < values.length; at++) if (mask[at] !== 0) values[at] = settled;
}

/** Largest absolute intensity of a mask's voxels; 0 if there are none. */
export function largestMagnitude(intensities: Float64Array, mask: Uint8Array): number {
  let largest = 0;
  for (let at = 0; at < intensities.length; at++) if (mask[at] !== 0) largest = Math.max(largest, Math.abs(intensities[at] as number));
  return largest;
}
