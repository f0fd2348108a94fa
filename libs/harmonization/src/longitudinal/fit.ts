import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { fitBatchScaling } from '../batches/fit-scaling.js';
import type { BatchNames } from '../batches/fit.js';
import { tableBatchQueries } from '../batches/queries.js';
import type { BatchSpec } from '../batches/spec.js';
import type { BatchEffects } from '../empirical-bayes/shrink.js';
import { harmonizationErrors } from '../errors.js';
import { mixedCrossingQuery, mixedLocationQuery } from './location.js';
import type { MixedLocation, StandardScale } from './location.js';
import type { MixedModel } from './model.js';
import { profileQuery } from './profile.js';
import { RatioSearch, startRatios } from './ratio-search.js';
import { likelihoodPoint } from './restricted-likelihood.js';
import type { LikelihoodPoint } from './restricted-likelihood.js';
import { scaledFeatures, shrinkSteps } from './shrink.js';

/** How longitudinal ComBat standardizes and shrinks. */
export interface LongitudinalOptions {
  /** SD within participants: by restricted likelihood, or from the mean squared residual. */
  readonly method: 'REML' | 'MSR';
  /** Steps of the empirical Bayes iteration. */
  readonly steps: number;
}

/** A fitted longitudinal ComBat. */
export interface LongitudinalFit {
  readonly model: Frozen<MixedModel>;
  readonly scale: StandardScale;
  readonly batches: readonly number[];
  /** Effects of batches with rows at several sites; those of others stay at their sites. */
  readonly crossingEffects: ReadonlyMap<number, { readonly rows: number; readonly effects: BatchEffects }>;
  /** Features that are left as they are, since they do not vary. */
  readonly passed: readonly number[];
  /** By feature, in standardized units: variance within participants by restricted likelihood. */
  readonly residualVariance: Float64Array;
  readonly rows: number;
  readonly leftOut: number;
  readonly all: number;
  readonly participants: number;
  readonly repeated: number;
}

/**
 * Longitudinal ComBat: a linear mixed model per feature (covariates, batches, random intercept of the participant) by restricted maximum
 * likelihood, then ComBat of its standardized residuals. The ratio of the two variances is found for all features together, one sum a
 * step; rows of a participant must lie at one site.
 * @throws `HARMONIZATION.TOO_FEW_BATCHES`, `HARMONIZATION.BATCH_OF_ONE`, `HARMONIZATION.NO_REPEATS`, `HARMONIZATION.CONFOUNDED`,
 * `HARMONIZATION.TOO_FEW_FEATURES`
 * Source: Beer et al., NeuroImage 2020, doi 10.1016/j.neuroimage.2020.117129.
 */
export async function fitLongitudinal(
  federation: Federation,
  spec: BatchSpec,
  names: BatchNames,
  options: LongitudinalOptions,
  scope: RosterScope,
): Promise<LongitudinalFit> {
  const recipe = new Frozen(spec);
  const { totals, scaling, spread } = await fitBatchScaling(federation, tableBatchQueries, recipe, 1, scope);
  const batches = [...totals.fitSites.keys()].filter((b) => (totals.fitSites[b] as number) > 0);
  if (batches.length < 2) throw harmonizationErrors.error('HARMONIZATION.TOO_FEW_BATCHES', { batches: batches.length });
  const crossing = batches.filter((b) => (totals.fitSites[b] as number) > 1);
  const ones = batches.filter((b) => totals.fitSites[b] === 1 && totals.singles[b] === 1);
  if (ones.length > 0)
    throw harmonizationErrors.error('HARMONIZATION.BATCH_OF_ONE', { batches: ones.map((b) => `"${names.levels[b]}"`).join(', ') });
  const active = [...spread.keys()].filter((f) => spread[f] !== 0);
  const search = new LikelihoodSearch(federation, { recipe, scaling, crossing }, names, active, scope);
  const points = await search.run();
  const p = spec.features.length;
  const common = crossing.length + spec.covariates.length;
  const beta = new Float64Array(common * p);
  const residualVariance = new Float64Array(p);
  active.forEach((f, k) => {
    const { beta: own, variance } = points[k] as LikelihoodPoint;
    residualVariance[f] = variance;
    own.forEach((value, c) => (beta[c * p + f] = value));
  });
  const model = new Frozen<MixedModel>({ spec, scaling: scaling.value, crossing, ratio: search.ratios(p), beta });
  const { value: location } = await federation.sum(mixedLocationQuery, { model }, scope);
  const scale = scaleOf(location, residualVariance, active, options);
  const crossingEffects = await crossingEffectsOf(federation, model, scale, scope);
  const { rows, leftOut, all } = totals;
  const { participants, repeated } = search;
  const passed = [...spread.keys()].filter((f) => spread[f] === 0);
  return { model, scale, batches, crossingEffects, passed, residualVariance, rows, leftOut, all, participants, repeated };
}

