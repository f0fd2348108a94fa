import { countWords, frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { CohortRows, Federation, RosterScope, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { matrixSpecSchema } from '../model-matrix/model-matrix.js';
import type { MatrixSpec } from '../model-matrix/model-matrix.js';
import { distinctValues } from '../ranks/order.js';
import { eventTimes } from '../survival/logrank-query.js';
import { riskCount, strataCount, survivalSpecSchema } from '../survival/survival-rows.js';
import type { SurvivalSpec } from '../survival/survival-rows.js';
import { unitQueries } from '../units/queries.js';
import { cellOf } from '../units/units.js';
import type { UnitSource } from '../units/units.js';
import { addConcordance, emptyConcordance } from './concordance.js';
import type { ConcordanceSums } from './concordance.js';
import { coxRows, predictors, siteStrata } from './local.js';
import type { CoxModel } from './local.js';

/** A model whose linear predictor orders the rows. */
export interface RiskRecipe {
  readonly spec: Frozen<MatrixSpec>;
  readonly survival: Frozen<SurvivalSpec>;
  readonly coefficients: Float64Array;
}

const recipeSchema = z.strictObject({
  spec: frozenSchema(matrixSpecSchema),
  survival: frozenSchema(survivalSpecSchema),
  coefficients: vectorSchema,
}) as unknown as ZodType<RiskRecipe>;

/** The part of a Cox model that {@link RiskRecipe} is. */
export function riskRecipe({ spec, survival, coefficients }: CoxModel): RiskRecipe {
  return { spec, survival, coefficients };
}

function riskScores(rows: CohortRows, { spec, survival, coefficients }: RiskRecipe): Float64Array {
  return predictors(coxRows(rows, { spec, survival }), coefficients, Infinity) as Float64Array;
}

/** Rows as units whose one column is their linear predictor. */
const riskSource: UnitSource<RiskRecipe> = {
  recipe: recipeSchema,
  units: (rows, recipe) =>
    rows.memo(`risk scores ${recipe.hash}`, () => {
      const scores = riskScores(rows, recipe.value);
      const { site } = coxRows(rows, recipe.value);
      return { count: scores.length, siteIndex: site, columns: [scores], groups: new Int32Array(scores.length) };
    }),
  columnCount: () => 1,
  groupCount: () => 1,
};

/** `risk-score-cells@1`: counts of linear predictors between thresholds, to find their order. */
export const riskScoreQueries = unitQueries('full', 'risk-score', riskSource);

/** Parameters of {@link siteConcordanceQuery}. */
export interface SiteConcordanceParams {
  readonly recipe: Frozen<RiskRecipe>;
}

/** `concordance-sums@1`: pairs within sites (and strata), with the squares that the variance needs. */
export const siteConcordanceQuery: SumQuery<SiteConcordanceParams, ConcordanceSums> = {
  kind: 'sum',
  operation: 'statistics.concordance-sums',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ recipe: frozenSchema(recipeSchema) }) as unknown as ZodType<SiteConcordanceParams>,
  length: () => 7,
  local: (rows, { recipe: { value } }) => {
    const data = coxRows(rows, value);
    const scores = riskScores(rows, value);
    const sums = emptyConcordance();
    for (const part of siteStrata(rows, data, value.survival.value)) {
      const times = eventTimes(data, part);
      const order = Float64Array.from(new Set(part.map((i) => scores[i] as number))).sort();
      const place = new Map([...order].map((score, k) => [score, k]));
      const counts = new Float64Array((times.length + 1) * 2 * order.length);
      for (const i of part) {
        const at = (riskCount(times, data.time[i] as number, 'exact') * 2 + (data.event[i] as number)) * order.length;
        const k = at + (place.get(scores[i] as number) as number);
        counts[k] = (counts[k] as number) + 1;
      }
      addConcordance(sums, counts, times.length, order.length);
    }
    const { concordant, discordant, tiedRisk, tiedTime, differenceSquare, differencePairs, pairsSquare } = sums;
    return Float64Array.of(concordant, discordant, tiedRisk, tiedTime, differenceSquare, differencePairs, pairsSquare);
  },
  read: ([concordant = 0, discordant = 0, tiedRisk = 0, tiedTime = 0, differenceSquare = 0, differencePairs = 0, pairsSquare = 0]) => ({
    concordant,
    discordant,
    tiedRisk,
    tiedTime,
    differenceSquare,
    differencePairs,
    pairsSquare,
  }),
};

/** Parameters of {@link riskCellsQuery}. */
export interface RiskCellParams extends SiteConcordanceParams {
  /** Ascending event times of each stratum. */
  readonly times: readonly Float64Array[];
  /** Between the distinct risks, ascending. */
  readonly edges: Float64Array;
}

/** `risk-cells@1`: rows of each stratum by event times at risk, event, and place of their risk. */
export const riskCellsQuery: SumQuery<RiskCellParams, Float64Array[]> = {
  kind: 'sum',
  operation: 'statistics.risk-cells',
  version: 1,
  words: countWords,
  params: z
    .strictObject({ recipe: frozenSchema(recipeSchema), times: z.array(vectorSchema).max(100_000), edges: vectorSchema })
    .refine(
      ({ recipe, times }) => times.length === strataCount((recipe as Frozen<RiskRecipe>).value.survival.value),
      'one list of times per stratum',
    ) as unknown as ZodType<RiskCellParams>,
  length: ({ times, edges }) => times.reduce((n, own) => n + cellsOf(own, edges), 0),
  local: (rows, { recipe: { value }, times, edges }) => {
    const starts: number[] = [];
    let length = 0;
    for (const own of times) {
      starts.push(length);
      length += cellsOf(own, edges);
    }
    const out = new Float64Array(length);
    const data = coxRows(rows, value);
    const scores = riskScores(rows, value);
    data.time.forEach((time, i) => {
      const s = data.stratum[i] as number;
      const at = riskCount(times[s] as Float64Array, time, 'exact') * 2 + (data.event[i] as number);
      const k = (starts[s] as number) + at * (edges.length + 1) + cellOf(edges, 0, edges.length, scores[i] as number);
      out[k] = (out[k] as number) + 1;
    });
    return out;
  },
  read: (total, { times, edges }) => {
    let at = 0;
    return times.map((own) => total.slice(at, (at += cellsOf(own, edges))));
  },
};

function cellsOf({ length }: Float64Array, edges: Float64Array): number {
  return (length + 1) * 2 * (edges.length + 1);
}

/** Cells of {@link riskCellsQuery} that are asked for at most: 32 MiB. */
const maxCells = 2 ** 22;

/**
 * Pairs over all sites, at the event times of each stratum: the risks are put in order first (their values stay unknown). Null where the
 * table of counts would be too large.
 */
export async function commonConcordance(
  federation: Federation,
  scope: RosterScope,
  recipe: Frozen<RiskRecipe>,
  times: readonly Float64Array[],
): Promise<ConcordanceSums | null> {
  const program = { federation, scope, queries: riskScoreQueries, arms: [{ heldOut: null, recipe }] };
  const edges = (await distinctValues(program, 'order'))[0]?.[0]?.edges ?? new Float64Array(0);
  const cells = times.reduce((n, own) => n + cellsOf(own, edges), 0);
  if (cells > maxCells) return null;
  const { value } = await federation.sum(riskCellsQuery, { recipe, times, edges: edges.slice() }, scope);
  const sums = emptyConcordance();
  value.forEach((counts, s) => addConcordance(sums, counts, times[s]?.length ?? 0, edges.length + 1));
  return sums;
}
