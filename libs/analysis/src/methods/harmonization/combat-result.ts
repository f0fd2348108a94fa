import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import type { BatchEffects, BatchFit, BatchModel, BatchNames, CrossingStars, SiteBatchEffects } from '@cohortium/harmonization';
import { z } from 'zod';

/** Effects of one batch as they are reported; `null` for a batch whose effects stay at its site. */
export interface ReportedEffects {
  readonly rows: number | null;
  readonly effects: BatchEffects;
}

const numberOrNull = z.number().nullable();
const row = z.array(numberOrNull);
const rowsOrNull = z.array(row.nullable());

const termSchema = z.object({ name: z.string(), factors: z.array(z.object({ column: z.string(), level: z.string().nullable() })) });
/** A covariate by names: columns, and levels of categories. */
export type NamedTerm = z.output<typeof termSchema>;

/** What `combat` reports and what `combat-apply` and the sites read back. Arrays run over features unless they say batches. */
export const combatEstimatesSchema = z.looseObject({
  rows: z.int(),
  batches: z.array(z.string()),
  crossing_batches: z.array(z.string()),
  features: z.array(z.string()),
  passed_through: z.array(z.object({ feature: z.string(), reason: z.string() })),
  mean_only: z.boolean(),
  eb: z.boolean(),
  parametric: z.boolean(),
  likelihood: z.enum(['double', 'log']),
  constant_in_batch: z.enum(['sva', 'neurocombat']),
  ref_batch: z.string().nullable(),
  covariates: z.array(z.string()),
  covariate_terms: z.array(termSchema).default([]),
  covariate_effects: z.array(row),
  stand_mean: row,
  var_pooled: row,
  gamma_hat: rowsOrNull,
  delta_hat: rowsOrNull,
  gamma_star: rowsOrNull,
  delta_star: rowsOrNull,
  scaling: z.object({
    center: z.array(z.number()),
    scale: z.array(z.number()),
    covariate_center: z.array(z.number()),
    covariate_scale: z.array(z.number()),
  }),
});
/** See {@link combatEstimatesSchema}. */
export type CombatEstimates = z.output<typeof combatEstimatesSchema>;

/** Effects from the summaries of sites and from crossing batches, by position of the batch. */
export function collectEffects(fit: BatchFit, summaries: Iterable<SiteBatchEffects>): Map<number, ReportedEffects> {
  const found = new Map<number, ReportedEffects>(fit.crossingEffects);
  for (const summary of summaries) {
    for (const { batch, rows, gammaHat, deltaHat, gammaStar, deltaStar, prior, iterations } of summary) {
      const vectors = {
        gammaHat: Float64Array.from(gammaHat),
        deltaHat: Float64Array.from(deltaHat),
        gammaStar: Float64Array.from(gammaStar),
        deltaStar: Float64Array.from(deltaStar),
      };
      found.set(batch, { rows: rows.state === 'ok' ? rows.value : null, effects: { ...vectors, prior, iterations } });
    }
  }
  return found;
}

/** The result in raw units, with the names of the reference files. */
export function combatEstimates(
  fit: BatchFit,
  features: readonly string[],
  names: BatchNames,
  effects: ReadonlyMap<number, ReportedEffects>,
): Record<string, Json> {
  const { model, batches, reasons } = fit;
  const { scaling, rule, reference } = model.value;
  const { levels } = names;
  const raw = rawParameters(model.value, names.covariates.length);
  const shown = (value: number, f: number) => (reasons.has(f) ? null : value);
  const masked = (vector: Float64Array) => Array.from(vector, shown);
  const byBatch = (read: (entry: ReportedEffects) => Json) =>
    batches.map((b) => {
      const entry = effects.get(b);
      return entry ? read(entry) : null;
    });
  const intercept = (b: number, { effects: { gammaHat } }: ReportedEffects) =>
    // Coding of the reference engines: with a reference batch its row is the intercept and the others are differences from it.
    masked(
      raw.standMean.map((mean, f) => {
        const own = Math.sqrt(raw.varPooled[f] as number) * (gammaHat[f] as number);
        if (reference === null) return mean + own;
        return b === reference ? mean : own;
      }),
    );
  return {
    rows: fit.rows,
    rows_left_out: fit.leftOut,
    missing_cells: fit.missingCells,
    batches: batches.map((b) => levels[b] as string),
    batch_rows: byBatch(({ rows }) => rows),
    crossing_batches: fit.crossing.map((b) => levels[b] as string),
    features: [...features],
    passed_through: [...reasons].sort(([a], [b]) => a - b).map(([f, reason]) => ({ feature: features[f] as string, reason })),
    ...ruleWords(rule),
    ref_batch: reference === null ? null : (levels[reference] as string),
    covariates: [...names.covariates],
    covariate_effects: raw.beta.map(masked),
    stand_mean: masked(raw.standMean),
    var_pooled: masked(raw.varPooled),
    beta_hat_rows: [...batches.map((b) => levels[b] as string), ...names.covariates],
    beta_hat: [
      ...batches.map((b) => {
        const entry = effects.get(b);
        return entry ? intercept(b, entry) : null;
      }),
      ...raw.beta.map(masked),
    ],
    ...effectRows(byBatch, masked),
    scaling: {
      center: [...scaling.center],
      scale: [...scaling.scale],
      covariate_center: [...scaling.covariateCenter],
      covariate_scale: [...scaling.covariateScale],
    },
  };
}

