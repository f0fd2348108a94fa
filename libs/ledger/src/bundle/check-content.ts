import { hashJson, sha256 } from '@cohortium/kernel';
import { z } from 'zod';
import { decodeBase64 } from '../note/keys.js';
import { keyOf } from './check-logs.js';
import { encodeLeaf } from '../leaf.js';
import type { LeafOf } from '../leaf.js';
import { hexOf, leafHash } from '../merkle/hash.js';
import type { Findings } from './findings.js';
import { leavesOf } from './loaded.js';
import type { LoadedLog } from './loaded.js';
import type { Bundle } from './schema.js';

/** Everything that a round's total is made of. */
export interface RoundFrames {
  readonly run: string;
  readonly round: number;
  readonly operation: string;
  readonly kind: 'sum' | 'siteSummary';
  /** Sites in the order of the request. */
  readonly sites: readonly string[];
  /** What left, by site. */
  readonly frames: ReadonlyMap<string, Uint8Array>;
  /** Seeds of selfMasks that unmasking revealed, by site; empty where frames are not masked. */
  readonly seeds: ReadonlyMap<string, Uint8Array>;
  /** How the frames were masked, as the bundle says it: to be read as untrusted; null where they are not masked. */
  readonly masking: { readonly keys: unknown; readonly offers: readonly unknown[]; readonly sum: unknown } | null;
  /** What binds the answers. */
  readonly requestHash: string;
  /** Ed25519 keys of the sites, by the roster of the bundle. */
  readonly signingKeys: ReadonlyMap<string, Uint8Array>;
}

/** Recomputes what a round learned, as the bytes that the coordinator committed. Throws whatever says that it cannot. */
export type RecomputeTotal = (round: RoundFrames) => Uint8Array;

/** Models and results have the hashes that the coordinator's log names, one for each lock and each finished run. */
export function checkDocuments(bundle: Bundle, coordinator: LoadedLog, findings: Findings): void {
  const locks = leavesOf(coordinator, 'modelCommit');
  const closed = leavesOf(coordinator, 'runClosed').filter(({ leaf }) => leaf.resultsSha256 !== null);
  for (const [i, { leaf, place }] of locks.entries()) {
    const held = bundle.models[i];
    if (held?.run !== leaf.run || hashJson(held.model) !== leaf.modelSha256) findings.add('modelDiffers', place);
  }
  for (const [i, { leaf, place }] of closed.entries()) {
    const held = bundle.results[i];
    if (held?.run !== leaf.run || hashJson(held.results) !== leaf.resultsSha256) findings.add('resultsDiffer', place);
    else checkCitations(held.results, leaf.run, coordinator, findings);
  }
  if (bundle.models.length > locks.length) findings.add('modelDiffers');
  if (bundle.results.length > closed.length) findings.add('resultsDiffer');
}

const citations = z.strictObject({
  log: z.string(),
  leaves: z.array(
    z.strictObject({
      index: z.int().min(0),
      leafSha256: z.string(),
      type: z.string(),
      round: z.int().nullable(),
      operation: z.string().nullable(),
    }),
  ),
});

/** The leaves that the figures of a report name are those of the log, all of them and no other. */
function checkCitations(results: unknown, run: string, coordinator: LoadedLog, findings: Findings): void {
  const named = (results as { readonly run?: { readonly ledger?: unknown } | null } | null)?.run?.ledger;
  if (named === undefined) return;
  const cited = citations.safeParse(named).data;
  if (cited === undefined) return findings.add('citationWrong');
  const due = leavesOf(coordinator, 'roundCommit', 'modelCommit').filter(({ leaf }) => leaf.run === run);
  if (cited.log !== coordinator.origin || cited.leaves.length !== due.length) findings.add('citationWrong');
  for (const [i, { leaf, place }] of due.entries()) {
    const told = cited.leaves[i];
    if (told === undefined) return;
    const [round, operation] = leaf.type === 'roundCommit' ? [leaf.round, leaf.operation] : [null, null];
    const same = told.index === place.index && told.type === leaf.type && told.round === round && told.operation === operation;
    if (!same || told.leafSha256 !== hexOf(leafHash(Buffer.from(encodeLeaf(leaf), 'utf8')))) findings.add('citationWrong', place);
  }
}

