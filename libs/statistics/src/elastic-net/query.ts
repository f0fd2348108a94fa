import { armSchema, statisticWords } from '@cohortium/federation';
import type { Arm, CohortRows, Design, DesignOf, RowSubset, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation } from '../arms.js';
import type { Family } from '../arms.js';
import { statisticsErrors } from '../errors.js';
import { gradientHeader, localDeviance, localGradients, localGram } from './local.js';
import { largestSupport, modelParamsSchema } from './params.js';
import type { ModelParams } from './params.js';

/** Parameters of the Gram query: one arm, since its matrix is the largest thing that leaves. */
export interface GramParams<R> {
  readonly arm: Arm<R>;
  readonly columnCount: number;
}

/** Total score of one model. */
export interface ModelGradient {
  /** Some site saw a linear predictor beyond the limit. */
  readonly beyondLimit: boolean;
  /** Participants the model is fitted on. */
  readonly participants: number;
  /** Sum of (y - mu) (1, z). */
  readonly score: Float64Array;
}

/** Left-out participants of one model and their log-loss. */
export interface ModelDeviance {
  readonly participants: number;
  readonly loss: number;
}

/** The sums of an elastic-net fit: `gram@1`, `logistic-gradient@1`, `logistic-deviance@1`. */
export interface ElasticNetQueries<R> {
  readonly gram: SumQuery<GramParams<R>, Float64Array>;
  readonly gradient: SumQuery<ModelParams<R>, ModelGradient[]>;
  readonly deviance: SumQuery<ModelParams<R>, ModelDeviance[]>;
}

/** The queries over designs made by `designOf`. */
export function elasticNetQueries<R>(family: Family, designOf: DesignOf<R>, recipe: ZodType<R>): ElasticNetQueries<R> {
  return {
    gram: gramQuery(family, designOf, recipe),
    gradient: gradientQuery(family, designOf, recipe),
    deviance: devianceQuery(family, designOf, recipe),
  };
}

function gramQuery<R>(family: Family, designOf: DesignOf<R>, recipe: ZodType<R>): SumQuery<GramParams<R>, Float64Array> {
  const operation = familyOperation(family, 'statistics', 'gram');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: z.strictObject({ arm: armSchema(recipe), columnCount: z.int().min(1) }) as ZodType<GramParams<R>>,
    length: ({ columnCount: p }) => ((p + 1) * (p + 2)) / 2,
    // The diagonal.
    neverNegative: ({ columnCount: p }) => Array.from({ length: p + 1 }, (_, a) => (a * (a + 3)) / 2),
    local: (rows, { arm }) => {
      assertFamily(family, [arm.heldOut], operation);
      return localGram(rows, designOf(rows, arm.recipe.value), arm.heldOut);
    },
    read: (total, { columnCount }) => unpackSymmetric(total, columnCount + 1),
  };
}

function unpackSymmetric(packed: Float64Array, n: number): Float64Array {
  const full = new Float64Array(n * n);
  let at = 0;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++, at++) {
      full[a * n + b] = packed[at] as number;
      full[b * n + a] = packed[at] as number;
    }
  }
  return full;
}

function gradientQuery<R>(family: Family, designOf: DesignOf<R>, recipe: ZodType<R>): SumQuery<ModelParams<R>, ModelGradient[]> {
  const operation = familyOperation(family, 'statistics', 'logistic-gradient');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: modelParamsSchema(recipe),
    length: ({ models, columnCounts }) => models.reduce((n, m) => n + gradientHeader + 1 + (columnCounts[m.arm] as number), 0),
    freeParameters: largestSupport,
    scopeParticipants: ({ participants }) => participants,
    rowSubsets,
    neverNegative: ({ models, columnCounts }) => {
      let base = 0;
      return models.flatMap(({ arm }) => {
        const at = base;
        base += gradientHeader + 1 + (columnCounts[arm] as number);
        return [at, at + 1];
      });
    },
    local: (rows, params) => localGradients(rows, params, designsOf(family, operation, designOf, rows, params)),
    read: (total, { models, columnCounts }) => {
      let base = 0;
      return models.map(({ arm }) => {
        const width = 1 + (columnCounts[arm] as number);
        const from = base + gradientHeader;
        const gradient = {
          beyondLimit: (total[base] as number) > 0,
          participants: total[base + 1] as number,
          score: total.subarray(from, from + width),
        };
        base = from + width;
        return gradient;
      });
    },
  };
}

function devianceQuery<R>(family: Family, designOf: DesignOf<R>, recipe: ZodType<R>): SumQuery<ModelParams<R>, ModelDeviance[]> {
  const operation = familyOperation(family, 'statistics', 'logistic-deviance');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: modelParamsSchema(recipe),
    length: ({ models }) => 2 * models.length,
    freeParameters: largestSupport,
    scopeParticipants: ({ participants }) => participants,
    rowSubsets,
    local: (rows, params) => localDeviance(rows, params, designsOf(family, operation, designOf, rows, params)),
    read: (total, { models }) => models.map((_, m) => ({ participants: total[2 * m] as number, loss: total[2 * m + 1] as number })),
  };
}

/** Participant folds of a request. */
function rowSubsets<R>({ participantFolds }: ModelParams<R>): RowSubset[] {
  return participantFolds ? [{ foldCount: participantFolds.count, seed: participantFolds.seed }] : [];
}

function designsOf<R>(family: Family, operation: string, designOf: DesignOf<R>, rows: CohortRows, params: ModelParams<R>): Design[] {
  assertFamily(
    family,
    params.arms.map((arm) => arm.heldOut),
    operation,
  );
  const siteFolds = params.models.some((m) => typeof m.leftOut === 'string');
  const participantFolds = params.models.some((m) => typeof m.leftOut === 'number');
  // No request combines site scopes with participant folds: their differences would open cells of one participant.
  if (family === 'full' ? siteFolds : participantFolds) throw statisticsErrors.error('STATISTICS.SITE_FOLDS_REFUSED', { operation });
  return params.arms.map((arm) => designOf(rows, arm.recipe.value));
}
