import { canonicalJson } from '@cohortium/kernel';
import type { LeafOf } from '../leaf.js';
import { equalHashes, leafHash } from '../merkle/hash.js';
import { verifyInclusion } from '../merkle/proofs.js';
import { parseCheckpoint } from '../note/checkpoint.js';
import { isSignedBy } from '../note/note.js';
import { quorumOf } from '../note/cosignature.js';
import type { ReadProtocol } from './check-clauses.js';
import type { Findings } from './findings.js';
import { leavesOf } from './loaded.js';
import type { LoadedLog, PlacedLeaf } from './loaded.js';

/** The one operation that opens no label and needs no locked model. */
const eligibilityOperation = /^statistics\.eligibility@/;

/**
 * Model lock before labels: each run locks at most one model; the other sites witnessed the lock and the end of the run; and an external
 * site answers nothing but eligibility before its own log holds an opening, which contains the coordinator's checkpoint with the lock.
 */
export function checkOrder(
  coordinator: LoadedLog,
  sites: readonly LoadedLog[],
  protocols: ReadonlyMap<string, ReadProtocol>,
  findings: Findings,
): void {
  const locks = new Map<string, PlacedLeaf<LeafOf<'modelCommit'>>>();
  for (const lock of leavesOf(coordinator, 'modelCommit')) {
    if (locks.has(lock.leaf.run)) findings.add('lockTwice', lock.place);
    else locks.set(lock.leaf.run, lock);
    if (!isWitnessed(coordinator, lock.place.index)) findings.add('notWitnessed', lock.place);
  }
  for (const { place } of leavesOf(coordinator, 'runClosed').filter(({ leaf }) => leaf.state === 'finished'))
    if (!isWitnessed(coordinator, place.index)) findings.add('notWitnessed', place);
  for (const log of sites) checkSite(log, coordinator, { locks, protocols }, findings);
}

/** True when a checkpoint that covers the leaf was cosigned by more than half of the sites. */
function isWitnessed({ checkpoints, witnesses }: LoadedLog, index: number): boolean {
  return checkpoints.some(({ size, cosigners }) => size > index && cosigners.length >= quorumOf(witnesses.length));
}

interface Locked {
  readonly locks: ReadonlyMap<string, PlacedLeaf<LeafOf<'modelCommit'>>>;
  readonly protocols: ReadonlyMap<string, ReadProtocol>;
}

function checkSite(log: LoadedLog, coordinator: LoadedLog, { locks, protocols }: Locked, findings: Findings): void {
  const opened = new Map<string, string>();
  for (const { leaf, place } of leavesOf(log, 'validationOpening', 'released')) {
    const lock = locks.get(leaf.run);
    if (leaf.type === 'validationOpening') {
      if (lock === undefined || lock.leaf.modelSha256 !== leaf.modelSha256) findings.add('lockMissing', place);
      else if (!isProven(leaf, coordinator, lock)) findings.add('openingProof', place);
      if (opened.has(leaf.run)) findings.add('lockTwice', place);
      opened.set(leaf.run, leaf.modelSha256);
      continue;
    }
    const external = protocols.get(leaf.protocolHash)?.sites.external.includes(log.site ?? '') ?? false;
    if (external && !eligibilityOperation.test(leaf.operation) && opened.get(leaf.run) === undefined) findings.add('openingMissing', place);
    if (leaf.modelLock !== null && leaf.modelLock !== lock?.leaf.modelSha256) findings.add('lockMissing', place);
  }
}

/** The checkpoint of an opening is one of the coordinator's log, and its tree holds the lock at the place that the opening names. */
function isProven(
  { checkpoint, lockIndex, inclusion }: LeafOf<'validationOpening'>,
  coordinator: LoadedLog,
  lock: PlacedLeaf<LeafOf<'modelCommit'>>,
): boolean {
  try {
    const { origin, size, root, note } = parseCheckpoint(checkpoint);
    if (origin !== coordinator.origin || !isSignedBy(note, coordinator.key)) return false;
    if (size > coordinator.tree.size || !equalHashes(coordinator.tree.root(size), root) || lockIndex !== lock.place.index) return false;
    const leaf = leafHash(Buffer.from(canonicalJson(lock.leaf), 'utf8'));
    return verifyInclusion(
      { leaf, index: lockIndex, size, root },
      inclusion.map((hex) => Buffer.from(hex, 'hex')),
    );
  } catch {
    return false;
  }
}
