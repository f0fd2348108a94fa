import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { LikelihoodRule } from '../empirical-bayes/non-parametric.js';
import type { BatchEffects } from '../empirical-bayes/shrink.js';
import { harmonizationErrors } from '../errors.js';
import { crossingIntercepts, crossingMoments } from './crossing-moments.js';
import type { CrossingKnown } from './crossing-moments.js';
import type { CrossingTotals } from './crossing.js';
import { constantSd } from './location.js';
import type { BatchLocation } from './location.js';
import { effectsOf } from './model.js';
import type { BatchModel } from './model.js';
import type { BatchMomentTotals } from './moments.js';
import type { CenteredPlanParams } from './plan.js';
import type { BatchQueries } from './queries.js';
import { fitBatchScaling } from './fit-scaling.js';
import { solveBatchSlopes } from './slopes.js';
import type { BatchSlopes } from './slopes.js';

/** Names for messages and results. */
export interface BatchNames {
  /** Batches by position. */
  readonly levels: readonly string[];
  readonly covariates: readonly string[];
}

/** How batches are harmonized. */
export interface BatchFitOptions {
  readonly eb: boolean;
  readonly parametric: boolean;
  /** How non-parametric likelihoods are formed. */
  readonly likelihood: LikelihoodRule;
  readonly meanOnly: boolean;
  /** Position of the reference batch among the levels. */
  readonly reference: number | null;
  /** With missing cells: the pooled variance divides by observed cells (neuroCombat), or by one less (sva). */
  readonly missing: 'sva' | 'neurocombat';
  /** A feature that is constant in some batch: left as it is everywhere (sva), or given variance 1 there (neuroCombat). */
  readonly constantInBatch: 'sva' | 'neurocombat';
  /** Smallest batch; 1 leaves batches of one to the next rule. */
  readonly minBatch: number;
  readonly batchOfOne: 'refuse' | 'meanOnlyAll';
}

/** Why a column is left as it is. */
export type PassedReason =
  'not observed' | 'constant' | 'constant in a batch' | 'missing in a batch' | 'covariates not estimable' | 'no residual variance';

/** A fitted ComBat over batches. */
export interface BatchFit {
  readonly model: Frozen<BatchModel>;
  /** Positions of the batches that have rows, ascending, and of those among them that have rows at several sites. */
  readonly batches: readonly number[];
  readonly crossing: readonly number[];
  /** Effects and rows of the crossing batches; those of other batches stay at their sites. */
  readonly crossingEffects: ReadonlyMap<number, { readonly rows: number; readonly effects: BatchEffects }>;
  /** Why each passed column is passed. */
  readonly reasons: ReadonlyMap<number, PassedReason>;
  readonly rows: number;
  readonly leftOut: number;
  readonly all: number;
  /** Missing cells among the rows of the fit. */
  readonly missingCells: number;
}

/**
 * ComBat over batches that are sites, lie within sites, or cross them. Batches of one site keep their means at home (the Frisch-Waugh
 * form); of a batch with rows at several sites, sums over the scope are formed. The result is that of the stacked table.
 * @throws `HARMONIZATION.TOO_FEW_BATCHES`, `HARMONIZATION.UNKNOWN_REFERENCE`, `HARMONIZATION.SMALL_BATCHES`, `HARMONIZATION.BATCH_OF_ONE`,
 * `HARMONIZATION.UNTRAINED_BATCH`, `HARMONIZATION.CONFOUNDED`, `HARMONIZATION.TOO_FEW_FEATURES`
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037; Chen et al. (distributed ComBat), NeuroImage 2022,
 * doi 10.1016/j.neuroimage.2021.118822.
 */
export async function fitBatches<R>(
  federation: Federation,
  queries: BatchQueries<R>,
  recipe: Frozen<R>,
  names: BatchNames,
  options: BatchFitOptions,
  scope: RosterScope,
): Promise<BatchFit> {
  const { totals, scaling, spread } = await fitBatchScaling(federation, queries, recipe, options.minBatch, scope);
  const batches = presentBatches(totals, names, options);
  const crossing = batches.filter((b) => (totals.sitesOfBatch[b] as number) > 1);
  const gappy = [...totals.observed.keys()].filter((f) => totals.observed[f] !== totals.rows);
  const plan = { recipe, scaling, crossing, gappy };
  const sums = crossing.length > 0 ? (await federation.sum(queries.sums, plan, scope)).value : noCrossing;
  const meanOnly = sizeRules(totals, sums, crossing, names, options);
  const centers = new Frozen(sums.centers);
  const centered: CenteredPlanParams<R> = { ...plan, centers };
  const { covariates } = names;
  let slopes: BatchSlopes = { beta: none, notEstimable: [] };
  if (covariates.length > 0)
    slopes = solveBatchSlopes((await federation.sum(queries.slopes, centered, scope)).value, covariates, gappy, totals.rows);
  const location = {
    ...centered,
    beta: slopes.beta,
    participants: totals.rows,
    reference: options.reference !== null,
    minObserved: meanOnly ? 1 : 2,
  };
  const { value } = await federation.sum(queries.location, location, scope);
  const state: FitState<R> = { totals, spread, sums, centered, batches, crossing, beta: slopes.beta, location: value, meanOnly };
  const base = await baseOf(federation, queries, state, options, scope);
  return readFit(state, base, slopes.notEstimable, names, options);
}

