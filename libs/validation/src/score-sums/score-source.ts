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

/** One score with the outcome it is judged by, by row; NaN in either leaves the row out of this entry. */
export interface ScoredRows {
  /** 0 or 1, NaN where unknown. */
  readonly outcome: Float64Array;
  /** Any finite number, higher means more likely positive; NaN where there is none. */
  readonly score: Float64Array;
}

/**
 * Where scores come from: columns of a table, a locked model, held-out predictions. Its parameters travel with every query that
 * `scoreQueries` makes from it, so that the same programs evaluate any kind of score.
 */
export interface ScoreSource<S> {
  /** Beginning of the operation names: `validation.column` gives `validation.column-cells@1`. */
  readonly prefix: string;
  readonly schema: ZodType<S>;
  /** Entries of a request: scores, or scores within subgroups. */
  readonly entryCount: (source: S) => number;
  /** The entries over the rows of a site. */
  readonly scored: (rows: CohortRows, source: S) => readonly ScoredRows[];
  /** See `SumQuery.freeParameters`. */
  readonly freeParameters?: (source: S) => number;
  /** See `SumQuery.scopeParticipants`. */
  readonly scopeParticipants?: (source: S) => number;
}

/** A source whose outcome is the endpoint of the cohort: a locked model, for example. */
export function endpointSource<S>(options: Omit<ScoreSource<S>, 'scored'> & { readonly scoresOf: ScoresOf<S> }): ScoreSource<S> {
  const { scoresOf, ...rest } = options;
  return { ...rest, scored: (rows, source) => scoresOf(rows, source).map((score) => ({ outcome: rows.outcome, score })) };
}

/**
 * Entries of a request after the checks that a site makes before it counts anything.
 * @throws `VALIDATION.BAD_SCORES` for a wrong number of entries or rows, an outcome other than 0 and 1, an infinite score
 */
export function sourceRows<S>(source: ScoreSource<S>, operation: string, rows: CohortRows, params: S): readonly ScoredRows[] {
  const refuse = (reason: string) => validationErrors.error('VALIDATION.BAD_SCORES', { operation, reason });
  const entries = source.scored(rows, params);
  const expected = source.entryCount(params);
  if (entries.length !== expected) throw refuse(`${entries.length} score vectors for ${expected} entries`);
  for (const { outcome, score } of entries) {
    if (score.length !== rows.rowCount || outcome.length !== rows.rowCount) throw refuse('scores and participants differ in number');
    for (let i = 0; i < score.length; i++) {
      const y = outcome[i] as number;
      if (y !== 0 && y !== 1 && y === y) throw refuse('an outcome is neither 0 nor 1');
      if (Math.abs(score[i] as number) === Infinity) throw refuse('a score is infinite');
    }
  }
  return entries;
}

/** Whether a row takes part in an entry. */
export function takesPart({ outcome, score }: ScoredRows, row: number): boolean {
  return outcome[row] === outcome[row] && score[row] === score[row];
}

/** The rows of an entry that take part, as two dense vectors. */
export function denseRows(entry: ScoredRows, from = 0, to = entry.score.length): { outcome: Float64Array; score: Float64Array } {
  const outcome = new Float64Array(to - from);
  const score = new Float64Array(to - from);
  let n = 0;
  for (let i = from; i < to; i++) {
    if (!takesPart(entry, i)) continue;
    outcome[n] = entry.outcome[i] as number;
    score[n++] = entry.score[i] as number;
  }
  return { outcome: outcome.subarray(0, n), score: score.subarray(0, n) };
}
