import { armSchema, countWords, statisticWords, vectorSchema } from '@cohortium/federation';
import type { Arm, CohortRows, SumQuery } from '@cohortium/federation';
import { unpackTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation, siteNumber } from '../arms.js';
import type { Family } from '../arms.js';
import { matrixSpecSchema, modelMatrix } from '../model-matrix/model-matrix.js';
import type { MatrixSpec } from '../model-matrix/model-matrix.js';
import type { GlmFamily } from './families.js';
import { glmHeader, glmModelLength, localScores, outcomeValues } from './local.js';
import { glmParamsSchema, termCount } from './params.js';
import type { GlmOutcome, GlmParams } from './params.js';

/** Totals of one model of {@link glmQueries}. */
export interface GlmTotals {
  /** Some site saw a linear predictor beyond the limit; everything else is then incomplete. */
  readonly isBeyondLimit: boolean;
  /** Some site has an outcome or weight that the family does not have. */
  readonly hasBadValues: boolean;
  readonly rows: number;
  /** Rows of positive weight. */
  readonly weightedRows: number;
  /** Sum of ln weight over them. */
  readonly lnWeights: number;
  readonly logLikelihood: number;
  readonly deviance: number;
  /** Sum of w (y - mu) x; with Firth's term where leverages were given. */
  readonly score: Float64Array;
  /** Sum of w v x x', full. */
  readonly information: Float64Array;
}

/** Parameters of `separation@1`. */
export interface SeparationParams {
  readonly family: Exclude<GlmFamily, 'gaussian'>;
  readonly outcome: GlmOutcome;
  readonly weights: string | null;
  readonly arm: Arm<MatrixSpec>;
  /** A direction in the space of coefficients. */
  readonly direction: Float64Array;
  /** Changes of a linear predictor up to this count as none. */
  readonly tolerance: number;
}

/** How rows move along a direction. */
export interface SeparationCounts {
  /** Rows whose likelihood falls. */
  readonly against: number;
  /** Rows whose likelihood rises without end. */
  readonly along: number;
  /** Rows that do not move. */
  readonly still: number;
}

/** The sums of generalized linear models: `glm-scores@1`, `separation@1`. */
export interface GlmQueries {
  readonly scores: SumQuery<GlmParams, GlmTotals[]>;
  readonly separation: SumQuery<SeparationParams, SeparationCounts>;
}

/** The queries of one family of operations. */
export function glmQueries(family: Family): GlmQueries {
  return family === 'full' ? fullQueries : heldOutQueries;
}

function makeQueries(family: Family): GlmQueries {
  return { scores: scoresQuery(family), separation: separationQuery(family) };
}

// One of each: a catalogue holds a single query by its name.
const fullQueries = makeQueries('full');
const heldOutQueries = makeQueries('leaveOneSiteOut');

function scoresQuery(family: Family): GlmQueries['scores'] {
  const operation = familyOperation(family, 'statistics', 'glm-scores');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: glmParamsSchema,
    length: (params) => params.models.reduce((n, _, m) => n + glmModelLength(termCount(params, m)), 0),
    freeParameters: (params) => params.models.reduce((most, _, m) => Math.max(most, termCount(params, m)), 0),
    scopeParticipants: ({ participants }) => participants,
    local: (rows, params) => {
      assertFamily(
        family,
        params.arms.map((arm) => arm.heldOut),
        operation,
      );
      return localScores(rows, params);
    },
    read: (total, params) => {
      let at = 0;
      return params.models.map((_, m) => {
        const p = termCount(params, m);
        const part = total.subarray(at, at + glmModelLength(p));
        at += part.length;
        return readModel(part, p);
      });
    },
  };
}

function readModel(part: Float64Array, p: number): GlmTotals {
  const [beyond = 0, bad = 0, rows = 0, weightedRows = 0, lnWeights = 0, logLikelihood = 0, deviance = 0] = part;
  return {
    isBeyondLimit: beyond > 0,
    hasBadValues: bad > 0,
    rows,
    weightedRows,
    lnWeights,
    logLikelihood,
    deviance,
    score: part.slice(glmHeader, glmHeader + p),
    information: unpackTriangle(part, p, glmHeader + p),
  };
}

function separationQuery(family: Family): GlmQueries['separation'] {
  const operation = familyOperation(family, 'statistics', 'separation');
  const outcome = z.strictObject({ column: z.string(), code: z.int().min(0).nullable(), minus: z.number(), over: z.number() });
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: countWords,
    params: z.strictObject({
      family: z.enum(['binomial', 'poisson']),
      outcome,
      weights: z.string().nullable(),
      arm: armSchema(matrixSpecSchema),
      direction: vectorSchema,
      tolerance: z.number().positive(),
    }) as ZodType<SeparationParams>,
    length: () => 3,
    local: (rows, params) => {
      assertFamily(family, [params.arm.heldOut], operation);
      return localSeparation(rows, params);
    },
    read: ([against = 0, along = 0, still = 0]) => ({ against, along, still }),
  };
}

/**
 * Counts rows by the sign of their likelihood's change far along a direction. If no row falls and some rise, there is no maximum:
 * complete separation if all rise, quasi-complete otherwise.
 * Source: Albert & Anderson 1984, doi 10.1093/biomet/71.1.1; Correia, Guimaraes & Zylkin 2019 for Poisson, arXiv 1903.01633.
 */
function localSeparation(rows: CohortRows, { family, outcome, weights, arm, direction, tolerance }: SeparationParams): Float64Array {
  const counts = new Float64Array(3);
  const { rowIndex, columnCount: p, values } = modelMatrix(rows, arm.recipe);
  const y = outcomeValues(rows, outcome, rowIndex);
  const excluded = siteNumber(rows, arm.heldOut);
  const weightColumn = weights === null ? null : outcomeValues(rows, { column: weights, code: null, minus: 0, over: 1 }, rowIndex);
  for (let i = 0; i < y.length; i++) {
    if (rows.siteIndex[rowIndex[i] as number] === excluded || (weightColumn && weightColumn[i] === 0)) continue;
    let move = 0;
    for (let j = 0; j < p; j++) move += (direction[j] as number) * (values[i * p + j] as number);
    const gain = rowGain(family, y[i] as number, move);
    const at = gain < -tolerance ? 0 : gain > tolerance ? 1 : 2;
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** Sign of the change of a row's log-likelihood for a linear predictor that moves by `move` without end. */
function rowGain(family: SeparationParams['family'], y: number, move: number): number {
  if (family === 'binomial') return y === 1 ? move : y === 0 ? -move : -Math.abs(move);
  return y === 0 ? -move : -Math.abs(move);
}
