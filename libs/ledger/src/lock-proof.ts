import { decodeLeaf } from './leaf.js';
import type { LeafOf } from './leaf.js';
import { leafHash } from './merkle/hash.js';
import { verifyInclusion } from './merkle/proofs.js';
import { parseCheckpoint } from './note/checkpoint.js';
import type { VerifierKey } from './note/keys.js';
import { isSignedBy } from './note/note.js';

/** A model lock as its log proves it. */
export interface LockProof {
  /** The coordinator's signed checkpoint. */
  readonly checkpoint: string;
  /** Text of the leaf that locks the model. */
  readonly leaf: string;
  readonly index: number;
  /** Hashes in hexadecimal digits, from the leaf upwards. */
  readonly inclusion: readonly string[];
}

/**
 * The opening that a site writes into its log before it opens labels: the lock, and the checkpoint whose tree holds it.
 * @returns undefined when the checkpoint is not the coordinator's, or its tree does not hold the lock
 */
export function openingOf(
  { checkpoint, leaf, index, inclusion }: LockProof,
  key: VerifierKey,
  at: number,
): LeafOf<'validationOpening'> | undefined {
  const lock = readLock(leaf);
  const { origin, size, root, note } = parseCheckpoint(checkpoint);
  if (lock === undefined || origin !== key.name || !isSignedBy(note, key)) return undefined;
  const hash = leafHash(Buffer.from(leaf, 'utf8'));
  const proof = inclusion.map((hex) => Buffer.from(hex, 'hex'));
  if (!verifyInclusion({ leaf: hash, index, size, root }, proof)) return undefined;
  const { study, run, modelSha256 } = lock;
  return { v: 1, at, study, type: 'validationOpening', run, modelSha256, checkpoint, lockIndex: index, inclusion: [...inclusion] };
}

function readLock(text: string): LeafOf<'modelCommit'> | undefined {
  try {
    const leaf = decodeLeaf(text);
    return leaf.type === 'modelCommit' ? leaf : undefined;
  } catch {
    return undefined;
  }
}