/** A full bundle: every frame has the hash that was logged, and every total follows from its frames. */
export function checkFrames(bundle: Bundle, coordinator: LoadedLog, recompute: RecomputeTotal | undefined, findings: Findings): void {
  const key = ({ run, round }: { run: string; round: number }): string => `${run} ${round}`;
  const frames = groupBySite(bundle.frames, (frame) => decodeBase64(frame.content));
  const seeds = groupBySite(bundle.seeds, (seed) => Buffer.from(seed.seed, 'hex'));
  const totals = new Map(bundle.totals.map((total) => [key(total), decodeBase64(total.content)]));
  const masking = new MaskingOfBundle(bundle);
  const signingKeys = keysOfSites(bundle);
  const commits = leavesOf(coordinator, 'roundCommit');
  if (totals.size !== bundle.totals.length || totals.size !== commits.length) findings.add('totalDiffers');
  let used = 0;
  for (const { leaf, place } of commits) {
    const own = frames.get(key(leaf)) ?? new Map<string, Uint8Array | undefined>();
    used += own.size;
    if (!haveHashes(leaf, own, (rule) => findings.add(rule, place))) continue;
    const total = totals.get(key(leaf));
    if (total === undefined || sha256(total) !== leaf.resultSha256) findings.add('totalDiffers', place);
    else if (recompute !== undefined) {
      const given = { frames: own as Map<string, Uint8Array>, seeds: seeds.get(key(leaf)) ?? new Map<string, Uint8Array>(), signingKeys };
      if (!recomputes(leaf, { ...given, masking: masking.of(leaf) }, recompute)) findings.add('totalDiffers', place);
    }
  }
  if (used !== bundle.frames.length) findings.add('frameUnknown');
  if ([...seeds.keys()].some((at) => !totals.has(at)) || masking.hasUnused(totals)) findings.add('frameUnknown');
}

/** Keys of the sites by the roster; a line that is no key is left out, since reading the roster has found it. */
function keysOfSites({ roster }: Bundle): ReadonlyMap<string, Uint8Array> {
  return new Map(
    roster.flatMap((entry): [string, Uint8Array][] => {
      const key = entry.site === null ? undefined : keyOf(entry);
      return key === undefined ? [] : [[entry.site as string, key.publicKey]];
    }),
  );
}

/** Keys and key sets of a bundle, by round. */
class MaskingOfBundle {
  private readonly batches: ReadonlyMap<string, Bundle['masking']['batches'][number]>;
  private readonly rounds: ReadonlyMap<string, Bundle['masking']['rounds'][number]>;

  constructor(private readonly bundle: Bundle) {
    this.batches = new Map(bundle.masking.batches.map((batch) => [`${batch.run} ${batch.batch}`, batch]));
    this.rounds = new Map(bundle.masking.rounds.map((round) => [`${round.run} ${round.round}`, round]));
  }

  of({ run, round }: { readonly run: string; readonly round: number }): RoundFrames['masking'] {
    const place = this.rounds.get(`${run} ${round}`);
    const batch = place && this.batches.get(`${run} ${place.batch}`);
    return place === undefined || batch === undefined ? null : { keys: batch.keys, offers: batch.offers, sum: place.sum };
  }

  /** Something stands twice, or belongs to no round with a total. */
  hasUnused(totals: ReadonlyMap<string, unknown>): boolean {
    const { batches, rounds } = this.bundle.masking;
    if (this.batches.size !== batches.length || this.rounds.size !== rounds.length) return true;
    const used = new Set(rounds.map(({ run, batch }) => `${run} ${batch}`));
    return [...this.rounds.keys()].some((at) => !totals.has(at)) || [...this.batches.keys()].some((at) => !used.has(at));
  }
}

function groupBySite<T extends { run: string; round: number; site: string }, V>(
  rows: readonly T[],
  read: (row: T) => V,
): Map<string, Map<string, V>> {
  const groups = new Map<string, Map<string, V>>();
  for (const row of rows) {
    const at = `${row.run} ${row.round}`;
    groups.set(at, (groups.get(at) ?? new Map<string, V>()).set(row.site, read(row)));
  }
  return groups;
}

function haveHashes(
  leaf: LeafOf<'roundCommit'>,
  frames: ReadonlyMap<string, Uint8Array | undefined>,
  add: (rule: 'frameMissing' | 'frameDiffers' | 'frameUnknown') => void,
): boolean {
  const released = leaf.contributions.filter(({ state }) => state === 'released');
  if (frames.size > released.length) add('frameUnknown');
  return released.every(({ site, contentSha256 }) => {
    const frame = frames.get(site);
    if (frame !== undefined && sha256(frame) === contentSha256) return true;
    add(frames.has(site) ? 'frameDiffers' : 'frameMissing');
    return false;
  });
}

function recomputes(
  leaf: LeafOf<'roundCommit'>,
  given: Pick<RoundFrames, 'frames' | 'seeds' | 'masking' | 'signingKeys'>,
  recompute: RecomputeTotal,
): boolean {
  const { run, round, operation, kind, requestHash, contributions } = leaf;
  const sites = contributions.map(({ site }) => site);
  try {
    return sha256(recompute({ run, round, operation, kind, requestHash, sites, ...given })) === leaf.resultSha256;
  } catch {
    return false;
  }
}
