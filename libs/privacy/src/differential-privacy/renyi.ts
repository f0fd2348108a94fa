import { exp, expm1, ln, log1p } from '@cohortium/numerics';

/** Orders at which Renyi divergences are followed: whole numbers, since the bound of the Skellam mechanism is known at these only. */
export const renyiOrders: readonly number[] = [...Array.from({ length: 255 }, (_, i) => i + 2), 320, 384, 448, 512, 768, 1024, 2048, 4096];

/**
 * epsilon at delta from Renyi divergences at some orders.
 * Source: Canonne, Kamath & Steinke 2020, arXiv 2004.00010, Proposition 12.
 * @example a constant divergence of 1.1 at orders 2 ... 32 and delta 1e-5 give 1.32783806
 */
export function epsilonOfRenyi(orders: readonly number[], divergence: (order: number) => number, delta: number): number {
  let best = Infinity;
  for (const order of orders) {
    const rdp = divergence(order);
    // Total variation distance is at most sqrt(1 - e^-KL), and the divergence bounds KL.
    const epsilon = delta * delta + expm1(-rdp) > 0 ? 0 : rdp + log1p(-1 / order) - (ln(delta) + ln(order)) / (order - 1);
    best = Math.min(best, Math.max(0, epsilon));
  }
  return best;
}

/** Renyi divergence of order `order` of the Gaussian mechanism. Source: Mironov 2017, arXiv 1702.07476, Corollary 3. */
export function gaussianRenyi(order: number, ratio: number): number {
  return (order * ratio * ratio) / 2;
}

/** What sensitivity bounds say about one participant's contribution, in steps of the grid. */
export interface Sensitivities {
  readonly l1: number;
  readonly l2: number;
}

/**
 * Renyi divergence of the Skellam mechanism, for whole orders of at least 2.
 * Source: Agarwal, Kairouz & Liu 2021, arXiv 2110.04995, Corollary 3.6.
 * @param variance of the noise in each coordinate, in squared steps of the grid
 */
export function skellamRenyi(order: number, { l1, l2 }: Sensitivities, variance: number): number {
  const squared = l2 * l2;
  const correction = Math.min(((2 * order - 1) * squared + 6 * l1) / (4 * variance * variance), (3 * l1) / (2 * variance));
  return (order * squared) / (2 * variance) + correction;
}

/** zCDP of the (discrete) Gaussian mechanism. Source: Canonne, Kamath & Steinke 2020, arXiv 2004.00010, Theorem 4. */
export function gaussianRho(ratio: number): number {
  return (ratio * ratio) / 2;
}

/**
 * The rate rho with Renyi divergence <= rho x order at every whole order of at least 2, for the Skellam mechanism: the same currency as
 * zCDP wherever epsilon is computed from whole orders, as {@link epsilonOfRho} does. Follows from {@link skellamRenyi} by order >= 1.
 */
export function skellamRho(sensitivities: Sensitivities, variance: number): number {
  const { l1, l2 } = sensitivities;
  const correction = Math.min((2 * l2 * l2 + 6 * l1) / (4 * variance * variance), (3 * l1) / (2 * variance));
  return (l2 * l2) / (2 * variance) + correction;
}

/**
 * zCDP of a sum to which several parties each add discrete Gaussian noise. The sum of discrete Gaussians is not one; `tau` bounds by how
 * much it differs.
 * Source: Kairouz, Liu & Steinke 2021, arXiv 2102.06387, Theorem 1.
 * @param l2 sensitivity, @param sigma standard deviation of one party's noise, both in steps of the grid
 * @param parties whose noise counts, @param dimension elements of the vector
 */
export function distributedGaussianRho(l2: number, sigma: number, parties: number, dimension: number): number {
  let tau = 0;
  for (let k = 1; k < parties; k++) tau += 10 * exp((-2 * Math.PI * Math.PI * sigma * sigma * k) / (k + 1));
  const total = parties * sigma * sigma;
  const first = Math.sqrt((l2 * l2) / total + (tau * dimension) / 2);
  const second = l2 / Math.sqrt(total) + tau * Math.sqrt(dimension);
  const epsilon = Math.min(first, second);
  return (epsilon * epsilon) / 2;
}

/** epsilon at delta of a rho that was summed over releases; best over whole orders. */
export function epsilonOfRho(rho: number, delta: number): number {
  return epsilonOfRenyi(renyiOrders, (order) => rho * order, delta);
}

/** The simple conversion rho + 2 sqrt(rho ln(1 / delta)); never below {@link epsilonOfRho} by more than rounding. Source: arXiv 1605.02065, Proposition 1.3. */
export function simpleEpsilonOfRho(rho: number, delta: number): number {
  return rho + 2 * Math.sqrt(rho * -ln(delta));
}
