import { requestHash } from '@cohortium/federation';
import type { RoundRequest, SumQuery } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { Preparation } from '@cohortium/learning';
import type { ModelGradient, ModelParams } from '@cohortium/statistics';
import { madeStudy } from '../equivalence/study-cohorts.js';

/** The study that is attacked. */
export const study = madeStudy({ seed: 20, training: [30, 28, 26], external: [25], featureCount: 9 });
const names = study.input.protocol.featureList?.names ?? [];
/** Every value of every training participant, as the tables at the sites hold them; only tests may look. */
const truth = study.input.training.flatMap((site) => {
  const rows = study.cohorts.get(site)?.rows;
  return Array.from({ length: rows?.rowCount ?? 0 }, (_, i) => rows?.features.subarray(i * names.length, (i + 1) * names.length) ?? []);
});

interface Location {
  readonly mean: number;
  readonly sd: number;
}

/** Mean and SD of every feature, which a coordinator knows from totals. */
const locations = names.map((_, j): Location => {
  const values = truth.map((row) => row[j] as number).filter((value) => value === value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
});
/** By which features are divided so that none reaches the clip. */
const reach = locations.map(({ mean, sd }) => Math.abs(mean) + 20 * sd);

/** The query that the attack bends. */
export type GradientQuery = SumQuery<ModelParams<Preparation>, ModelGradient[]>;

/** Thresholds that a request may carry: one arm each. */
const thresholds = Array.from({ length: 64 }, (_, k) => -3 + k * 0.095);

/**
 * One request under the clauses of the study, one coefficient a model, no linear predictor beyond the limit of 12: arm k makes one
 * feature a step at a threshold, by a scale near zero and a clip, so that its score is the sum over the participants above it. The score
 * of two neighboring arms differs by the participants between their thresholds; where that is one, by the whole row of this one.
 */
export function steepRequest({ query, scope, round }: RoundRequest): RoundRequest {
  const columnCount = names.length + 1;
  const { mean, sd } = locations[0] as Location;
  const recipeAt = (t: number) =>
    new Frozen<Preparation>({
      // The first feature twice: once as the step, once as itself.
      features: [names[0] as string, ...names],
      medians: Array<number>(columnCount).fill(0),
      center: Array<number>(columnCount).fill(0),
      scale: Array<number>(columnCount).fill(1),
      harmonization: { method: 'none' },
      finalCenter: [mean + t * sd, ...names.map(() => 0)],
      finalScale: [sd * 1e-12, ...reach],
      clip: 1,
    });
  const params: ModelParams<Preparation> = {
    arms: thresholds.map((t) => ({ heldOut: null, recipe: recipeAt(t) })),
    columnCounts: thresholds.map(() => columnCount),
    participants: truth.length,
    participantFolds: null,
    models: thresholds.map((_, arm) => ({ arm, leftOut: null, size: 1 })),
    indices: Float64Array.from(thresholds, () => 1),
    values: Float64Array.from(thresholds, () => 12),
  };
  const asked = { query, params, scope };
  return { round, ...asked, hash: requestHash(asked) };
}

/** The rows that the total of a steep request gives away. */
export function rowsIn(total: Float64Array, request: RoundRequest): number[][] {
  const models = (request.query as GradientQuery).read(total, request.params as ModelParams<Preparation>);
  const found: number[][] = [];
  for (let k = 1; k < models.length; k++) {
    const [below, above] = [models[k - 1]?.score as Float64Array, models[k]?.score as Float64Array];
    const difference = above.map((value, j) => value - (below[j] as number));
    // A participant between the two thresholds goes from sigma(12) to sigma(-12).
    const jump = Math.tanh(6);
    if (Math.abs((difference[0] as number) / jump - 1) > 1e-6) continue;
    found.push([...difference.subarray(2)].map((value, j) => (value / jump) * (reach[j] as number)));
  }
  return found;
}

/** Of some rows, those that a participant has: equal to a billionth in every feature. */
export function hits(rows: readonly number[][]): number {
  // A missing cell comes out as what the recipe puts in its place.
  const same = (a: number, b: number) => (b !== b ? a === 0 : Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)));
  return rows.filter((row) => truth.some((known) => row.every((value, j) => same(value, known[j] as number)))).length;
}
