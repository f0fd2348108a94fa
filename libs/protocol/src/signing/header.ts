import { canonicalJson, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { z } from 'zod';
import { protocolErrors } from '../errors.js';

/** In which capacity a person signs. */
export const signerRoles = ['coordinator', 'sitePi', 'ethicsBoard'] as const;
/** One of {@link signerRoles}. */
export type SignerRole = (typeof signerRoles)[number];

const siteCode = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** 32 bytes in base64url (RFC 4648, section 5), without padding; the last character carries four bits. */
const bytes32 = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);

/** A person's public key: the `x` of an Ed25519 JWK (RFC 8037). */
export const publicKeyText = bytes32;

/**
 * The protected header of a signature: who signs what, as what, when, and after what. The document itself is the detached payload; its hash
 * stands here too, so that a header says by itself what was signed.
 */
export const signatureHeader = z
  .strictObject({
    alg: z.literal('EdDSA'),
    typ: z.literal('cohortium+jws'),
    kid: bytes32.describe('JWK thumbprint of the key (RFC 7638)'),
    document: z.enum(['protocol', 'roster']),
    study: siteCode.describe('Study of a protocol, consortium of a roster'),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    sha256: hash.describe('Hash of the canonical document'),
    previous: hash.nullable().describe('Hash of the version before; null for the first'),
    statement: z.enum(['approve', 'revoke']),
    role: z.enum(signerRoles),
    site: siteCode.nullable().describe('The hospital for which a PI or a board speaks; null for the coordinator'),
    name: z.string().min(1).max(200),
    signedAt: z.iso.datetime(),
  })
  .refine(({ role, site }) => (role === 'coordinator') === (site === null), { path: ['site'], message: 'role and site disagree' });

/** See {@link signatureHeader}. */
export type SignatureHeader = z.output<typeof signatureHeader>;

/** One signature: a flattened JWS without its payload (RFC 7515, section 7.2.2 and appendix F). */
export const detachedSignature = z.strictObject({
  protected: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(4096),
  signature: z.string().regex(/^[A-Za-z0-9_-]{85}[AQgw]$/),
});

/** See {@link detachedSignature}. */
export type DetachedSignature = z.output<typeof detachedSignature>;

/** JWK thumbprint of an Ed25519 key (RFC 7638, RFC 8037 appendix A.3): its id in headers. */
export function keyId(publicKey: string): string {
  return hexToBase64url(sha256(canonicalJson({ crv: 'Ed25519', kty: 'OKP', x: publicKey })));
}

/**
 * A key as people compare it over the telephone: 30 digits in six groups, about 100 bits of the thumbprint.
 * `28417 03355 …` reads "two eight four one seven, zero three …".
 */
export function keyFingerprint(publicKey: string): string {
  return spokenDigits(sha256(canonicalJson({ crv: 'Ed25519', kty: 'OKP', x: publicKey })));
}

/** A hash as 30 digits in six groups: each is 40 bits of it modulo 100 000, as in Signal's safety numbers; together about 100 bits. */
export function spokenDigits(hashText: Sha256): string {
  const groups: string[] = [];
  for (let i = 0; i < 6; i++) {
    const value = Number(BigInt(`0x${hashText.slice(i * 10, i * 10 + 10)}`) % 100_000n);
    groups.push(String(value).padStart(5, '0'));
  }
  return groups.join(' ');
}

/**
 * Reads the header of a signature, without checking the signature.
 * @throws `PROTOCOL.BAD_SIGNATURE` when it is not the one canonical text of a header
 */
export function readHeader(signature: DetachedSignature): SignatureHeader {
  const bytes = Buffer.from(signature.protected, 'base64url');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw protocolErrors.error('PROTOCOL.BAD_SIGNATURE', { reason: 'its header is not JSON' }, { cause });
  }
  const parsed = signatureHeader.safeParse(value);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') || 'header';
    throw protocolErrors.error('PROTOCOL.BAD_SIGNATURE', { reason: `its header is not of the form that it needs (${field})` });
  }
  if (encodeHeader(parsed.data) !== signature.protected)
    throw protocolErrors.error('PROTOCOL.BAD_SIGNATURE', { reason: 'its header is not in canonical form' });
  return parsed.data;
}

/** A header as it stands in a JWS. */
export function encodeHeader(header: SignatureHeader): string {
  return Buffer.from(canonicalJson(header), 'utf8').toString('base64url');
}

function hexToBase64url(text: string): string {
  return Buffer.from(text, 'hex').toString('base64url');
}
