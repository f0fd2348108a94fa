import type { CohortRows, SumQuery, WordFormat } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodRawShape, ZodType } from 'zod';
import { sourceRows } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';

/** Parameters of a query over a score source: those of the source, and the query's own beside it. */
export interface SourceParams<S> {
  readonly source: S;
}

/** What a query over a score source consists of. */
export interface SourceQuery<S, P extends SourceParams<S>, V> {
  /** Last part of the operation name: `cells` under the prefix `validation.column` is `validation.column-cells`. */
  readonly name: string;
  readonly words: WordFormat;
  /** Schema of the parameters beside `source`. */
  readonly shape: ZodRawShape;
  readonly length: (params: P) => number;
  /** The site's vector, added to `out`. */
  readonly add: (out: Float64Array, entries: readonly ScoredRows[], params: P, rows: CohortRows) => void;
  readonly read: (total: Float64Array, params: P) => V;
}

/** Makes a sum query over a score source; it refuses scores that are none before anything is counted. */
export function sourceQuery<S, P extends SourceParams<S>, V>(source: ScoreSource<S>, query: SourceQuery<S, P, V>): SumQuery<P, V> {
  const operation = `${source.prefix}-${query.name}`;
  const { freeParameters, scopeParticipants } = source;
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: query.words,
    params: z.strictObject({ source: source.schema, ...query.shape }) as unknown as ZodType<P>,
    length: query.length,
    local: (rows, params) => {
      const out = new Float64Array(query.length(params));
      query.add(out, sourceRows(source, operation, rows, params.source), params, rows);
      return out;
    },
    read: query.read,
    ...(freeParameters && { freeParameters: (params: P) => freeParameters(params.source) }),
    ...(scopeParticipants && { scopeParticipants: (params: P) => scopeParticipants(params.source) }),
  };
}

/** Adds 1 to an element. */
export function count(out: Float64Array, at: number): void {
  out[at] = (out[at] as number) + 1;
}

/** Adds a number to an element. */
export function addTo(out: Float64Array, at: number, value: number): void {
  out[at] = (out[at] as number) + value;
}