type SearchPlan = Pick<Parameters<typeof profileQuery.length>[0], 'recipe' | 'scaling' | 'crossing'>;

/** Searches the ratio of variances of every varying feature at once. */
class LikelihoodSearch {
  participants = 0;
  repeated = 0;
  private searches: RatioSearch[] = [];

  constructor(
    private readonly federation: Federation,
    private readonly plan: SearchPlan,
    private readonly names: BatchNames,
    private readonly active: readonly number[],
    private readonly scope: RosterScope,
  ) {}

  /** The likelihood at the ratio found for each varying feature. */
  async run(): Promise<LikelihoodPoint[]> {
    const start = await this.ask(startRatios.length, (_, k) => startRatios[k] as number);
    this.searches = start.map((points) => new RatioSearch(points.map((point, k) => ({ ratio: startRatios[k] as number, ...point }))));
    for (;;) {
      const last = await this.ask(1, (k) => (this.searches[k] as RatioSearch).next());
      const open = this.searches.some(({ ratio }) => ratio === undefined);
      if (!open) return last.map((points) => points[0] as LikelihoodPoint);
      this.searches.forEach((search, k) => search.tell((last[k]?.[0] as LikelihoodPoint).slope));
    }
  }

  /** Ratio of each feature; 0 for those that do not vary. */
  ratios(features: number): Float64Array {
    const ratios = new Float64Array(features);
    this.active.forEach((f, k) => (ratios[f] = this.searches[k]?.ratio ?? 0));
    return ratios;
  }

  private async ask(points: number, ratioOf: (k: number, point: number) => number): Promise<LikelihoodPoint[][]> {
    const features = this.plan.recipe.value.features.length;
    const ratios = new Float64Array(features * points);
    this.active.forEach((f, k) => {
      for (let point = 0; point < points; point++) ratios[f * points + point] = ratioOf(k, point);
    });
    const { value } = await this.federation.sum(profileQuery, { ...this.plan, ratios }, this.scope);
    this.participants = value.participants;
    this.repeated = value.repeated;
    if (value.repeated === 0) throw harmonizationErrors.error('HARMONIZATION.NO_REPEATS', { participants: value.participants });
    const { crossing } = this.plan;
    const columns = [...crossing.map((b) => `batch ${this.names.levels[b]}`), ...this.names.covariates];
    const df = value.rows - value.ownBatches - columns.length;
    return this.active.map((f) => value.parts.slice(f * points, (f + 1) * points).map((part) => likelihoodPoint(part, df, columns)));
  }
}

function scaleOf(
  { rows, intercepts, residuals, squares }: MixedLocation,
  residualVariance: Float64Array,
  active: readonly number[],
  { method, steps }: LongitudinalOptions,
): StandardScale {
  const grandMean = new Float64Array(intercepts.length);
  const sd = new Float64Array(intercepts.length);
  for (const f of active) {
    grandMean[f] = (intercepts[f] as number) / rows;
    const mean = (residuals[f] as number) / rows;
    const variance = method === 'REML' ? (residualVariance[f] as number) : (squares[f] as number) / rows - mean * mean;
    sd[f] = Math.sqrt(Math.max(0, variance));
  }
  return { grandMean, sd, steps };
}

async function crossingEffectsOf(
  federation: Federation,
  model: Frozen<MixedModel>,
  scale: StandardScale,
  scope: RosterScope,
): Promise<LongitudinalFit['crossingEffects']> {
  const { crossing } = model.value;
  if (crossing.length === 0) return new Map();
  const { value } = await federation.sum(mixedCrossingQuery, { model, ...scale }, scope);
  const active = scaledFeatures(scale);
  return new Map(
    crossing.map((batch, k) => {
      const { rows, first, second } = value[k] as (typeof value)[number];
      const gammaHat = first.map((sum) => sum / rows);
      const squares = second.map((sum, f) => Math.max(0, sum - rows * (gammaHat[f] as number) ** 2));
      const moments = { n: new Float64Array(first.length).fill(rows), gammaHat, squares, deltaHat: squares.map((sum) => sum / (rows - 1)) };
      return [batch, { rows, effects: shrinkSteps(moments, active, scale.steps) }];
    }),
  );
}
