import { catalogue } from '@cohortium/analysis';
import { addFixedPoint, bytesToWords, unpackSummary, wordBytes } from '@cohortium/federation';
import type { AnyQuery } from '@cohortium/federation';
import { pack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import type { RoundFrames } from '@cohortium/ledger';

/**
 * What a round learned, from what left the sites: the sum of their words, or their summaries side by side. Frames are plain here; where
 * they are masked, `seeds` holds what unmasking revealed.
 * @throws whatever says that the frames make no total: an operation of another release, a length that differs
 */
export function recomputeTotal({ operation, kind, sites, frames }: RoundFrames): Uint8Array {
  const query = catalogue.get(operation);
  if (query === undefined || query.kind !== kind) throw new RangeError('an operation that this release does not have');
  return query.kind === 'sum' ? summed(query, operation, sites, frames) : sideBySide(query, sites, frames);
}

type QueryOf<Kind extends AnyQuery['kind']> = Extract<AnyQuery, { readonly kind: Kind }>;

function summed(query: QueryOf<'sum'>, operation: string, sites: readonly string[], frames: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = frames.get(sites[0] ?? '')?.length ?? 0;
  const length = bytes / (4 * query.words.limbs);
  const total = new Uint32Array(query.words.limbs * length);
  for (const site of sites) addFixedPoint(total, bytesToWords(frameOf(frames, site), query.words, length, operation, site), query.words);
  return wordBytes(total);
}

function sideBySide(query: QueryOf<'siteSummary'>, sites: readonly string[], frames: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bySite: Record<string, Packable> = {};
  for (const site of sites) bySite[site] = query.value.parse(unpackSummary(frameOf(frames, site))) as Packable;
  return pack(bySite);
}

function frameOf(frames: ReadonlyMap<string, Uint8Array>, site: string): Uint8Array {
  const frame = frames.get(site);
  if (frame === undefined) throw new RangeError('a frame is missing');
  return frame;
}
