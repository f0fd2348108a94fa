import type { Signer } from '@cohortium/kernel';
import { ledgerErrors } from '../errors.js';
import { hashBytes } from '../merkle/hash.js';
import type { TreeHash } from '../merkle/hash.js';
import { decodeBase64, signatureTypes } from './keys.js';
import type { VerifierKey } from './keys.js';
import { formatNote, parseNote, signNote } from './note.js';
import type { SignedNote } from './note.js';

/** The state of a log that its owner stands for: C2SP tlog-checkpoint, without extension lines. */
export interface Checkpoint {
  /** Names the log; also the name of the key that signs it. */
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: TreeHash;
}

/** The text that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Reads the text of a checkpoint. @throws `LEDGER.BAD_NOTE` */
export function parseCheckpointText(text: string): Checkpoint {
  const [origin, size, encoded, end, ...rest] = text.split('\n');
  const root = decodeBase64(encoded ?? '');
  const bad = (reason: string): Error => ledgerErrors.error('LEDGER.BAD_NOTE', { reason });
  if (origin === undefined || origin === '' || end !== '' || rest.length > 0) throw bad('checkpoint lines');
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size ?? '') || !Number.isSafeInteger(Number(size))) throw bad('checkpoint size');
  if (root === undefined || root.length !== hashBytes) throw bad('checkpoint root');
  return { origin, size: Number(size), root };
}

/** A checkpoint with its signatures. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

/** Reads a signed checkpoint; says nothing about its signatures. @throws `LEDGER.BAD_NOTE` */
export function parseCheckpoint(note: string): SignedCheckpoint {
  const parsed = parseNote(note);
  return { ...parseCheckpointText(parsed.text), note: parsed };
}

/** A checkpoint as a note, signed by the log's owner. */
export function signCheckpoint(checkpoint: Checkpoint, signer: Signer): string {
  return formatNote(signNote(checkpointText(checkpoint), checkpoint.origin, signer));
}

/** The key of a log's owner. */
export function logKey(origin: string, publicKey: Uint8Array): VerifierKey {
  return { name: origin, type: signatureTypes.ed25519, publicKey };
}