interface FitState<R> {
  readonly totals: BatchMomentTotals;
  readonly spread: Float64Array;
  readonly sums: CrossingTotals;
  readonly centered: CenteredPlanParams<R>;
  readonly batches: readonly number[];
  readonly crossing: readonly number[];
  readonly beta: Float64Array;
  readonly location: BatchLocation;
  readonly meanOnly: boolean;
}

const none = new Float64Array(0);
const noCrossing: CrossingTotals = { rows: none, observed: none, centers: { columns: none, covariates: none, gappyCovariates: none } };

function presentBatches({ sitesOfBatch, fitSites }: BatchMomentTotals, { levels }: BatchNames, { reference }: BatchFitOptions): number[] {
  const batches = [...fitSites.keys()].filter((b) => (fitSites[b] as number) > 0);
  if (batches.length < 2) throw harmonizationErrors.error('HARMONIZATION.TOO_FEW_BATCHES', { batches: batches.length });
  if (reference !== null && !batches.includes(reference))
    throw harmonizationErrors.error('HARMONIZATION.UNKNOWN_REFERENCE', {
      batch: levels[reference] ?? String(reference),
      known: quoted(batches, levels),
    });
  const untrained = [...fitSites.keys()].filter((b) => (sitesOfBatch[b] as number) > 0 && fitSites[b] === 0);
  if (untrained.length > 0) throw harmonizationErrors.error('HARMONIZATION.UNTRAINED_BATCH', { batches: quoted(untrained, levels) });
  return batches;
}

function quoted(batches: readonly number[], levels: readonly string[]): string {
  return batches.map((b) => `"${levels[b]}"`).join(', ');
}

/** Refuses small batches; gives whether only means are harmonized. */
function sizeRules(
  { singles, small, sitesOfBatch }: BatchMomentTotals,
  sums: CrossingTotals,
  crossing: readonly number[],
  { levels }: BatchNames,
  { minBatch, batchOfOne, meanOnly }: BatchFitOptions,
): boolean {
  const within = (counts: Float64Array) => [...counts.keys()].filter((b) => sitesOfBatch[b] === 1 && counts[b] === 1);
  const tooSmall = [...within(small), ...crossing.filter((_, k) => (sums.rows[k] as number) < minBatch)];
  if (tooSmall.length > 0)
    throw harmonizationErrors.error('HARMONIZATION.SMALL_BATCHES', { batches: quoted(tooSmall, levels), needed: minBatch });
  const ones = within(singles);
  if (ones.length === 0 || meanOnly) return meanOnly;
  if (batchOfOne === 'refuse') throw harmonizationErrors.error('HARMONIZATION.BATCH_OF_ONE', { batches: quoted(ones, levels) });
  return true;
}

/** Location and variance that residuals are standardized by. */
interface Base {
  readonly grandMean: Float64Array;
  readonly varPooled: Float64Array;
}

async function baseOf<R>(
  federation: Federation,
  queries: BatchQueries<R>,
  state: FitState<R>,
  options: BatchFitOptions,
  scope: RosterScope,
): Promise<Base> {
  const { totals, location, crossing, beta, centered } = state;
  const p = totals.observed.length;
  const sampleVariance = options.missing === 'sva' && hasGaps(state);
  const divisor = (n: number) => Math.max(1, sampleVariance ? n - 1 : n);
  const intercepts = crossing.map((_, k) => crossingIntercepts(knownOf(state), k, p));
  if (options.reference === null) {
    const grandMean = location.interceptSum.map((own, f) => {
      const crossed = crossing.reduce(
        (sum, _, k) => sum + (state.sums.rows[k] as number) * ((intercepts[k] as Float64Array)[f] as number),
        0,
      );
      return (own + crossed) / totals.rows;
    });
    const varPooled = location.residualSquares.map((own, f) => {
      const crossed = crossing.reduce((sum, _, k) => sum + (location.crossingResiduals[k * p + f] as number), 0);
      return (own + crossed) / divisor(totals.observed[f] as number);
    });
    return { grandMean, varPooled };
  }
  const k = crossing.indexOf(options.reference);
  if (k >= 0) {
    const varPooled = Float64Array.from(
      { length: p },
      (_, f) => (location.crossingResiduals[k * p + f] as number) / divisor(state.sums.observed[k * p + f] as number),
    );
    return { grandMean: intercepts[k] as Float64Array, varPooled };
  }
  const asked = { recipe: centered.recipe, scaling: centered.scaling, beta, batch: options.reference, sampleVariance };
  const answers = await federation.summaries(queries.reference, asked, scope);
  const found = [...answers.values()].find((answer) => answer !== null);
  if (!found) throw harmonizationErrors.error('HARMONIZATION.BAD_SHAPE', { part: 'reference batch', actual: 0, expected: p });
  return { grandMean: Float64Array.from(found.intercept), varPooled: Float64Array.from(found.variance) };
}

