import { equalBytes, unpack } from '@cohortium/kernel';
import type { Packable, SiteId } from '@cohortium/kernel';
import { bytesToWords, decodeFixedPoint, encodedBytes } from '../fixed-point.js';
import { operationName } from '../query.js';
import type { SumQuery, SummaryQuery } from '../query.js';
import type { RoundRequest } from '../rounds.js';
import { packSummary } from '../size-class.js';

/**
 * What a site holds against a total: what it released itself in that round, where it still has it and where neither it nor the others
 * have added noise (a noisy total may be less than one noisy share).
 */
export interface OwnContribution {
  readonly site: SiteId;
  readonly bytes: Uint8Array;
}

/** Why a published result cannot be the result of its round. */
export type TotalFlaw = 'form' | 'belowOwnContribution' | 'ownSummaryDiffers';

/**
 * Holds a published result against the request that it answers and against the site's own contribution: its form is the one form
 * that the operation has, the site's own summary stands in it unchanged, and what only counts is not less than what this site alone
 * has counted. A total that passes may still be invented: only who sees every contribution can tell (the audit of a full bundle).
 * @returns undefined when nothing speaks against it
 */
export function flawOfTotal(request: RoundRequest, result: Uint8Array, own: OwnContribution | undefined): TotalFlaw | undefined {
  try {
    return request.query.kind === 'sum'
      ? flawOfSum(request.query, request, result, own)
      : flawOfSummaries(request.query, request, result, own);
  } catch {
    // Whatever a reader of this release cannot read is not a result of this release.
    return 'form';
  }
}

function flawOfSum(
  query: SumQuery<unknown, unknown>,
  { params }: RoundRequest,
  result: Uint8Array,
  own: OwnContribution | undefined,
): TotalFlaw | undefined {
  const length = query.length(params);
  if (result.length !== encodedBytes(query.words, length)) return 'form';
  if (own === undefined) return undefined;
  const places = query.words.name === 'count' ? Array.from({ length }, (_, i) => i) : (query.neverNegative?.(params) ?? []);
  if (places.length === 0) return undefined;
  const read = (bytes: Uint8Array) =>
    decodeFixedPoint(bytesToWords(bytes, query.words, length, operationName(query), 'total'), query.words);
  const total = read(result);
  const share = read(own.bytes);
  return places.every((i) => (total[i] as number) >= (share[i] as number)) ? undefined : 'belowOwnContribution';
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a catalogue holds summaries of every value type
type AnySummary = SummaryQuery<any, any>;

function flawOfSummaries(
  query: AnySummary,
  { scope }: RoundRequest,
  result: Uint8Array,
  own: OwnContribution | undefined,
): TotalFlaw | undefined {
  const bySite = unpack(result);
  if (bySite === null || typeof bySite !== 'object') return 'form';
  const values = new Map(Object.entries(bySite as Record<string, Packable>));
  if (values.size !== scope.sites.length || !scope.sites.every((site) => query.value.safeParse(values.get(site)).success)) return 'form';
  if (own === undefined || !scope.sites.includes(own.site)) return undefined;
  return equalBytes(packSummary(values.get(own.site) as Packable), own.bytes) ? undefined : 'ownSummaryDiffers';
}
