import { equalHashes } from '../merkle/hash.js';
import type { TreeHash } from '../merkle/hash.js';
import { verifyConsistency } from '../merkle/proofs.js';
import { parseCheckpoint } from './checkpoint.js';
import type { SignedCheckpoint } from './checkpoint.js';
import type { VerifierKey } from './keys.js';
import { isSignedBy } from './note.js';

/** The largest state of a log that a witness has seen. */
export interface SeenState {
  readonly size: number;
  readonly root: TreeHash;
}

/** Why a witness does not cosign. */
export type WitnessRefusal =
  /** Not signed by the log's owner, or of another log. */
  | 'notTheLog'
  /** Smaller than what the witness saw before: the log was rolled back, or the message is old. */
  | 'older'
  /** Not a continuation of what the witness saw before: the log has two histories. */
  | 'forked';

/** What a witness finds. */
export type WitnessVerdict =
  { readonly accepts: true; readonly checkpoint: SignedCheckpoint } | { readonly accepts: false; readonly refusal: WitnessRefusal };

/**
 * Decides whether a witness may cosign a checkpoint: signed by its log, and a continuation of the largest state that it saw before.
 * @param seen undefined when the witness meets the log for the first time; then any state is believed, and held to from there on
 */
export function judgeCheckpoint(note: string, key: VerifierKey, seen: SeenState | undefined, proof: readonly TreeHash[]): WitnessVerdict {
  const refuse = (refusal: WitnessRefusal): WitnessVerdict => ({ accepts: false, refusal });
  const checkpoint = parseCheckpoint(note);
  if (checkpoint.origin !== key.name || !isSignedBy(checkpoint.note, key)) return refuse('notTheLog');
  if (seen === undefined) return { accepts: true, checkpoint };
  if (checkpoint.size < seen.size) return refuse('older');
  if (checkpoint.size === seen.size && !equalHashes(checkpoint.root, seen.root)) return refuse('forked');
  return verifyConsistency({ from: seen, to: checkpoint }, proof) ? { accepts: true, checkpoint } : refuse('forked');
}