/** How effects were shrunken, in the words of the parameters. */
function ruleWords(rule: BatchModel['rule']): Record<string, Json> {
  return {
    mean_only: rule.meanOnly,
    eb: rule.eb,
    parametric: rule.parametric,
    likelihood: rule.likelihood,
    constant_in_batch: rule.zeroVarianceIsOne ? 'neurocombat' : 'sva',
  };
}

/** Effects and priors of every batch under the names of the reference files. */
function effectRows(
  byBatch: (read: (entry: ReportedEffects) => Json) => Json,
  masked: (vector: Float64Array) => Json,
): Record<string, Json> {
  return {
    gamma_hat: byBatch((entry) => masked(entry.effects.gammaHat)),
    delta_hat: byBatch((entry) => masked(entry.effects.deltaHat)),
    gamma_star: byBatch((entry) => masked(entry.effects.gammaStar)),
    delta_star: byBatch((entry) => masked(entry.effects.deltaStar)),
    gamma_bar: byBatch(({ effects: { prior } }) => prior?.gammaBar ?? null),
    t2: byBatch(({ effects: { prior } }) => prior?.tau2 ?? null),
    a_prior: byBatch(({ effects: { prior } }) => prior?.aPrior ?? null),
    b_prior: byBatch(({ effects: { prior } }) => prior?.bPrior ?? null),
    iterations: byBatch(({ effects: { iterations } }) => iterations),
  };
}

/** Parameters of a model in the units of the table: covariate effects, mean at covariates 0, pooled variance. */
function rawParameters(model: BatchModel, covariates: number): { beta: Float64Array[]; standMean: Float64Array; varPooled: Float64Array } {
  const { scaling, grandMean } = model;
  const p = grandMean.length;
  const beta = Array.from({ length: covariates }, (_, c) =>
    model.beta.slice(c * p, (c + 1) * p).map((value, f) => (value * (scaling.scale[f] as number)) / (scaling.covariateScale[c] as number)),
  );
  const standMean = grandMean.map((value, f) => {
    const atMeans = (scaling.center[f] as number) + (scaling.scale[f] as number) * value;
    return beta.reduce((mean, row, c) => mean - (row[f] as number) * (scaling.covariateCenter[c] as number), atMeans);
  });
  return { beta, standMean, varPooled: model.varPooled.map((value, f) => value * (scaling.scale[f] as number) ** 2) };
}

/** The model behind some estimates, in standardized units; levels are the reported batches. */
function modelOfEstimates(estimates: CombatEstimates): Frozen<BatchModel> {
  const { scaling, features } = estimates;
  const p = features.length;
  const scale = Float64Array.from(scaling.scale);
  const center = Float64Array.from(scaling.center);
  const covariateCenter = Float64Array.from(scaling.covariate_center);
  const covariateScale = Float64Array.from(scaling.covariate_scale);
  const beta = new Float64Array(covariateCenter.length * p);
  const grandMean = Float64Array.from(estimates.stand_mean, (mean, f) => {
    if (mean === null) return 0;
    const atMeans = estimates.covariate_effects.reduce((sum, row, c) => sum + (row[f] ?? 0) * (covariateCenter[c] as number), mean);
    return (atMeans - (center[f] as number)) / (scale[f] as number);
  });
  estimates.covariate_effects.forEach((row, c) =>
    row.forEach((value, f) => (beta[c * p + f] = ((value ?? 0) * (covariateScale[c] as number)) / (scale[f] as number))),
  );
  const passed = new Set(estimates.passed_through.map(({ feature }) => feature));
  return new Frozen<BatchModel>({
    scaling: { center, scale, covariateCenter, covariateScale },
    beta,
    grandMean,
    varPooled: Float64Array.from(estimates.var_pooled, (value, f) => (value ?? 0) / (scale[f] as number) ** 2),
    passed: features.flatMap((name, f) => (passed.has(name) ? [f] : [])),
    reference: estimates.ref_batch === null ? null : estimates.batches.indexOf(estimates.ref_batch),
    rule: {
      eb: estimates.eb,
      parametric: estimates.parametric,
      likelihood: estimates.likelihood,
      meanOnly: estimates.mean_only,
      zeroVarianceIsOne: estimates.constant_in_batch === 'neurocombat',
    },
  });
}

/** A fitted ComBat as its estimates tell it, for rows whose batches are positions in `levels`. */
export interface ReadFit {
  readonly model: Frozen<BatchModel>;
  /** Effects of batches with rows at several sites; those of others are found from the rows of their site. */
  readonly crossing: readonly CrossingStars[];
}

/** Reads a fit back; levels may hold batches that had no rows. */
export function fitOfEstimates(estimates: CombatEstimates, levels: readonly string[]): ReadFit {
  const model = modelOfEstimates(estimates);
  const { reference } = model.value;
  const at = reference === null ? null : levels.indexOf(estimates.batches[reference] as string);
  const crossing = estimates.crossing_batches.map((name) => ({ batch: levels.indexOf(name), ...reportedStars(estimates, name) }));
  return { model: at === reference ? model : new Frozen({ ...model.value, reference: at }), crossing };
}

/** Location and variance of a batch as reported; those of a passed feature leave it as it is. */
export function reportedStars(estimates: CombatEstimates, name: string): Pick<BatchEffects, 'gammaStar' | 'deltaStar'> {
  const k = estimates.batches.indexOf(name);
  return {
    gammaStar: Float64Array.from(estimates.features, (_, f) => estimates.gamma_star[k]?.[f] ?? 0),
    deltaStar: Float64Array.from(estimates.features, (_, f) => estimates.delta_star[k]?.[f] ?? 1),
  };
}
