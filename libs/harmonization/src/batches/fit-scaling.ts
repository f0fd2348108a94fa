import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { BatchMomentTotals } from './moments.js';
import type { BatchQueries } from './queries.js';
import type { BatchScaling } from './scaling.js';

/** A column whose SD is below this share of its mean is constant up to rounding. */
const constantShare = 1e-12;

/** First knowledge of a table: batches, counts, and what standardizes its columns. */
export interface ScaledBatches {
  readonly totals: BatchMomentTotals;
  readonly scaling: Frozen<BatchScaling>;
  /** SD (n - 1) of each column over the rows of the fit; 0 for a constant one. */
  readonly spread: Float64Array;
}

/** Moments in two rounds, the second centered on the means of the first, so that nothing is lost to cancellation. */
export async function fitBatchScaling<R>(
  federation: Federation,
  queries: Pick<BatchQueries<R>, 'moments' | 'source'>,
  recipe: Frozen<R>,
  minBatch: number,
  scope: RosterScope,
): Promise<ScaledBatches> {
  const sizes = queries.source.shapeOf(recipe.value);
  const zeros = { center: new Float64Array(sizes.columns), covariateCenter: new Float64Array(sizes.covariates) };
  const { value: totals } = await federation.sum(queries.moments, { recipe, minBatch, ...zeros }, scope);
  const { rows, observed } = totals;
  const shift = totals.first.map((sum, f) => sum / Math.max(1, observed[f] as number));
  const covariateShift = totals.covariateFirst.map((sum) => sum / Math.max(1, rows));
  const { value: second } = await federation.sum(
    queries.moments,
    { recipe, minBatch, center: shift, covariateCenter: covariateShift },
    scope,
  );
  const columns = momentsAround(shift, second.first, second.second, (f) => observed[f] as number);
  const covariates = momentsAround(covariateShift, second.covariateFirst, second.covariateSecond, () => rows);
  const scaling = new Frozen<BatchScaling>({
    center: columns.mean,
    scale: columns.sd.map((sd) => sd || 1),
    covariateCenter: covariates.mean,
    covariateScale: covariates.sd.map((sd) => sd || 1),
  });
  return { totals, scaling, spread: columns.sd };
}

/** Mean and SD (n - 1) from sums centered near the mean. */
function momentsAround(
  shift: Float64Array,
  first: Float64Array,
  second: Float64Array,
  count: (j: number) => number,
): { mean: Float64Array; sd: Float64Array } {
  const mean = shift.map((value, j) => value + (first[j] as number) / Math.max(1, count(j)));
  const sd = shift.map((_, j) => {
    const n = count(j);
    const s1 = first[j] as number;
    const variance = n > 1 ? ((second[j] as number) - (s1 * s1) / n) / (n - 1) : 0;
    const value = variance > 0 ? Math.sqrt(variance) : 0;
    return value > constantShare * Math.abs(mean[j] as number) ? value : 0;
  });
  return { mean, sd };
}
