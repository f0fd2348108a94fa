import { canonicalJson } from '@cohortium/kernel';
import { parseLeaf } from '../leaf.js';
import type { Leaf } from '../leaf.js';
import { equalHashes, hashBytes, leafHash } from '../merkle/hash.js';
import { MerkleTree } from '../merkle/merkle-tree.js';
import { coordinatorLog, siteLog } from '../names.js';
import { parseCheckpoint } from '../note/checkpoint.js';
import type { SignedCheckpoint } from '../note/checkpoint.js';
import { cosignedAt, witnessKey } from '../note/cosignature.js';
import { decodeBase64, keyIdOf, parseKey, signatureTypes } from '../note/keys.js';
import type { VerifierKey } from '../note/keys.js';
import { isSignedBy } from '../note/note.js';
import type { Findings } from './findings.js';
import type { LoadedCheckpoint, LoadedLog } from './loaded.js';
import type { Bundle, RosterEntry } from './schema.js';

/** Keys by log, from a roster that names the coordinator once and each site once. */
export function readRoster(
  { roster, study }: Bundle,
  findings: Findings,
): ReadonlyMap<string, VerifierKey & { readonly site: string | null }> {
  const keys = new Map<string, VerifierKey & { readonly site: string | null }>();
  for (const [index, entry] of roster.entries()) {
    const key = keyOf(entry);
    const expected = index === 0 ? coordinatorLog(study) : siteLog(study, entry.site ?? '');
    const fits = (index === 0) === (entry.role === 'coordinator') && (entry.site === null) === (index === 0);
    if (key === undefined || !fits || entry.log !== expected || key.name !== expected || keys.has(expected))
      findings.add('rosterForm', { log: entry.log });
    else keys.set(expected, { ...key, site: entry.site });
  }
  const sites = roster.slice(1).map(({ site }) => site ?? '');
  if (sites.some((site, i) => i > 0 && site <= (sites[i - 1] as string))) findings.add('rosterForm');
  return keys;
}

