import { analyticGaussianSigma, gaussianEpsilon } from './analytic-gaussian.js';
import type { NoiseClause, NoiseGrid } from './grid.js';
import { composeLosses, epsilonOfLoss, gaussianLoss, selfComposed } from './privacy-loss.js';
import type { LossGrid, PrivacyLoss } from './privacy-loss.js';
import { distributedGaussianRho, epsilonOfRho, skellamRho } from './renyi.js';

/**
 * What one release costs in rho, the currency that adds up (see `gaussianRho`, `skellamRho`), for a vector of `dimension` elements.
 * @param honest sites whose noise counts, see `honestSites`
 */
export function releaseRho(clause: NoiseClause, { step, bound }: NoiseGrid, honest: number, dimension: number): number {
  const siteSigma = clause.sigma / step / Math.sqrt(honest);
  if (clause.mechanism === 'discreteGaussian') return distributedGaussianRho(bound, siteSigma, honest, dimension);
  const l1 = Math.min(bound * Math.sqrt(dimension), bound * bound);
  return skellamRho({ l1, l2: bound }, honest * siteSigma * siteSigma);
}

/** Releases of equal noise: how often, and sensitivity over standard deviation. */
export interface GaussianReleases {
  readonly count: number;
  readonly ratio: number;
}

/** epsilon as a report shows it. */
export interface EpsilonReport {
  /** From rho: a bound for every mechanism of this library; what budgets are kept in. */
  readonly fromRho: number;
  /** From the composed privacy loss of Gaussian noise of the same ratio: tighter, and comparable with published figures. */
  readonly fromLoss: number;
  readonly delta: number;
}

/**
 * epsilon of many releases together.
 * @param rho their summed cost
 */
export function reportEpsilon(releases: readonly GaussianReleases[], rho: number, delta: number): EpsilonReport {
  const used = releases.filter(({ count }) => count > 0);
  const grid = gridFor(used, delta);
  const losses = used.map(({ count, ratio }) => selfComposed(gaussianLoss(ratio, grid), count));
  const total = losses.reduce<PrivacyLoss | undefined>((sum, loss) => (sum === undefined ? loss : composeLosses(sum, loss)), undefined);
  return { fromRho: epsilonOfRho(rho, delta), fromLoss: total === undefined ? 0 : epsilonOfLoss(total, delta), delta };
}

/** Cells of a composed loss at most; a transform of that many takes a fraction of a second. */
const mostCells = 2 ** 20;

/**
 * One interval for all, so that losses compose: fine enough that rounding up adds less than half a percent to epsilon, where that many
 * cells suffice. What rounding adds is always against the site, never for it.
 */
function gridFor(releases: readonly GaussianReleases[], delta: number): LossGrid {
  const count = releases.reduce((sum, r) => sum + r.count, 0);
  const ratio = Math.sqrt(releases.reduce((sum, r) => sum + r.count * r.ratio * r.ratio, 0));
  const finest = (ratio * ratio + 20 * ratio) / mostCells;
  const wanted = count === 0 ? 1 : (0.01 * gaussianEpsilon(delta, ratio)) / count;
  return { interval: Math.max(finest, Math.min(1e-3, wanted)), tailMass: 1e-15 };
}

/**
 * Standard deviation per element at which `count` releases of sensitivity `l2Sensitivity` are together (epsilon, delta)-differentially
 * private: T Gaussian releases are one of sqrt(T) times the sensitivity.
 */
export function calibrateSigma(target: { readonly epsilon: number; readonly delta: number }, l2Sensitivity: number, count: number): number {
  return analyticGaussianSigma(target.epsilon, target.delta) * l2Sensitivity * Math.sqrt(count);
}
