import type { CohortRows, Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { BatchEffects } from '../empirical-bayes/shrink.js';
import { harmonizationErrors } from '../errors.js';
import { crossingMoments } from './crossing-moments.js';
import type { BatchSource } from './data.js';
import type { BatchNames } from './fit.js';
import { constantSd } from './location.js';
import { effectsOf, residualMoments } from './model.js';
import type { BatchModel } from './model.js';
import { ownCenters } from './plan.js';
import type { BatchQueries } from './queries.js';
import { standardData } from './scaling.js';
import type { StandardData } from './scaling.js';
import { scalingOf } from './site-effects.js';

/** New batches measured against a frozen model. */
export interface FrozenFit {
  readonly batches: readonly number[];
  /** Batches with rows at several sites, and their effects. */
  readonly crossing: readonly number[];
  readonly crossingEffects: ReadonlyMap<number, { readonly rows: number; readonly effects: BatchEffects }>;
  readonly rows: number;
  readonly leftOut: number;
  readonly all: number;
}

/**
 * Effects of new batches against a frozen model (its mean, variance and covariate effects do not change): each batch from its own unlabeled
 * rows, at its site; sums over the scope only for batches with rows at several sites.
 * @throws `HARMONIZATION.SMALL_BATCHES`
 */
export async function fitFrozen<R>(
  federation: Federation,
  queries: BatchQueries<R>,
  recipe: Frozen<R>,
  model: Frozen<BatchModel>,
  names: BatchNames,
  minBatch: number,
  scope: RosterScope,
): Promise<FrozenFit> {
  const { columns, covariates } = queries.source.shapeOf(recipe.value);
  const zeros = { center: new Float64Array(columns), covariateCenter: new Float64Array(covariates) };
  const { value: totals } = await federation.sum(queries.moments, { recipe, minBatch, ...zeros }, scope);
  const batches = [...totals.fitSites.keys()].filter((b) => (totals.fitSites[b] as number) > 0);
  const crossing = batches.filter((b) => (totals.fitSites[b] as number) > 1);
  const { rows, leftOut, all } = totals;
  const refuse = (small: readonly number[]) => {
    if (small.length === 0) return;
    throw harmonizationErrors.error('HARMONIZATION.SMALL_BATCHES', {
      batches: small.map((b) => `"${names.levels[b]}"`).join(', '),
      needed: minBatch,
    });
  };
  refuse(batches.filter((b) => totals.fitSites[b] === 1 && totals.small[b] === 1));
  if (crossing.length === 0) return { batches, crossing, crossingEffects: new Map(), rows, leftOut, all };
  const gappy = [...totals.observed.keys()].filter((f) => totals.observed[f] !== totals.rows);
  const plan = { recipe, scaling: scalingOf(model), crossing, gappy };
  const { value: sums } = await federation.sum(queries.sums, plan, scope);
  refuse(crossing.filter((_, k) => (sums.rows[k] as number) < minBatch));
  const centered = { ...plan, centers: new Frozen(sums.centers) };
  const asked = { ...centered, beta: model.value.beta, participants: Math.max(1, rows), reference: true, minObserved: 2 };
  const { value: location } = await federation.sum(queries.location, asked, scope);
  const known = { gappy, sums, beta: model.value.beta, location };
  const crossingEffects = new Map(
    crossing.map((batch, k) => {
      const at = (vector: Float64Array, f: number) => vector[k * columns + f] as number;
      const still = Array.from({ length: columns }, (_, f) => f).filter((f) =>
        isStill(at(sums.observed, f), at(location.crossingSquares, f)),
      );
      const frozen = without(model.value, still);
      const effects = effectsOf(crossingMoments(known, frozen, k), frozen, batch, names.levels[batch] ?? String(batch));
      return [batch, { rows: sums.rows[k] as number, effects }];
    }),
  );
  return { batches, crossing, crossingEffects, rows, leftOut, all };
}

/** Effects of the new batches within the rows of one site against a frozen model; features that are still there are left as they are. */
export function frozenOwnEffects<R>(
  rows: CohortRows,
  source: BatchSource<R>,
  recipe: Frozen<R>,
  model: Frozen<BatchModel>,
  crossing: readonly number[],
  levels: readonly string[],
): ReadonlyMap<number, BatchEffects> {
  const data = standardData(rows, source, recipe, scalingOf(model));
  return new Map(
    data.groups
      .filter(({ batch }) => !crossing.includes(batch))
      .map(({ batch, rows: own }) => {
        const frozen = without(model.value, stillColumns(data, own));
        return [batch, effectsOf(residualMoments(data, own, frozen), frozen, batch, levels[batch] ?? String(batch))];
      }),
  );
}

/** The model with further columns that are left as they are. */
function without(model: BatchModel, columns: readonly number[]): BatchModel {
  return columns.length === 0 ? model : { ...model, passed: [...new Set([...model.passed, ...columns])].sort((a, b) => a - b) };
}

/** A column with fewer than two observed cells in a batch, or the same value in all of them, says nothing about its scale. */
function isStill(n: number, squares: number): boolean {
  return n < 2 || Math.sqrt(squares / (n - 1)) <= constantSd;
}

function stillColumns(data: StandardData, rows: Int32Array): number[] {
  const p = data.columnCount;
  const { observed, columns } = ownCenters(data, rows);
  const squares = new Float64Array(p);
  for (const i of rows) {
    for (let f = 0; f < p; f++) {
      const d = (data.values[i * p + f] as number) - (columns[f] as number);
      if (!Number.isNaN(d)) squares[f] = (squares[f] as number) + d * d;
    }
  }
  return [...squares.keys()].filter((f) => isStill(observed[f] as number, squares[f] as number));
}