/** The key of an entry of the roster; undefined for a line that is none. */
export function keyOf({ key }: RosterEntry): VerifierKey | undefined {
  try {
    const parsed = parseKey(key);
    return parsed.type === signatureTypes.ed25519 ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Reads every log of a bundle: leaves against their hashes, hashes against signed checkpoints, cosignatures against witnesses. */
export function loadLogs(bundle: Bundle, findings: Findings): LoadedLog[] {
  const keys = readRoster(bundle, findings);
  const names = [...keys.keys()];
  if (bundle.logs.length !== names.length || bundle.logs.some(({ origin }, i) => origin !== names[i])) findings.add('logUnknown');
  const loaded: LoadedLog[] = [];
  for (const log of bundle.logs) {
    const key = keys.get(log.origin);
    if (key === undefined) {
      findings.add('logUnknown', { log: log.origin });
      continue;
    }
    const witnesses = [...keys.values()].filter(({ name, site }) => site !== null && name !== log.origin);
    const tree = loadTree(log, findings);
    const leaves = loadLeaves(log, bundle.study, findings);
    const checkpoints = loadCheckpoints({ log, key, witnesses, tree }, findings);
    loaded.push({ origin: log.origin, site: key.site, key, leaves, tree, witnesses, checkpoints });
  }
  return loaded;
}

type RawLog = Bundle['logs'][number];

/** The tree over the hashes that the bundle states, each held against its leaf: the first that differs is the altered leaf. */
function loadTree(log: RawLog, findings: Findings): MerkleTree {
  const tile = decodeBase64(log.tile) ?? new Uint8Array(0);
  const stated = Math.floor(tile.length / hashBytes);
  const tree = new MerkleTree();
  const count = Math.max(stated, log.leaves.length);
  if (tile.length % hashBytes !== 0) findings.add('leafAltered', { log: log.origin, index: stated });
  for (let index = 0; index < count; index++) {
    const said = tile.subarray(index * hashBytes, (index + 1) * hashBytes);
    const isThere = index < log.leaves.length;
    const own = isThere ? leafHash(Buffer.from(canonicalJson(log.leaves[index]), 'utf8')) : undefined;
    if (index < stated) tree.append(said);
    if (own !== undefined && index < stated && equalHashes(own, said)) continue;
    const rule = !isThere ? 'leafMissing' : index >= stated ? 'leafAdded' : 'leafAltered';
    findings.add(rule, placeOf(log, index));
    if (own !== undefined && index >= stated) tree.append(own);
  }
  return tree;
}

function placeOf(log: RawLog, index: number): { log: string; index: number; type?: Leaf['type'] } {
  if (index >= log.leaves.length) return { log: log.origin, index };
  try {
    return { log: log.origin, index, type: parseLeaf(log.leaves[index]).type };
  } catch {
    return { log: log.origin, index };
  }
}

function loadLeaves(log: RawLog, study: string, findings: Findings): Leaf[] {
  const leaves: Leaf[] = [];
  for (const [index, value] of log.leaves.entries()) {
    try {
      const leaf = parseLeaf(value);
      if (leaf.study !== study) findings.add('leafOtherStudy', { log: log.origin, index, type: leaf.type });
      leaves.push(leaf);
    } catch {
      findings.add('leafForm', { log: log.origin, index });
      // What follows would stand at wrong places.
      break;
    }
  }
  return leaves;
}

interface CheckpointsOf {
  readonly log: RawLog;
  readonly key: VerifierKey;
  /** Keys of the other sites. */
  readonly witnesses: readonly VerifierKey[];
  readonly tree: MerkleTree;
}

function loadCheckpoints({ log, key, witnesses, tree }: CheckpointsOf, findings: Findings): LoadedCheckpoint[] {
  const checkpoints: LoadedCheckpoint[] = [];
  let size = 0;
  for (const note of log.checkpoints) {
    const checkpoint = readCheckpoint(note);
    if (checkpoint === undefined) {
      findings.add('checkpointForm', { log: log.origin, index: size });
      continue;
    }
    const place = { log: log.origin, index: Math.max(0, checkpoint.size - 1) };
    if (checkpoint.size <= size) findings.add('checkpointOrder', place);
    if (checkpoint.origin !== log.origin || !isSignedBy(checkpoint.note, key)) findings.add('checkpointSignature', place);
    // A root that does not fit is the work of a leaf behind the last checkpoint that fits.
    if (checkpoint.size > tree.size) findings.add('leafMissing', { log: log.origin, index: tree.size });
    else if (!equalHashes(tree.root(checkpoint.size), checkpoint.root)) findings.add('checkpointRoot', { log: log.origin, index: size });
    const cosigners = checkCosignatures(checkpoint, { key, witnesses }, place, findings);
    size = Math.max(size, checkpoint.size);
    checkpoints.push({ ...checkpoint, cosigners });
  }
  if (size < tree.size) findings.add('leafUnsigned', { log: log.origin, index: size });
  return checkpoints;
}

function readCheckpoint(note: string): SignedCheckpoint | undefined {
  try {
    return parseCheckpoint(note);
  } catch {
    return undefined;
  }
}

/** Every line after the owner's is the right cosignature of a site of the roster, no site twice. @returns those sites' names */
function checkCosignatures(
  { note }: SignedCheckpoint,
  { key, witnesses }: Pick<CheckpointsOf, 'key' | 'witnesses'>,
  place: { log: string; index: number },
  findings: Findings,
): string[] {
  const known = new Map(
    witnesses.map((witness) => [lineName(witness.name, keyIdOf(witnessKey(witness.name, witness.publicKey))), witness]),
  );
  const own = lineName(key.name, keyIdOf(key));
  const met = new Set<string>();
  const cosigners: string[] = [];
  for (const { name, keyId } of note.signatures) {
    const line = lineName(name, keyId);
    const witness = known.get(line);
    if (met.has(line) || (witness === undefined && line !== own)) findings.add('cosignatureUnknown', place);
    else if (witness !== undefined) {
      if (cosignedAt(note, witnessKey(witness.name, witness.publicKey)) === undefined) findings.add('cosignatureWrong', place);
      else cosigners.push(witness.name);
    }
    met.add(line);
  }
  return cosigners;
}

function lineName(name: string, keyId: Uint8Array): string {
  return `${name} ${Buffer.from(keyId).toString('hex')}`;
}
