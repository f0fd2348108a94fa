import { exp, FftPlan, fftLength, ln, normalTail } from '@cohortium/numerics';

/**
 * A discretized privacy loss distribution: P(loss = (lowest + i) x interval) = mass[i], and `infinity` for what no finite loss covers. Losses
 * are rounded up and cut tails go to the pessimistic side, so every delta read off it is an upper bound.
 * Source: Koskela, Jälkö & Honkela 2020, arXiv 1906.03049; Google differential-privacy, "Privacy Loss Distributions" (2020).
 */
export interface PrivacyLoss {
  readonly interval: number;
  /** Index of the first element of {@link mass}. */
  readonly lowest: number;
  readonly mass: Float64Array;
  readonly infinity: number;
}

/** How finely a loss distribution is made. */
export interface LossGrid {
  /** Width of a cell. A composition of T releases is pessimistic by T / 2 cells on average. */
  readonly interval: number;
  /** Mass of each tail that is cut off. */
  readonly tailMass: number;
}

const defaultGrid: LossGrid = { interval: 1e-4, tailMass: 1e-15 };

/**
 * Loss of the Gaussian mechanism: normal with mean r^2/2 and standard deviation r, where r is the ratio.
 * @param ratio l2 sensitivity over standard deviation, > 0
 */
export function gaussianLoss(ratio: number, { interval, tailMass }: LossGrid = defaultGrid): PrivacyLoss {
  const mean = (ratio * ratio) / 2;
  const reach = ratio * tailPoint(tailMass);
  const highest = Math.ceil((mean + reach) / interval);
  const lowest = Math.ceil((-mean - reach) / interval);
  const mass = new Float64Array(highest - lowest + 1);
  // P(loss <= y), and P(loss > y), each computed as the tail that it is.
  const below = (y: number) => normalTail((mean - y) / ratio);
  const above = (y: number) => normalTail((y - mean) / ratio);
  for (let i = 0; i < mass.length; i++) {
    const to = Math.min((lowest + i) * interval, mean + reach);
    const from = i === 0 ? -Infinity : (lowest + i - 1) * interval;
    mass[i] = to <= mean ? below(to) - (from === -Infinity ? 0 : below(from)) : above(from) - above(to);
  }
  return { interval, lowest, mass, infinity: above(mean + reach) };
}

/**
 * Loss of one-dimensional noise on the integers under a shift of `sensitivity`: at each x, ln(P(x) / P(x + sensitivity)), with x at which
 * the shifted noise cannot lie counted as an infinite loss. The noise is symmetric, so adding and removing a participant lose alike.
 * @param lnProbability ln P(x), for |x| <= bound; outside, P is taken as 0 and the rest of the mass is expected to be negligible
 */
export function integerNoiseLoss(
  lnProbability: (x: number) => number,
  bound: number,
  sensitivity: number,
  { interval }: Pick<LossGrid, 'interval'> = defaultGrid,
): PrivacyLoss {
  const cells = new Map<number, number>();
  let infinity = 0;
  for (let x = -bound; x <= bound; x++) {
    const here = lnProbability(x);
    const p = exp(here);
    if (x + sensitivity > bound) infinity += p;
    else {
      const cell = Math.ceil((here - lnProbability(x + sensitivity)) / interval - 1e-9);
      cells.set(cell, (cells.get(cell) ?? 0) + p);
    }
  }
  const indices = [...cells.keys()];
  const lowest = indices.reduce((a, b) => Math.min(a, b), Infinity);
  const mass = new Float64Array(indices.length === 0 ? 0 : indices.reduce((a, b) => Math.max(a, b), -Infinity) - lowest + 1);
  for (const [cell, p] of cells) mass[cell - lowest] = p;
  return { interval, lowest: indices.length === 0 ? 0 : lowest, mass, infinity };
}

/** Loss of the discrete Gaussian in one dimension, cut off at |x| <= bound. */
export function discreteGaussianLoss(
  sigma: number,
  sensitivity: number,
  bound: number,
  grid: Pick<LossGrid, 'interval'> = defaultGrid,
): PrivacyLoss {
  const weight = (x: number) => exp((-x * x) / (2 * sigma * sigma));
  let total = 0;
  for (let x = -bound; x <= bound; x++) total += weight(x);
  const lnTotal = ln(total);
  return integerNoiseLoss((x) => (-x * x) / (2 * sigma * sigma) - lnTotal, bound, sensitivity, grid);
}