function knownOf<R>({ centered, sums, beta, location }: FitState<R>): CrossingKnown {
  return { gappy: centered.gappy, sums, beta, location };
}

/** Any missing cell among the columns that vary in every batch: those that do not take no part in sva, so their gaps do not matter. */
function hasGaps<R>(state: FitState<R>): boolean {
  const { observed, rows } = state.totals;
  return observed.some((n, f) => n > 0 && n < rows && state.spread[f] !== 0 && !constantInBatch(state, f));
}

/** True for a column that is constant in some batch of at least two observed rows. */
function constantInBatch<R>({ location, crossing, sums, spread }: FitState<R>, f: number): boolean {
  const p = spread.length;
  return (
    (location.constant[f] as number) > 0 ||
    crossing.some((_, k) => {
      const n = sums.observed[k * p + f] as number;
      return n > 1 && Math.sqrt((location.crossingSquares[k * p + f] as number) / (n - 1)) <= constantSd;
    })
  );
}

function readFit<R>(
  state: FitState<R>,
  base: Base,
  notEstimable: readonly number[],
  names: BatchNames,
  options: BatchFitOptions,
): BatchFit {
  const { totals, crossing, batches, centered } = state;
  const reasons = passedReasons(state, base, notEstimable, options);
  const passed = [...reasons.keys()].sort((a, b) => a - b);
  const varPooled =
    options.constantInBatch === 'neurocombat' ? medianForZero(base.varPooled, reasons, centered.scaling.value.scale) : base.varPooled;
  const model = new Frozen<BatchModel>({
    scaling: centered.scaling.value,
    beta: state.beta,
    grandMean: base.grandMean,
    varPooled,
    passed,
    reference: options.reference,
    rule: {
      eb: options.eb,
      parametric: options.parametric,
      likelihood: options.likelihood,
      meanOnly: state.meanOnly,
      zeroVarianceIsOne: options.constantInBatch === 'neurocombat',
    },
  });
  if (options.eb && totals.observed.length - passed.length === 1)
    throw harmonizationErrors.error('HARMONIZATION.TOO_FEW_FEATURES', { features: 1 });
  const crossingEffects = new Map(
    crossing.map((batch, k) => {
      const effects = effectsOf(crossingMoments(knownOf(state), model.value, k), model.value, batch, names.levels[batch] ?? String(batch));
      return [batch, { rows: state.sums.rows[k] as number, effects }];
    }),
  );
  const missing = totals.observed.reduce((sum, n) => sum + totals.rows - n, 0);
  const { rows, leftOut, all } = totals;
  return { model, batches, crossing, crossingEffects, reasons, rows, leftOut, all, missingCells: missing };
}

function passedReasons<R>(
  state: FitState<R>,
  { varPooled }: Base,
  notEstimable: readonly number[],
  options: BatchFitOptions,
): Map<number, PassedReason> {
  const { totals, spread, location, sums, crossing, meanOnly } = state;
  const reasons = new Map<number, PassedReason>();
  const p = totals.observed.length;
  const needed = meanOnly ? 1 : 2;
  for (let f = 0; f < p; f++) {
    const constant = constantInBatch(state, f);
    const gap = (location.unobserved[f] as number) > 0 || crossing.some((_, k) => (sums.observed[k * p + f] as number) < needed);
    if (totals.observed[f] === 0) reasons.set(f, 'not observed');
    else if (spread[f] === 0) reasons.set(f, 'constant');
    else if (gap) reasons.set(f, 'missing in a batch');
    else if (notEstimable.includes(f)) reasons.set(f, 'covariates not estimable');
    else if (constant && options.constantInBatch === 'sva') reasons.set(f, 'constant in a batch');
    else if (!constant && Math.sqrt(varPooled[f] as number) <= constantSd) reasons.set(f, 'no residual variance');
  }
  return reasons;
}

/** neuroCombat's rule: a pooled variance of 0 becomes the median of the others (in raw units). */
function medianForZero(varPooled: Float64Array, passed: ReadonlyMap<number, PassedReason>, scale: Float64Array): Float64Array {
  const raw = varPooled.map((value, f) => value * (scale[f] as number) * (scale[f] as number));
  const isZero = (f: number) => Math.sqrt(varPooled[f] as number) <= constantSd;
  const others = raw.filter((_, f) => !passed.has(f) && !isZero(f)).sort();
  if (others.length === 0) return varPooled;
  const half = others.length >> 1;
  const median = others.length % 2 === 1 ? (others[half] as number) : ((others[half - 1] as number) + (others[half] as number)) / 2;
  return varPooled.map((value, f) => (!passed.has(f) && isZero(f) ? median / ((scale[f] as number) * (scale[f] as number)) : value));
}
