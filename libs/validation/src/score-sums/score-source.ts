import type { CohortRows } from '@cohortium/federation';
import type { ZodType } from 'zod';
import { validationErrors } from '../errors.js';

/**
 * Scores the rows of a request: one array per model, the probability by row; NaN is a row that this request does not score
 * (it belongs to another arm or model).
 */
export type ScoresOf<P> = (rows: CohortRows, params: P) => readonly Float64Array[];

/** What the score queries of this folder are made from. */
export interface ScoreQueryOptions<P> {
  /** `library.operation`, the name in clauses. */
  readonly operation: string;
  readonly version: number;
  /** Parser of the parameters. */
  readonly params: ZodType<P>;
  readonly scoresOf: ScoresOf<P>;
  /** Models that the parameters name: the length of what `scoresOf` returns. */
  readonly modelCount: (params: P) => number;
  /** See `SumQuery.freeParameters`. */
  readonly freeParameters?: (params: P) => number;
  /** See `SumQuery.scopeParticipants`. */
  readonly scopeParticipants?: (params: P) => number;
}

/**
 * Scores of a request after the checks that a site makes before it counts anything.
 * @throws `VALIDATION.BAD_SCORES` for a wrong number of models or rows, or a score outside [0, 1]
 */
export function scoreRows<P>(options: ScoreQueryOptions<P>, rows: CohortRows, params: P): readonly Float64Array[] {
  const refuse = (reason: string) => validationErrors.error('VALIDATION.BAD_SCORES', { operation: options.operation, reason });
  const scores = options.scoresOf(rows, params);
  const models = options.modelCount(params);
  if (scores.length !== models) throw refuse(`${scores.length} score vectors for ${models} models`);
  for (const model of scores) {
    if (model.length !== rows.rowCount) throw refuse(`${model.length} scores for ${rows.rowCount} participants`);
    for (const p of model) if (p < 0 || p > 1) throw refuse('a probability lies outside 0 to 1');
  }
  return scores;
}

/** The parts that every score query takes over from its options. */
export function queryBasics<P>({ operation, version, params, freeParameters, scopeParticipants }: ScoreQueryOptions<P>) {
  return {
    kind: 'sum' as const,
    operation,
    version,
    params,
    ...(freeParameters && { freeParameters }),
    ...(scopeParticipants && { scopeParticipants }),
  };
}