/**
 * Loss of two mechanisms used one after the other.
 * @throws RangeError for distributions of different intervals
 */
export function composeLosses(a: PrivacyLoss, b: PrivacyLoss, tailMass = defaultGrid.tailMass): PrivacyLoss {
  if (a.interval !== b.interval) throw new RangeError('the losses are on different grids');
  const { mass, slack } = convolve(a.mass, b.mass);
  const infinity = a.infinity + b.infinity - a.infinity * b.infinity + slack;
  return cutTails({ interval: a.interval, lowest: a.lowest + b.lowest, mass, infinity }, tailMass);
}

/** Loss of a mechanism used `count` times, by squaring. */
export function selfComposed(loss: PrivacyLoss, count: number, tailMass = defaultGrid.tailMass): PrivacyLoss {
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError('a mechanism is used a whole number of times');
  let result: PrivacyLoss | undefined;
  let power = loss;
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? power : composeLosses(result, power, tailMass);
    if (rest > 1) power = composeLosses(power, power, tailMass);
  }
  return result as PrivacyLoss;
}

/** delta at epsilon: the mass of losses above it, less what e^epsilon covers. */
export function deltaOfLoss({ interval, lowest, mass, infinity }: PrivacyLoss, epsilon: number): number {
  let delta = infinity;
  for (let i = mass.length - 1; i >= 0; i--) {
    const loss = (lowest + i) * interval;
    if (loss <= epsilon) break;
    delta += (mass[i] as number) * (1 - exp(epsilon - loss));
  }
  return Math.min(1, delta);
}

/** The smallest epsilon >= 0 at delta; Infinity where delta is below the infinite loss. */
export function epsilonOfLoss(loss: PrivacyLoss, delta: number): number {
  const { interval, lowest, mass, infinity } = loss;
  if (infinity > delta) return Infinity;
  if (deltaOfLoss(loss, 0) <= delta) return 0;
  let upper = infinity;
  // Sum of mass x e^-loss over the losses passed: delta(epsilon) = upper - e^epsilon x lower between two cells.
  let lower = 0;
  for (let i = mass.length - 1; i >= 0; i--) {
    const here = (lowest + i) * interval;
    if (lower > 0 && upper - exp(here) * lower > delta) return ln((upper - delta) / lower);
    upper += mass[i] as number;
    lower += (mass[i] as number) * exp(-here);
  }
  return lower > 0 ? Math.max(0, ln((upper - delta) / lower)) : 0;
}

/** The z at which P(Z > z) is `mass`, to the last bits. */
function tailPoint(mass: number): number {
  let low = -40;
  let high = 40;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > mass) low = middle;
    else high = middle;
  }
  return high;
}

/** Moves mass above the upper tail to infinity, and mass below the lower tail up to the first cell that is kept. */
function cutTails({ interval, lowest, mass, infinity }: PrivacyLoss, tailMass: number): PrivacyLoss {
  let from = 0;
  let low = 0;
  while (from < mass.length - 1 && low + (mass[from] as number) <= tailMass) low += mass[from++] as number;
  let to = mass.length;
  let high = 0;
  while (to > from + 1 && high + (mass[to - 1] as number) <= tailMass) high += mass[--to] as number;
  const kept = mass.slice(from, to);
  kept[0] = (kept[0] as number) + low;
  return { interval, lowest: lowest + from, mass: kept, infinity: infinity + high };
}

/**
 * Convolution by FFT. Rounding of the transform spreads over all cells; what is negative is set to 0, and `slack` bounds the mass that may
 * have been lost where it matters.
 */
function convolve(a: Float64Array, b: Float64Array): { mass: Float64Array; slack: number } {
  const size = a.length + b.length - 1;
  const length = fftLength(size);
  const plan = new FftPlan(length);
  // Both real inputs in one complex transform: z = a + i b, and a * b is the imaginary half of z * z.
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  real.set(a);
  imaginary.set(b);
  plan.transform(real, imaginary, 1);
  for (let i = 0; i < length; i++) {
    const x = real[i] as number;
    const y = imaginary[i] as number;
    real[i] = x * x - y * y;
    imaginary[i] = 2 * x * y;
  }
  plan.transform(real, imaginary, 1, true);
  const mass = new Float64Array(size);
  for (let i = 0; i < size; i++) mass[i] = Math.max(0, (imaginary[i] as number) / (2 * length));
  return { mass, slack: 2 ** -50 * Math.ceil(Math.sqrt(length)) };
}
