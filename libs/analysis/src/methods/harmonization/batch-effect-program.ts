import { batchTestQuery, batchValueSchema, batchValues, fTestOfBatches, scoreTestOfBatches } from '@cohortium/harmonization';
import type { BatchSums, BatchTest, BatchValueRecipe } from '@cohortium/harmonization';
import type { Arm, Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { normalQuantile } from '@cohortium/numerics';
import { edgesOf, midranks, orderStatistics, rankCells, unitQueries } from '@cohortium/statistics';
import type { RankCells, RankRule, UnitProgram, UnitSource } from '@cohortium/statistics';
import { z } from 'zod';
import type { ZodType } from 'zod';

/** Values with the batches that count as groups of their own; without any, all rows are one group. */
interface ValueUnitsRecipe {
  readonly values: BatchValueRecipe;
  readonly groups: readonly number[];
}

const frozen = new WeakMap<BatchValueRecipe, Frozen<BatchValueRecipe>>();

/** The values' own part, so that they are remembered under one hash. */
function frozenValues(values: BatchValueRecipe): Frozen<BatchValueRecipe> {
  const known = frozen.get(values) ?? new Frozen(values);
  frozen.set(values, known);
  return known;
}

const valueUnits: UnitSource<ValueUnitsRecipe> = {
  recipe: z.strictObject({ values: batchValueSchema, groups: z.array(z.int().min(0)) }) as unknown as ZodType<ValueUnitsRecipe>,
  columnCount: ({ values }) => values.spec.features.length,
  groupCount: ({ groups }) => Math.max(1, groups.length),
  units: (rows, recipe) => {
    const { values, groups } = recipe.value;
    const { columns, batch } = batchValues(rows, frozenValues(values));
    const group = (code: number) => (groups.length === 0 ? Math.min(code, 0) : groups.indexOf(code));
    return { count: rows.rowCount, siteIndex: rows.siteIndex, columns, groups: batch.map(group) };
  },
};

/** The sums that ranks of values, and medians of batches across sites, are found by. */
export const valueQueries = unitQueries('full', 'batch-value', valueUnits);

/** Where a program of batch tests asks, and how it ranks. */
export interface BatchTestProgram {
  readonly federation: Federation;
  readonly scope: RosterScope;
  readonly crossing: readonly number[];
  readonly ranks: RankRule;
}

/** Tests of one feature. */
export interface FeatureTests {
  readonly n: number;
  readonly kruskal: BatchTest | null;
  readonly anova: BatchTest | null;
  readonly brownForsythe: BatchTest | null;
  readonly fligner: BatchTest | null;
  /** Share of pairs of values that the ranks cannot tell apart. */
  readonly tiedPairs: number;
}

/**
 * Tests whether batches differ in location (Kruskal-Wallis, analysis of variance) and in spread (Brown-Forsythe, Fligner-Killeen), for every
 * feature. Medians of batches at several sites are exact order statistics, so they need exact ranks; without, the tests of spread are null.
 * @param scaling mean and SD of each feature, about
 */
export async function testBatches(
  program: BatchTestProgram,
  recipe: BatchValueRecipe,
  scaling: { readonly center: Float64Array; readonly scale: Float64Array },
): Promise<FeatureTests[]> {
  const { crossing, ranks } = program;
  const values = await sums(program, recipe, { kind: 'scale', center: scaling.center, scale: scaling.scale });
  const { found: ranked, cells } = await rankSums(program, recipe, (rank, n) => (rank - (n + 1) / 2) / n);
  const spread = crossing.length === 0 || ranks.kind === 'exact' ? await spreadSums(program, recipe, scaling.scale) : undefined;
  return values.map((own, f) => ({
    n: own.n,
    anova: fTestOfBatches(own),
    kruskal: scoreTestOfBatches(ranked[f] as BatchSums),
    brownForsythe: spread ? fTestOfBatches(spread.deviations[f] as BatchSums) : null,
    fligner: spread ? scoreTestOfBatches(spread.scores[f] as BatchSums) : null,
    tiedPairs: tiedPairs((cells[f] as RankCells).counts),
  }));
}

async function spreadSums(program: BatchTestProgram, recipe: BatchValueRecipe, scale: Float64Array) {
  const medians = await crossingMedians(program, recipe);
  const deviated = { ...recipe, deviations: { batches: program.crossing, medians } };
  const deviations = await sums(program, deviated, { kind: 'scale', center: new Float64Array(scale.length), scale });
  // Medians of rounded values, for ranks.
  const rounded = recipe.fitted === null ? medians : await crossingMedians(program, { ...recipe, ranked: true });
  const { found } = await rankSums(program, { ...recipe, deviations: { batches: program.crossing, medians: rounded } }, (rank, n) =>
    normalQuantile((1 + rank / (n + 1)) / 2, 0, 1),
  );
  return { deviations, scores: found };
}

type Scores = Parameters<typeof batchTestQuery.local>[1]['scores'];

async function sums({ federation, scope, crossing }: BatchTestProgram, recipe: BatchValueRecipe, scores: Scores): Promise<BatchSums[]> {
  return (await federation.sum(batchTestQuery, { recipe: new Frozen(recipe), scores, crossing: [...crossing] }, scope)).value;
}

/** Sums of the scores that values get by their ranks among all rows. */
async function rankSums(
  program: BatchTestProgram,
  recipe: BatchValueRecipe,
  score: (rank: number, n: number) => number,
): Promise<{ found: BatchSums[]; cells: RankCells[] }> {
  const ranked = { ...recipe, ranked: true };
  const [cells] = await rankCells(unitProgram(program, ranked, []), program.ranks);
  const columns = cells as RankCells[];
  const scores = columns.map(({ counts }) => {
    const n = counts.reduce((sum, count) => sum + count, 0);
    return midranks(counts).map((rank) => (n > 0 ? score(Math.min(n, Math.max(1, rank)), n) : 0));
  });
  const { sizes, edges } = edgesOf(columns.map((column) => column.edges));
  const all = new Float64Array(scores.reduce((sum, own) => sum + own.length, 0));
  let at = 0;
  for (const own of scores) {
    all.set(own, at);
    at += own.length;
  }
  return { found: await sums(program, ranked, { kind: 'cells', sizes, edges, scores: all }), cells: columns };
}

function unitProgram(
  { federation, scope }: BatchTestProgram,
  values: BatchValueRecipe,
  groups: readonly number[],
): UnitProgram<ValueUnitsRecipe> {
  const arm: Arm<ValueUnitsRecipe> = { heldOut: null, recipe: new Frozen({ values, groups }) };
  return { federation, queries: valueQueries, scope, arms: [arm] };
}

/** Medians of crossing batches, batches x features. */
async function crossingMedians(program: BatchTestProgram, recipe: BatchValueRecipe): Promise<Float64Array> {
  const { crossing, federation, scope } = program;
  const p = recipe.spec.features.length;
  if (crossing.length === 0) return new Float64Array(0);
  const units = unitProgram(program, recipe, crossing);
  const { value } = await federation.sum(
    valueQueries.cells,
    { arms: units.arms, layout: 'own', edges: [edgesOf(Array.from({ length: p * crossing.length }, () => []))] },
    scope,
  );
  const counts = (value[0] as readonly Float64Array[]).map((cells) => cells[0] as number);
  const [found] = await orderStatistics(units, [counts.map((n) => (n === 0 ? [] : [Math.ceil(n / 2), Math.floor(n / 2) + 1]))]);
  const medians = new Float64Array(crossing.length * p);
  (found as Float64Array[]).forEach((middle, h) => {
    const [f, k] = [Math.floor(h / crossing.length), h % crossing.length];
    const [low, high] = [middle[0] ?? 0, middle[1] ?? 0];
    medians[k * p + f] = low === high ? low : (low + high) / 2;
  });
  return medians;
}

function tiedPairs(counts: Float64Array): number {
  const n = counts.reduce((sum, count) => sum + count, 0);
  return n < 2 ? 0 : counts.reduce((sum, count) => sum + count * (count - 1), 0) / (n * (n - 1));
}
