import type { Signer } from '@cohortium/kernel';
import { ed25519Verifier } from '@cohortium/kernel';
import { ledgerErrors } from '../errors.js';
import { equalHashes } from '../merkle/hash.js';
import { decodeBase64, isKeyName, keyIdOf } from './keys.js';
import type { VerifierKey } from './keys.js';
import { signatureTypes } from './keys.js';

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  /** Four bytes. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A note: a text that ends in a newline, and its signatures (C2SP signed-note). */
export interface SignedNote {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** More signatures than this are refused before any is read. */
const maxSignatures = 128;
const lineStart = '\u2014 ';

/** Reads a note in its one form. Says nothing about its signatures. @throws `LEDGER.BAD_NOTE` */
export function parseNote(note: string): SignedNote {
  const bad = (reason: string): Error => ledgerErrors.error('LEDGER.BAD_NOTE', { reason });
  if (/[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(note)) throw bad('characters');
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || !note.endsWith('\n')) throw bad('parts');
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw bad('signatures');
  const signatures = lines.map((line) => {
    const [name, encoded, ...rest] = line.startsWith(lineStart) ? line.slice(lineStart.length).split(' ') : [];
    if (name === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) throw bad('signature line');
    const bytes = decodeBase64(encoded);
    if (bytes === undefined || bytes.length < 5) throw bad('signature');
    return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
  });
  return { text: note.slice(0, at + 1), signatures };
}

/** The one form of a note. */
export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(signatureLine).join('')}`;
}

/** A signature as its line, newline included. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `${lineStart}${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** Signs a text as `name`, with a plain Ed25519 signature. */
export function signNote(text: string, name: string, signer: Signer): SignedNote {
  const key = { name, type: signatureTypes.ed25519, publicKey: signer.publicKey };
  return { text, signatures: [{ name, keyId: keyIdOf(key), signature: signer.sign(Buffer.from(text, 'utf8')) }] };
}

/** Signature lines that name the key and its id. */
export function signaturesOf(note: SignedNote, key: VerifierKey): readonly NoteSignature[] {
  const id = keyIdOf(key);
  return note.signatures.filter(({ name, keyId }) => name === key.name && equalHashes(keyId, id));
}

/** True when the note has a plain signature of this key and each one that it has is right. */
export function isSignedBy(note: SignedNote, key: VerifierKey): boolean {
  const own = signaturesOf(note, key);
  const message = Buffer.from(note.text, 'utf8');
  return own.length > 0 && own.every(({ signature }) => ed25519Verifier.verify(key.publicKey, message, signature));
}
