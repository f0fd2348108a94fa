import { normalQuantile } from '@cohortium/numerics';

/** Quantile 0.975 of the standard normal distribution, 1.959963984540054: every interval of this library is 95 %. */
export const normalQuantile975 = normalQuantile(0.975, 0, 1);

/** Bounds of a 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** estimate -+ 1.96 standard errors. */
export function waldInterval(estimate: number, standardError: number): Interval {
  const half = normalQuantile975 * standardError;
  return { low: estimate - half, high: estimate + half };
}

/** {@link waldInterval} of a quantity that lies in [0, 1], clipped to it. */
export function unitWaldInterval(estimate: number, standardError: number): Interval {
  const { low, high } = waldInterval(estimate, standardError);
  return { low: Math.max(0, low), high: Math.min(1, high) };
}
