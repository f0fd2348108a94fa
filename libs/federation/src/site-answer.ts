import { hashJson, pack, sha256 } from '@cohortium/kernel';
import type { Json, Packable, Sha256, SiteId } from '@cohortium/kernel';
import { federationErrors } from './errors.js';
import { encodeFixedPoint, wordBytes } from './fixed-point.js';
import type { WordFormat } from './fixed-point.js';
import { participantViews } from './participant-views.js';
import { operationName } from './query.js';
import type { AnyQuery, RosterScope, RowSubset, SumQuery, ValueCounts } from './query.js';
import type { CohortRows } from './rows.js';

/** One request to one site, without run, round or attempt: what the release key covers. */
export interface SiteRequest {
  readonly query: AnyQuery;
  readonly params: unknown;
  readonly scope: RosterScope;
}

/** What a site would send, before the gate has decided. */
export interface Draft {
  readonly site: SiteId;
  /** `operation@version`. */
  readonly operation: string;
  readonly kind: 'sum' | 'siteSummary';
  readonly scope: RosterScope;
  /** H(operation@version, params, data snapshot, scope): the same request always gets the same content. */
  readonly releaseKey: Sha256;
  /** Sums: encoded fixed-point words. Summaries: absent. */
  readonly words?: Uint8Array;
  /** Summaries: the value with its cells. Sums: absent. */
  readonly summary?: Json;
  /** Eligible participants behind it: people, not rows. */
  readonly participantCount: number;
  /** Free coefficients in the parameters; 0 where the operation has none. */
  readonly freeParameters: number;
  /** Eligible participants of the whole scope as the parameters state them; the site's own where they do not. */
  readonly scopeParticipantCount: number;
  /** Sums: the words and their number. */
  readonly format?: WordFormat;
  readonly length?: number;
  /** Sums: rows that the parameters set apart, and how finely counts locate values; see `SumQuery`. */
  readonly rowSubsets?: readonly RowSubset[];
  readonly valueCounts?: ValueCounts;
  /** What the largest contributors add, where it was asked for and the operation can tell. */
  readonly dominance?: Dominance;
  /** The grid that contributions were clipped on; absent where they were not clipped. */
  readonly clipped?: ClipGrid;
}

/** The largest share of any element's magnitude that the `contributors` largest participants make up together. */
export interface Dominance {
  readonly contributors: number;
  readonly share: number;
}

/** Whole steps that contributions were rounded to, and the l2 bound in steps that they were shortened to. */
export interface ClipGrid {
  readonly step: number;
  readonly bound: number;
}

/**
 * What the clause of a request wants to be known or done while the vector is computed, for it takes single participants. Made by libs/privacy
 * from the protocol that the site approved; never from the request.
 */
export interface Protection {
  readonly dominance?: { readonly contributors: number; share(contributions: Iterable<Float64Array>, length: number): number };
  readonly clip?: ClipGrid & { sum(contributions: Iterable<Float64Array>, length: number): Float64Array };
}

/** SHA-256 of what is asked: the identity of a request inside a run. */
export function requestHash(request: SiteRequest): Sha256 {
  return sha256(
    pack({
      operation: operationName(request.query),
      scope: { name: request.scope.name, sites: [...request.scope.sites] },
      params: request.params as Packable,
    }),
  );
}

/** H(operation@version, params, data snapshot, scope). */
export function releaseKey(request: SiteRequest, snapshot: Sha256): Sha256 {
  return hashJson({ request: requestHash(request), snapshot });
}

/** Parses the parameters with the query's own schema. @throws `FEDERATION.BAD_PARAMS` */
export function parseParams(query: AnyQuery, params: unknown): unknown {
  const parsed = query.params.safeParse(params);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw federationErrors.error('FEDERATION.BAD_PARAMS', {
    operation: operationName(query),
    path: issue?.path.join('.') || '(root)',
    reason: issue?.message ?? 'unknown',
  });
}

/** Computes a site's answer: the one path that the simulated and the real federation share. */
export function draftAnswer(site: SiteId, rows: CohortRows, request: SiteRequest, protection: Protection = {}): Draft {
  const { query, scope } = request;
  const params = parseParams(query, request.params);
  const operation = operationName(query);
  const common = {
    site,
    operation,
    scope,
    releaseKey: releaseKey(request, rows.snapshot),
    participantCount: new Set(rows.participantIndex).size,
  };
  if (query.kind === 'siteSummary')
    return {
      ...common,
      kind: 'siteSummary',
      summary: query.local(rows, params) as Json,
      freeParameters: 0,
      scopeParticipantCount: rows.rowCount,
    };
  const { values, ...measured } = sumVector(query, rows, params, protection);
  if (values.length !== query.length(params)) {
    throw federationErrors.error('FEDERATION.BAD_LENGTH', {
      operation,
      site,
      actual: values.length * 8,
      expected: query.length(params) * 8,
    });
  }
  return {
    ...common,
    kind: 'sum',
    words: wordBytes(encodeFixedPoint(values, query.words, operation)),
    freeParameters: query.freeParameters?.(params) ?? 0,
    scopeParticipantCount: query.scopeParticipants?.(params) ?? rows.rowCount,
    format: query.words,
    length: values.length,
    rowSubsets: query.rowSubsets?.(params) ?? [],
    ...measured,
    ...(query.valueCounts && { valueCounts: query.valueCounts(params) }),
  };
}

type AnySum = SumQuery<unknown, unknown>;

/** The site's vector, with what the protection asks for; an operation that cannot tell participants apart leaves it out. */
function sumVector(
  query: AnySum,
  rows: CohortRows,
  params: unknown,
  { dominance, clip }: Protection,
): { readonly values: Float64Array } & Pick<Draft, 'dominance' | 'clipped'> {
  if (!query.perParticipant || (!dominance && !clip)) return { values: query.local(rows, params) };
  const length = query.length(params);
  const contributions = function* () {
    for (const view of participantViews(rows)) yield query.local(view, params);
  };
  const share = dominance && { contributors: dominance.contributors, share: dominance.share(contributions(), length) };
  return {
    values: clip ? clip.sum(contributions(), length) : query.local(rows, params),
    ...(share && { dominance: share }),
    ...(clip && { clipped: { step: clip.step, bound: clip.bound } }),
  };
}
