import { catalogue } from '@cohortium/analysis';
import { addFixedPoint, bytesToWords, unpackSummary, wordBytes } from '@cohortium/federation';
import type { AnyQuery } from '@cohortium/federation';
import { pack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import type { RoundFrames } from '@cohortium/ledger';
import { openRound } from './unmask-total.js';

/**
 * What a round learned, from what left the sites: the sum of their words, less the masks that did not cancel, or their summaries side by
 * side.
 * @throws whatever says that the frames make no total: an operation of another release, a length that differs, a seed of another mask
 */
export function recomputeTotal(round: RoundFrames): Uint8Array {
  const { operation, kind, sites, frames, masking } = round;
  const query = catalogue.get(operation);
  if (query === undefined || query.kind !== kind) throw new RangeError('an operation that this release does not have');
  if (query.kind === 'siteSummary') return sideBySide(query, sites, frames);
  if (masking === null) return wordBytes(summed(query, operation, sites, frames));
  const opened = openRound(round);
  const total = summed(query, operation, sites, opened.frames);
  opened.unmask(total, query.words);
  return wordBytes(total);
}

type QueryOf<Kind extends AnyQuery['kind']> = Extract<AnyQuery, { readonly kind: Kind }>;

function summed(query: QueryOf<'sum'>, operation: string, sites: readonly string[], frames: ReadonlyMap<string, Uint8Array>): Uint32Array {
  const bytes = frames.get(sites[0] ?? '')?.length ?? 0;
  const length = bytes / (4 * query.words.limbs);
  const total = new Uint32Array(query.words.limbs * length);
  for (const site of sites) addFixedPoint(total, bytesToWords(frameOf(frames, site), query.words, length, operation, site), query.words);
  return total;
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
