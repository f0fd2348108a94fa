import { hashJson, pack, sha256 } from '@cohortium/kernel';
import type { Json, Packable, Sha256, SiteId } from '@cohortium/kernel';
import { federationErrors } from './errors.js';
import { encodeFixedPoint, wordBytes } from './fixed-point.js';
import { operationName } from './query.js';
import type { AnyQuery, RosterScope } from './query.js';
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
  /** Eligible participants behind it. */
  readonly participantCount: number;
  /** Free coefficients in the parameters; 0 where the operation has none. */
  readonly freeParameters: number;
  /** Eligible participants of the whole scope as the parameters state them; the site's own where they do not. */
  readonly scopeParticipantCount: number;
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
export function draftAnswer(site: SiteId, rows: CohortRows, request: SiteRequest): Draft {
  const { query, scope } = request;
  const params = parseParams(query, request.params);
  const operation = operationName(query);
  const common = { site, operation, scope, releaseKey: releaseKey(request, rows.snapshot), participantCount: rows.rowCount };
  if (query.kind === 'siteSummary')
    return {
      ...common,
      kind: 'siteSummary',
      summary: query.local(rows, params) as Json,
      freeParameters: 0,
      scopeParticipantCount: rows.rowCount,
    };
  const values = query.local(rows, params);
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
  };
}
