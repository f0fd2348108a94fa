import { vectorSchema } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { harmonizedRows } from '../batches/apply.js';
import type { BatchData, BatchSource } from '../batches/data.js';
import { activeColumns, expectedAt } from '../batches/model.js';
import type { BatchModel } from '../batches/model.js';
import { batchQueries } from '../batches/queries.js';
import type { BatchQueries } from '../batches/queries.js';
import { standardData } from '../batches/scaling.js';
import { ownEffects, scalingOf } from '../batches/site-effects.js';
import { tableSource } from '../batches/data.js';
import { fittedBatchesSchema, partsOf, residualRows } from './residuals.js';
import type { CrossingStars, FittedBatches } from './residuals.js';

/** Scores of the leading components of the residuals after ComBat. */
export interface ScoreRecipe {
  readonly fitted: FittedBatches;
  readonly center: Float64Array;
  readonly scale: Float64Array;
  /** Row-major columns x components. */
  readonly rotation: Float64Array;
}

const scoreRecipeSchema = z
  .strictObject({ fitted: fittedBatchesSchema, center: vectorSchema, scale: vectorSchema, rotation: vectorSchema })
  .refine(
    ({ center, rotation }) => center.length > 0 && rotation.length % center.length === 0,
    'a rotation of another shape',
  ) as unknown as ZodType<ScoreRecipe>;

function componentsOf({ center, rotation }: ScoreRecipe): number {
  return rotation.length / center.length;
}

/** Scores by row; batches and rows of the fit are those of the ComBat before. */
export const scoreSource: BatchSource<ScoreRecipe> = {
  recipe: scoreRecipeSchema,
  shapeOf: (recipe) => ({ columns: componentsOf(recipe), covariates: 0, batches: recipe.fitted.spec.batch.levels.length }),
  dataOf: (rows, recipe) => rows.memo(`scores ${recipe.hash}`, () => scoresOf(rows, recipe.value)),
};

/** Questions of the second ComBat, about scores. */
export const scoreQueries: BatchQueries<ScoreRecipe> = batchQueries('covbat-score', scoreSource);

const residualRecipes = new WeakMap<FittedBatches, Frozen<FittedBatches>>();

function frozenFit(fitted: FittedBatches): Frozen<FittedBatches> {
  const known = residualRecipes.get(fitted);
  if (known) return known;
  const frozen = new Frozen(fitted);
  residualRecipes.set(fitted, frozen);
  return frozen;
}

function scoresOf(rows: CohortRows, recipe: ScoreRecipe): BatchData {
  const { columnCount: p, values, batch, usable, fit } = residualRows(rows, frozenFit(recipe.fitted));
  const count = componentsOf(recipe);
  const scores = new Float64Array(rows.rowCount * count);
  for (let i = 0; i < rows.rowCount; i++) {
    for (let f = 0; f < p; f++) {
      const x = ((values[i * p + f] as number) - (recipe.center[f] as number)) / (recipe.scale[f] as number);
      for (let k = 0; k < count; k++)
        scores[i * count + k] = (scores[i * count + k] as number) + x * (recipe.rotation[f * count + k] as number);
    }
  }
  return { rowCount: rows.rowCount, columnCount: count, values: scores, covariates: [], batch, usable, fit };
}

/** A fitted CovBat: ComBat, components, and ComBat of the scores. */
export interface FittedCovbat {
  readonly recipe: ScoreRecipe;
  readonly scoreModel: BatchModel;
  readonly scoreCrossing: readonly CrossingStars[];
}

/**
 * Rows harmonized in mean, variance and covariance, in raw units (row-major over all columns of the spec): scores of the leading
 * components are replaced by harmonized ones, the rest of the residual stays, then pooled SD, grand mean and covariate effects return.
 * Columns that ComBat leaves as they are stay; rows that cannot be harmonized are NaN.
 * @param residualOnly grand mean and covariate effects stay out (`resid = TRUE`)
 * Source: Chen et al., Human Brain Mapping 2022, doi 10.1002/hbm.25688.
 */
export function covbatRows(rows: CohortRows, { recipe, scoreModel, scoreCrossing }: FittedCovbat, residualOnly: boolean): Float64Array {
  const { spec, model } = partsOf(recipe.fitted);
  const frozen = new Frozen(recipe);
  const before = scoreSource.dataOf(rows, frozen);
  const scores = new Frozen(scoreModel);
  const crossing = scoreCrossing.map(({ batch }) => batch);
  const own = ownEffects(rows, scoreSource, frozen, scores, crossing, recipe.fitted.spec.batch.levels);
  const after = harmonizedRows(
    rows,
    scoreSource,
    frozen,
    scores,
    (batch) => own.get(batch)?.effects ?? scoreCrossing.find((stars) => stars.batch === batch),
  );
  const { columnCount: p, values: residuals, usable } = residualRows(rows, frozenFit(recipe.fitted));
  const data = standardData(rows, tableSource, spec, scalingOf(model));
  const out = tableSource.dataOf(rows, spec).values.slice();
  const active = activeColumns(model.value);
  const count = componentsOf(recipe);
  const { center, scale } = model.value.scaling;
  for (let i = 0; i < rows.rowCount; i++) {
    for (let j = 0; j < p; j++) {
      const f = active[j] as number;
      const at = i * data.columnCount + f;
      let move = 0;
      for (let k = 0; k < count; k++)
        move += ((after[i * count + k] as number) - (before.values[i * count + k] as number)) * (recipe.rotation[j * count + k] as number);
      const residual = (residuals[i * p + j] as number) + move * (recipe.scale[j] as number);
      const value = residual * Math.sqrt(model.value.varPooled[f] as number);
      const raw = residualOnly
        ? value * (scale[f] as number)
        : (center[f] as number) + (scale[f] as number) * (value + expectedAt(data, model.value, i, f));
      out[at] = usable[i] === 1 ? raw : NaN;
    }
  }
  return out;
}
