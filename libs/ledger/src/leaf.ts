import { canonicalJson, hashJson } from '@cohortium/kernel';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ledgerErrors } from './errors.js';

/** Version of the form of leaves. */
export const leafVersion = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const code = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const operation = z.string().regex(/^[a-z]+\.[a-z-]+@[0-9]+$/);
const count = z.int().min(0);
const round = z.int().min(1);
const word = z.string().regex(/^[A-Za-z]{1,40}$/);
const base = { v: z.literal(leafVersion), at: count.describe('Milliseconds since 1970, UTC'), study: code };
const request = {
  protocolHash: hash,
  run: code,
  round,
  attempt: z.int().min(1),
  requestHash: hash,
  operation,
  kind: z.enum(['sum', 'siteSummary']),
  scope: z.strictObject({ name: z.enum(['training', 'external', 'all']), sites: z.array(code).min(1) }),
  modelLock: hash.nullable().describe('Hash of the locked model under which the request came'),
};

const protocolVersion = z.strictObject({ ...base, type: z.literal('protocolVersion'), version: z.string().max(32), protocolHash: hash });
const approval = z.strictObject({
  ...base,
  type: z.literal('approval'),
  protocolHash: hash,
  decision: z.enum(['approved', 'refused', 'waiting']),
  reason: word,
});
const released = z.strictObject({
  ...base,
  type: z.literal('released'),
  ...request,
  clauseId: z.string().min(1).max(64),
  bytes: count.describe('Length of the released content'),
  contentSha256: hash,
  legsSha256: hash.nullable().describe('Digest of the legs of a secure sum; null for content that left in one message'),
  counts: hash.nullable().describe('Salted commitment to the counts behind the answer; the salt stays at the site'),
});
const withheld = z.strictObject({
  ...base,
  type: z.literal('withheld'),
  ...request,
  clauseId: z.string().min(1).max(64).nullable(),
  reason: word,
});
const unmask = z.strictObject({
  ...base,
  type: z.literal('unmask'),
  run: code,
  round,
  attempt: z.int().min(1),
  requestHash: hash,
  survivors: z.array(code),
  dropped: z.array(code),
  replySha256: hash.describe('SHA-256 of the shares that were handed out: one reply per step, repeated and never replaced'),
});
const modelCommit = z.strictObject({ ...base, type: z.literal('modelCommit'), run: code, modelSha256: hash, onnxSha256: hash });
const validationOpening = z.strictObject({
  ...base,
  type: z.literal('validationOpening'),
  run: code,
  modelSha256: hash,
  checkpoint: z.string().max(8192).describe("The coordinator's signed checkpoint whose tree holds the model lock"),
  lockIndex: count.describe('Place of the model lock in that tree'),
  inclusion: z.array(hash).max(64).describe('Proof of that place, from the leaf upwards'),
});
const roundCommit = z.strictObject({
  ...base,
  type: z.literal('roundCommit'),
  protocolHash: hash,
  run: code,
  round,
  requestHash: hash,
  operation,
  kind: z.enum(['sum', 'siteSummary']),
  resultSha256: hash,
  contributions: z.array(z.strictObject({ site: code, state: z.enum(['released', 'withheld']), contentSha256: hash })),
});
const runClosed = z.strictObject({
  ...base,
  type: z.literal('runClosed'),
  run: code,
  state: z.enum(['finished', 'aborted']),
  resultsSha256: hash.nullable(),
  bytes: z.array(z.strictObject({ site: code, answers: count, bytes: count })).describe('What the coordinator received, by site'),
});

/** Everything that a log can hold. */
export const leafSchema = z.discriminatedUnion('type', [
  protocolVersion,
  approval,
  released,
  withheld,
  unmask,
  modelCommit,
  validationOpening,
  roundCommit,
  runClosed,
]);

/** One leaf of a log. */
export type Leaf = z.output<typeof leafSchema>;
/** A leaf of one type. */
export type LeafOf<Type extends Leaf['type']> = Extract<Leaf, { readonly type: Type }>;

/** The bytes that are hashed: RFC 8785 canonical JSON, as text. @throws `LEDGER.BAD_LEAF` */
export function encodeLeaf(leaf: Leaf): string {
  return canonicalJson(parseLeaf(leaf));
}

/** A leaf from its text, which must be its one form. @throws `LEDGER.BAD_LEAF` */
export function decodeLeaf(text: string): Leaf {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw ledgerErrors.error('LEDGER.BAD_LEAF', { path: '$', reason: 'not JSON' }, { cause });
  }
  const leaf = parseLeaf(value);
  if (canonicalJson(leaf) !== text) throw ledgerErrors.error('LEDGER.BAD_LEAF', { path: '$', reason: 'not canonical' });
  return leaf;
}

/** A leaf from a value. Names the place of what is wrong, never its content. @throws `LEDGER.BAD_LEAF` */
export function parseLeaf(value: unknown): Leaf {
  const parsed = leafSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw ledgerErrors.error('LEDGER.BAD_LEAF', {
    path: ['$', ...(issue?.path ?? [])].join('.').slice(0, 120),
    reason: issue?.code ?? 'unknown',
  });
}

/**
 * A commitment to a value that is too small to be hashed bare: a count under 100 would be found by trying. SHA-256 over 32 random bytes
 * that stay with whoever may see the value, and its canonical JSON.
 * @param salt 32 bytes, fresh for each commitment
 */
export function saltedCommitment(value: unknown, salt: Uint8Array): string {
  if (salt.length !== 32) throw new RangeError('a salt of 32 bytes');
  return createHash('sha256').update('cohortium/commitment/v1\n').update(salt).update(canonicalJson(value)).digest('hex');
}

/** SHA-256 of the canonical JSON of a protocol: what leaves name it by. */
export function hashOfProtocol(protocol: unknown): string {
  return hashJson(protocol);
}
