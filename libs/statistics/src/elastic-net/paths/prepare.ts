import { Frozen } from '@cohortium/kernel';
import { ln, logit } from '@cohortium/numerics';
import type { Federation, RosterScope } from '@cohortium/federation';
import { statisticsErrors } from '../../errors.js';
import type { MatrixSpec } from '../../model-matrix/model-matrix.js';
import { fitScaling } from '../../model-matrix/scaling.js';
import { foldCount, predictorCount } from './data.js';
import type { PenalizedData } from './data.js';
import { foldMomentsQuery, sumMoments } from './moments-query.js';
import type { RowMoments } from './moments-query.js';
import type { FoldContext } from './problem.js';

/** How penalties are weighted. */
export interface PenaltyOptions {
  readonly alpha: number;
  readonly standardize: boolean;
  readonly intercept: boolean;
  /** By term: 0 leaves it free, Infinity leaves it out. */
  readonly penaltyFactors: Float64Array;
  /** Whether the square penalty of a Gaussian fit is that of glmnet (over the SD of the outcome) or that of the documented objective. */
  readonly gaussianSquares: 'glmnet' | 'objective';
}

/** A data set whose columns are standardized, with the penalties of every fold. */
export interface PreparedData {
  readonly data: Frozen<PenalizedData>;
  readonly rows: number;
  readonly weight: number;
  /** All rows first, then each fold that has rows left out. */
  readonly folds: readonly PreparedFold[];
}

/** One fold with what its rows say about outcome and columns. */
export interface PreparedFold {
  readonly context: FoldContext;
  readonly rows: number;
  readonly moments: RowMoments;
  /** Intercepts of the model without columns and offsets. */
  readonly intercepts: readonly number[];
}

/** Variance, in units of the column's own over all rows, below which it is constant in a fold. */
const constantVariance = 1e-14;

/**
 * Standardizes columns (and a Gaussian outcome) by their weighted moments over all rows, in three rounds, and works out how the penalties of
 * glmnet weigh on standardized coefficients in each fold: glmnet standardizes every fit by the SDs of its own rows.
 * @throws `STATISTICS.ONE_CLASS`, `STATISTICS.CANNOT_FIT`
 */
export async function prepareData(
  federation: Federation,
  scope: RosterScope,
  data: PenalizedData,
  options: PenaltyOptions,
): Promise<PreparedData> {
  const isNumber = data.family === 'gaussian';
  const outcomeTerm = { name: data.outcome.column, factors: [{ column: data.outcome.column }] };
  const { matrix } = data;
  const extended: MatrixSpec = isNumber
    ? { ...matrix, terms: [...matrix.terms, outcomeTerm], center: [...matrix.center, 0], scale: [...matrix.scale, 1] }
    : matrix;
  const scaling = await fitScaling(federation, extended, scope);
  if (scaling.rows === 0) throw statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: data.outcome.column, reason: 'noRows' });
  const p = matrix.terms.length;
  const { center, scale } = scaling.spec.value;
  const standard: MatrixSpec = { ...matrix, center: center.slice(0, p), scale: scale.slice(0, p) };
  const outcome = isNumber
    ? { ...data.outcome, center: options.intercept ? (center[p] as number) : 0, scale: scale[p] as number }
    : data.outcome;
  const first = new Frozen<PenalizedData>({ ...data, matrix: standard, outcome });
  const { value: parts } = await federation.sum(foldMomentsQuery, { data: first }, scope);
  const all = sumMoments(parts, null);
  refuse(all, data);
  const constant = Array.from(scaling.sd.subarray(0, p), (sd) => sd === 0);
  const { spec, moments } = byWeight(standard, parts, all, constant);
  const final = new Frozen<PenalizedData>({
    ...data,
    matrix: options.intercept ? spec : { ...spec, center: spec.center.map(() => 0) },
    outcome,
  });
  const factors = normalizedFactors(options.penaltyFactors);
  const folds = [null, ...Array.from({ length: foldCount(data.folds) }, (_, fold) => fold)].map((fold) =>
    prepareFold(final.value, sumMoments(moments, fold === null ? null : fold + 1), fold ?? -1, all.weight, factors, constant, options),
  );
  // A fold without rows leaves nothing out.
  const used = folds.filter(({ context }) => context.leftOut < 0 || context.share < 1);
  return { data: final, rows: all.rows, weight: all.weight, folds: used };
}

function refuse(all: RowMoments, data: PenalizedData): void {
  if (all.refused > 0) throw statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: data.outcome.column, reason: 'badOutcome' });
  if (!(all.weight > 0)) throw statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: data.outcome.column, reason: 'noRows' });
}

