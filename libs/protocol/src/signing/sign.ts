import { canonicalJson, hashJson } from '@cohortium/kernel';
import { FlattenedSign, flattenedVerify, importJWK } from 'jose';
import { protocolErrors } from '../errors.js';
import { encodeHeader, keyId, readHeader, signatureHeader } from './header.js';
import type { DetachedSignature, SignatureHeader } from './header.js';

/** An Ed25519 key pair as a JWK (RFC 8037). `d` is the secret: it lives in an encrypted file of its owner. */
export interface PersonJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

/** What a person signs, and as whom. */
export type Statement = Omit<SignatureHeader, 'alg' | 'typ' | 'kid' | 'sha256'>;

/**
 * Signs a document: a JWS over its canonical JSON, the payload then taken out. Deterministic: the same statement gets the same signature.
 * @param document what is signed; its RFC 8785 form is the payload
 * @throws `PROTOCOL.BAD_SIGNATURE` when role and site do not fit, or a field has not the form that it needs
 */
export async function signDocument(document: unknown, statement: Statement, key: PersonJwk): Promise<DetachedSignature> {
  const parsed = signatureHeader.safeParse({
    ...statement,
    alg: 'EdDSA',
    typ: 'cohortium+jws',
    kid: keyId(key.x),
    sha256: hashJson(document),
  });
  if (!parsed.success)
    throw protocolErrors.error('PROTOCOL.BAD_SIGNATURE', {
      reason: `a field cannot be signed (${parsed.error.issues[0]?.path.join('.') ?? '-'})`,
    });
  // Keys in canonical order, so that jose writes the one text that readers accept.
  const header = JSON.parse(canonicalJson(parsed.data)) as SignatureHeader;
  const payload = Buffer.from(canonicalJson(document), 'utf8');
  const jws = await new FlattenedSign(payload).setProtectedHeader(header).sign(await importJWK({ ...key }, 'EdDSA'));
  const signature = { protected: jws.protected ?? '', signature: jws.signature };
  if (signature.protected !== encodeHeader(header)) throw new TypeError('the signature has another header than was asked for');
  return signature;
}

/** What a check of a signature found. */
export type SignatureCheck =
  | { readonly state: 'valid'; readonly header: SignatureHeader }
  | { readonly state: 'invalid'; readonly reason: 'form' | 'otherDocument' | 'otherKey' | 'signature' };

/**
 * Checks a signature over a document under one key.
 * @param publicKey the key that the signer is known to have, from a roster or from paper: never from the signature itself
 */
export async function checkSignature(document: unknown, signature: DetachedSignature, publicKey: string): Promise<SignatureCheck> {
  let header: SignatureHeader;
  try {
    header = readHeader(signature);
  } catch {
    return { state: 'invalid', reason: 'form' };
  }
  if (header.sha256 !== hashJson(document)) return { state: 'invalid', reason: 'otherDocument' };
  if (header.kid !== keyId(publicKey)) return { state: 'invalid', reason: 'otherKey' };
  try {
    const payload = Buffer.from(canonicalJson(document), 'utf8').toString('base64url');
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, 'EdDSA');
    await flattenedVerify({ ...signature, payload }, key, { algorithms: ['EdDSA'] });
    return { state: 'valid', header };
  } catch {
    return { state: 'invalid', reason: 'signature' };
  }
}
