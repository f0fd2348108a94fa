import type { Signer } from '@cohortium/kernel';
import { ed25519Verifier } from '@cohortium/kernel';
import { keyIdOf, signatureTypes, signatureBytes } from './keys.js';
import type { VerifierKey } from './keys.js';
import { formatNote, parseNote, signatureLine, signaturesOf } from './note.js';
import type { NoteSignature, SignedNote } from './note.js';

/** The key of a witness, which cosigns checkpoints of others. */
export function witnessKey(name: string, publicKey: Uint8Array): VerifierKey {
  return { name, type: signatureTypes.cosignature, publicKey };
}

/** The message that a witness signs (C2SP tlog-cosignature, cosignature/v1). */
function cosignedMessage(text: string, timestamp: number): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${timestamp}\n${text}`, 'utf8');
}

/**
 * A witness's statement that the checkpoint continues what it saw of the log before.
 * @param timestamp seconds since 1970, UTC, when the witness looked
 */
export function cosign(note: SignedNote, name: string, signer: Signer, timestamp: number): NoteSignature {
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new RangeError('a timestamp in whole seconds');
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timestamp));
  const signature = Buffer.concat([time, signer.sign(cosignedMessage(note.text, timestamp))]);
  return { name, keyId: keyIdOf(witnessKey(name, signer.publicKey)), signature };
}

/** When a witness cosigned, in seconds since 1970; undefined when the note has no cosignature of it or one of its lines is wrong. */
export function cosignedAt(note: SignedNote, key: VerifierKey): number | undefined {
  const times = signaturesOf(note, key).map(({ signature }) => {
    if (signature.length !== 8 + signatureBytes) return undefined;
    const bytes = Buffer.from(signature);
    const timestamp = Number(bytes.readBigUInt64BE(0));
    if (!Number.isSafeInteger(timestamp)) return undefined;
    return ed25519Verifier.verify(key.publicKey, cosignedMessage(note.text, timestamp), bytes.subarray(8)) ? timestamp : undefined;
  });
  return times.includes(undefined) ? undefined : times[0];
}

/** The note with these cosignatures added, one line for each witness, in the order of names; a witness that has a line keeps it. */
export function withCosignatures(note: string, lines: readonly NoteSignature[]): string {
  const { text, signatures } = parseNote(note);
  const known = new Set(signatures.map((line) => signatureLine(line).split(' ').slice(0, 2).join(' ')));
  const [own, ...earlier] = signatures;
  const added = lines.filter((line) => !known.has(signatureLine(line).split(' ').slice(0, 2).join(' ')));
  const others = [...earlier, ...added].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return formatNote({ text, signatures: own === undefined ? others : [own, ...others] });
}

/** More than half of the other sites: half would let a log show two histories, each to one half. */
export function quorumOf(otherSites: number): number {
  return Math.floor(otherSites / 2) + 1;
}
