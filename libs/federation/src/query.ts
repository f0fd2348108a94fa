import type { Json, Packable, SiteId } from '@cohortium/kernel';
import type { ZodType } from 'zod';
import type { WordFormat } from './fixed-point.js';
import type { CohortRows } from './rows.js';

/**
 * One kind of secure sum: what a site computes from its rows and how the total is read. A pure function of (rows, params);
 * the vector of the union of two sites is the sum of their vectors.
 */
export interface SumQuery<P, V> {
  readonly kind: 'sum';
  /** `library.operation`; with {@link version} the name in clauses and in the catalogue. */
  readonly operation: string;
  readonly version: number;
  /** Width of the fixed-point words that carry the vector. */
  readonly words: WordFormat;
  /** Parser of the parameters; the site refuses what it refuses. */
  readonly params: ZodType<P>;
  /** Elements of the vector: a function of the parameters alone, never of the data. */
  length(params: P): number;
  /** The site's vector. May be called on rows of several sites (the pooled twin). */
  local(rows: CohortRows, params: P): Float64Array;
  /** Names the parts of a total. */
  read(total: Float64Array, params: P): V;
  /** Largest number of free coefficients that any one model in the parameters carries; the gate's parameters-per-row rule reads it. */
  freeParameters?(params: P): number;
  /**
   * True where the vector of any rows is the sum of the vectors of their participants, each computed alone. The gate's dominance rule, and
   * noise, need to know what a single participant adds.
   */
  readonly perParticipant?: true;
  /** Rows that the parameters set apart, other than by site; the gate allows only what the protocol declares. */
  rowSubsets?(params: P): readonly RowSubset[];
  /** How finely opened counts locate single values; the gate's smoothing rule reads it. */
  valueCounts?(params: P): ValueCounts;
  /** Eligible participants of the whole scope, where the parameters carry them; the same rule divides by it. */
  scopeParticipants?(params: P): number;
  /** Elements that no site can make negative, where they are not all counts: a total below a site's own is invented. */
  neverNegative?(params: P): readonly number[];
}

/** Participant folds by a seed; each is a part of the cohort. */
export interface RowSubset {
  readonly foldCount: number;
  readonly seed: string;
}

/** `exact`: thresholds can close in on one value. `grid`: counts in even cells, this many. */
export type ValueCounts = { readonly kind: 'exact' } | { readonly kind: 'grid'; readonly cells: number };

/** One kind of site summary: aggregate figures of a single site, under a clause of that kind. */
export interface SummaryQuery<P, V extends Json> {
  readonly kind: 'siteSummary';
  readonly operation: string;
  readonly version: number;
  readonly params: ZodType<P>;
  /** Parser of the summary on the receiving side. */
  readonly value: ZodType<V>;
  /** The summary of one site; rows hold that site only. Counts stand in `cells` of a {@link Figure}, never bare. */
  local(rows: CohortRows, params: P): V;
}

/** Any query, as a catalogue holds it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a catalogue holds queries of every parameter type; each parses its own
export type AnyQuery = SumQuery<any, any> | SummaryQuery<any, any>;

/** `operation@version`, the name that clauses use. */
export function operationName(query: { readonly operation: string; readonly version: number }): string {
  return `${query.operation}@${query.version}`;
}

/** Sites a request goes to, named in the protocol. */
export interface RosterScope {
  readonly name: 'training' | 'external' | 'all';
  readonly sites: readonly SiteId[];
}

/** The result of one secure sum. */
export interface Total<V> {
  readonly value: V;
  /** Position of the round in its run, from 1. */
  readonly round: number;
}

/** Parameters of queries: packable values. */
export type QueryParams = Packable;

/**
 * A number of a site summary that may be absent. `cells` are the counts it was made from; the gate compares them with the
 * clause's smallest cell and removes them before anything leaves.
 */
export type Figure =
  | { readonly state: 'ok'; readonly value: number; readonly low?: number; readonly high?: number; readonly cells?: readonly number[] }
  | { readonly state: 'none-yet' | 'not-done'; readonly reason?: string }
  | { readonly state: 'withheld' | 'error'; readonly reason: string };
