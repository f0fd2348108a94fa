import { exp, ln, normalQuantile } from '@cohortium/numerics';
import { pairedT } from '../baseline-tests/t-tests.js';

/** Moments of two raters x and y over the same participants; sums of squares and products around the means. */
export interface PairMoments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
  /** Mean of x - y, and sum of squares around it. */
  readonly meanDifference: number;
  readonly differenceSquares: number;
}

/** Agreement of two raters on one column. Null where a figure does not exist. */
export interface Agreement {
  readonly n: number;
  readonly ccc: number | null;
  readonly cccLower: number | null;
  readonly cccUpper: number | null;
  /** Pearson correlation, and the bias correction factor: ccc = pearson * bias. */
  readonly pearson: number | null;
  readonly biasCorrection: number | null;
  readonly meanDifference: number;
  readonly sdDifference: number;
  readonly loaLower: number;
  readonly loaUpper: number;
  /** sqrt(sum d^2 / 2n), and 1.96 sqrt 2 times it. */
  readonly withinSd: number;
  readonly repeatability: number;
  readonly pairedTP: number | null;
}

/** Two-sided 95 % of the normal distribution as Bland and Altman round it. */
const blandAltmanZ = 1.96;

/**
 * Agreement of two raters. Concordance: Lin 1989 (doi 10.2307/2532051) with limits by Fisher's z transform and the variance of Lin
 * 2000, as R's `epiR::epi.ccc`. Limits of agreement: Bland & Altman 1986, doi 10.1016/S0140-6736(86)90837-8, mean +- 1.96 SD.
 * Within-participant SD and repeatability coefficient: Bland & Altman 1999, doi 10.1177/096228029900800204.
 * @returns null with fewer than two participants
 */
export function agreementOf(moments: PairMoments, level: number): Agreement | null {
  const { n, meanDifference, differenceSquares } = moments;
  if (n < 2) return null;
  const variance = differenceSquares / (n - 1);
  const sdDifference = Math.sqrt(variance);
  const withinSd = Math.sqrt((differenceSquares + n * meanDifference * meanDifference) / (2 * n));
  return {
    n,
    ...concordance(moments, level),
    meanDifference,
    sdDifference,
    loaLower: meanDifference - blandAltmanZ * sdDifference,
    loaUpper: meanDifference + blandAltmanZ * sdDifference,
    withinSd,
    repeatability: blandAltmanZ * Math.SQRT2 * withinSd,
    pairedTP: pairedT({ n, mean: meanDifference, variance })?.p ?? null,
  };
}

type Concordance = Pick<Agreement, 'ccc' | 'cccLower' | 'cccUpper' | 'pearson' | 'biasCorrection'>;

function concordance({ n, meanX, meanY, xx, yy, xy }: PairMoments, level: number): Concordance {
  const none = { cccLower: null, cccUpper: null, pearson: null, biasCorrection: null };
  const apart = n * (meanX - meanY) * (meanX - meanY);
  if (!(xx + yy + apart > 0)) return { ccc: null, ...none };
  const ccc = (2 * xy) / (xx + yy + apart);
  if (!(xx > 0) || !(yy > 0) || xy === 0) return { ccc, ...none };
  const r = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  const bias = ccc / r;
  // Location shift relative to the scale, squared.
  const shift = apart / Math.sqrt(xx * yy);
  const spread =
    ((1 - r * r) * ccc * ccc * (1 - ccc * ccc)) / (r * r) +
    (2 * ccc ** 3 * (1 - ccc) * shift) / r -
    (ccc ** 4 * shift * shift) / (2 * r * r);
  if (n < 3 || !(spread >= 0) || Math.abs(ccc) >= 1) return { ccc, ...none, pearson: r, biasCorrection: bias };
  const z = ln((1 + ccc) / (1 - ccc)) / 2;
  const reach = (normalQuantile(1 - (1 - level) / 2, 0, 1) * Math.sqrt(spread / (n - 2))) / (1 - ccc * ccc);
  return { ccc, cccLower: hyperbolicTangent(z - reach), cccUpper: hyperbolicTangent(z + reach), pearson: r, biasCorrection: bias };
}

function hyperbolicTangent(z: number): number {
  const e = exp(2 * z);
  return e === Infinity ? 1 : (e - 1) / (e + 1);
}