/** Standardizes once more, by weighted means and SDs (division by the weight), and moves the sums along. */
function byWeight(
  spec: MatrixSpec,
  parts: readonly RowMoments[],
  all: RowMoments,
  constant: readonly boolean[],
): { spec: MatrixSpec; moments: RowMoments[] } {
  const mean = all.first.map((sum, j) => (constant[j] ? 0 : sum / all.weight));
  const sd = all.second.map((sum, j) => {
    const variance = sum / all.weight - (mean[j] as number) ** 2;
    return constant[j] || !(variance > constantVariance) ? 1 : Math.sqrt(variance);
  });
  const moments = parts.map((part) => ({
    ...part,
    first: part.first.map((sum, j) => (sum - (mean[j] as number) * part.weight) / (sd[j] as number)),
    second: part.second.map((sum, j) => {
      const m = mean[j] as number;
      return (sum - 2 * m * (part.first[j] as number) + m * m * part.weight) / (sd[j] as number) ** 2;
    }),
  }));
  return {
    spec: {
      ...spec,
      center: spec.center.map((c, j) => c + (spec.scale[j] as number) * (mean[j] as number)),
      scale: spec.scale.map((s, j) => s * (sd[j] as number)),
    },
    moments,
  };
}

/** Factors that sum to their number, as glmnet has them; what is left out counts as 1. */
function normalizedFactors(factors: Float64Array): Float64Array {
  const sum = factors.reduce((total, factor) => total + (factor === Infinity ? 1 : factor), 0);
  return factors.map((factor) => (factor === Infinity ? Infinity : (factor * factors.length) / sum));
}

function prepareFold(
  data: PenalizedData,
  moments: RowMoments,
  leftOut: number,
  total: number,
  factors: Float64Array,
  constant: readonly boolean[],
  options: PenaltyOptions,
): PreparedFold {
  const classes = predictorCount(data);
  const width = 1 + factors.length;
  const l1 = new Float64Array(classes * width);
  const l2 = new Float64Array(classes * width);
  const factorOf = new Float64Array(classes * width);
  const squares = squareWeight(data, moments, options);
  for (let c = 0; c < classes; c++) {
    l1[c * width] = options.intercept ? 0 : Infinity;
    for (let j = 0; j < factors.length; j++) {
      const at = c * width + 1 + j;
      const mean = (moments.first[j] as number) / moments.weight;
      const variance = (moments.second[j] as number) / moments.weight - mean * mean;
      const factor = constant[j] || !(variance > constantVariance) ? Infinity : (factors[j] as number);
      const unit = options.standardize ? Math.sqrt(variance) : 1 / (data.matrix.scale[j] as number);
      factorOf[at] = factor * unit;
      l1[at] = factor === Infinity ? Infinity : options.alpha * factor * unit;
      l2[at] = factor === Infinity ? 0 : (1 - options.alpha) * factor * unit * unit * squares;
    }
  }
  const intercepts = options.intercept ? nullIntercepts(data, moments, leftOut) : new Array<number>(classes).fill(0);
  return { context: { leftOut, share: moments.weight / total, l1, l2, factor: factorOf }, rows: moments.rows, moments, intercepts };
}

/** What the square penalty is multiplied by: 1 but for numbers, whose scale it depends on. */
function squareWeight(data: PenalizedData, { outcome, weight }: RowMoments, { intercept, gaussianSquares }: PenaltyOptions): number {
  if (data.family !== 'gaussian') return 1;
  if (gaussianSquares === 'objective') return data.outcome.scale;
  const mean = intercept ? (outcome[0] as number) / weight : 0;
  const variance = (outcome[1] as number) / weight - mean * mean;
  if (!(variance > 0)) throw statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: data.outcome.column, reason: 'badOutcome' });
  return 1 / Math.sqrt(variance);
}

function nullIntercepts(data: PenalizedData, { outcome, weight }: RowMoments, leftOut: number): number[] {
  const model = leftOut < 0 ? data.outcome.column : `${data.outcome.column}, fold ${leftOut + 1}`;
  if (data.outcome.classes !== null && outcome.some((w) => !(w > 0))) throw statisticsErrors.error('STATISTICS.ONE_CLASS', { model });
  if (data.family === 'binomial') return [logit((outcome[1] as number) / weight)];
  if (data.family === 'multinomial') {
    const logs = Array.from(outcome, (w) => ln(w / weight));
    const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
    return logs.map((x) => x - mean);
  }
  const mean = (outcome[0] as number) / weight;
  if (data.family === 'gaussian') return [mean];
  if (!(mean > 0)) throw statisticsErrors.error('STATISTICS.ONE_CLASS', { model });
  return [ln(mean)];
}
