import { hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { z } from 'zod';
import { protocolErrors } from '../errors.js';
import { checkProtocol, protocolHash } from '../parse.js';
import type { Protocol } from '../schema.js';
import { detachedSignature, readHeader } from './header.js';
import type { DetachedSignature, SignatureHeader, SignerRole } from './header.js';
import { checkSignature } from './sign.js';

const form = z.strictObject({
  schemaVersion: z.literal(1),
  type: z.literal('signedProtocol'),
  versions: z
    .array(z.strictObject({ protocol: z.unknown(), signatures: z.array(detachedSignature).max(1000) }))
    .min(1)
    .max(100),
});

/** One version of a protocol with everything that was signed about it, in the order of signing. */
export interface SignedVersion {
  readonly protocol: Protocol;
  readonly signatures: readonly DetachedSignature[];
}

/**
 * A protocol with its amendments and signatures: the file that goes from hand to hand. Versions and signatures are only ever added; each
 * signature names the version before its own, so that a version can neither be taken out nor put in between.
 */
export interface SignedProtocol {
  readonly schemaVersion: 1;
  readonly type: 'signedProtocol';
  readonly versions: readonly SignedVersion[];
}

/** A signed protocol of one version that nobody has signed yet. */
export function unsignedProtocol(protocol: Protocol): SignedProtocol {
  return { schemaVersion: 1, type: 'signedProtocol', versions: [{ protocol, signatures: [] }] };
}

/** True for a value that says that it is a signed protocol. */
export function isSignedProtocol(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'signedProtocol';
}

/**
 * Adds an amendment. What was there before stays.
 * @throws `PROTOCOL.BAD_AMENDMENT` when it is of another study, or its version is not higher
 */
export function amend(signed: SignedProtocol, protocol: Protocol): SignedProtocol {
  const grown = { ...signed, versions: [...signed.versions, { protocol, signatures: [] }] };
  assertChain(grown);
  return grown;
}

/** Adds a signature to the newest version; the same one a second time changes nothing. @throws `PROTOCOL.BAD_SIGNATURE` when it is about another document */
export function addSignature(signed: SignedProtocol, signature: DetachedSignature): SignedProtocol {
  const at = signed.versions.length - 1;
  const version = signed.versions[at] as SignedVersion;
  if (version.signatures.some((known) => known.protected === signature.protected && known.signature === signature.signature)) return signed;
  const grown = { ...signed, versions: signed.versions.with(at, { ...version, signatures: [...version.signatures, signature] }) };
  assertChain(grown);
  return grown;
}

/**
 * Two copies of one signed protocol, brought together: all versions and all signatures of both.
 * @throws `PROTOCOL.BAD_AMENDMENT` when one is not a continuation of the other
 */
export function mergeSigned(a: SignedProtocol, b: SignedProtocol): SignedProtocol {
  const [long, short] = a.versions.length >= b.versions.length ? [a, b] : [b, a];
  const versions = long.versions.map((version, i) => {
    const other = short.versions[i];
    if (other === undefined) return version;
    if (protocolHash(other.protocol) !== protocolHash(version.protocol))
      throw protocolErrors.error('PROTOCOL.BAD_AMENDMENT', { reason: `the copies differ in version ${i + 1} of their history` });
    const known = new Set(version.signatures.map((signature) => hashJson(signature)));
    return { ...version, signatures: [...version.signatures, ...other.signatures.filter((signature) => !known.has(hashJson(signature)))] };
  });
  return { schemaVersion: 1, type: 'signedProtocol', versions };
}

/**
 * Reads a signed protocol: form, protocols, and that every signature is about its version and names the one before. Whether the
 * signatures hold is for {@link checkSignatures} to say.
 * @throws `PROTOCOL.BAD_SCHEMA`, `PROTOCOL.LINT`, `PROTOCOL.BAD_AMENDMENT`, `PROTOCOL.BAD_SIGNATURE`
 */
export function parseSignedProtocol(value: unknown): SignedProtocol {
  const parsed = form.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw protocolErrors.error('PROTOCOL.BAD_SCHEMA', { path: issue?.path.join('.') || '(root)', reason: issue?.message ?? 'unknown' });
  }
  const signed: SignedProtocol = {
    schemaVersion: 1,
    type: 'signedProtocol',
    versions: parsed.data.versions.map(({ protocol, signatures }) => {
      const checked = checkProtocol(protocol);
      // Defaults are written out before signing; a document that leaves some out would have another hash than the one that was signed.
      if (protocolHash(checked) !== hashJson(protocol))
        throw protocolErrors.error('PROTOCOL.BAD_SCHEMA', { path: 'versions', reason: 'a default is not written out' });
      return { protocol: checked, signatures };
    }),
  };
  assertChain(signed);
  return signed;
}

function assertChain({ versions }: SignedProtocol): void {
  let before: Protocol | undefined;
  for (const { protocol, signatures } of versions) {
    if (before !== undefined) assertFollows(before, protocol);
    const hash = protocolHash(protocol);
    const previous = before === undefined ? null : protocolHash(before);
    for (const signature of signatures) {
      const header = readHeader(signature);
      const fits = header.document === 'protocol' && header.study === protocol.study && header.version === protocol.version;
      if (!fits || header.sha256 !== hash) throw protocolErrors.error('PROTOCOL.BAD_SIGNATURE', { reason: 'it is about another document' });
      if (header.previous !== previous) throw protocolErrors.error('PROTOCOL.BAD_SIGNATURE', { reason: 'it follows another version' });
    }
    before = protocol;
  }
}

function assertFollows(before: Protocol, after: Protocol): void {
  if (before.study !== after.study) throw protocolErrors.error('PROTOCOL.BAD_AMENDMENT', { reason: 'it is of another study' });
  const [a, b] = [before, after].map(({ version }) => version.split('.').map(Number)) as [number[], number[]];
  const at = b.findIndex((part, i) => part !== a[i]);
  if (at < 0 || (b[at] as number) < (a[at] as number))
    throw protocolErrors.error('PROTOCOL.BAD_AMENDMENT', { reason: `version ${after.version} does not come after ${before.version}` });
}

/** A person whose key is known. */
export interface KnownSigner {
  readonly role: SignerRole;
  /** null for the coordinator. */
  readonly site: string | null;
  readonly name: string;
  /** Ed25519 key, base64url. */
  readonly publicKey: string;
}

/** What is known of one signature. */
export interface CheckedSignature {
  readonly header: SignatureHeader;
  /** valid: by the key that this role of this site is known to have. */
  readonly state: 'valid' | 'unknownSigner' | 'invalid';
}

/** Checks every signature of one version against known signers: the key must be that of the very role and site that the header states. */
export async function checkSignatures(
  { protocol, signatures }: SignedVersion,
  signers: readonly KnownSigner[],
): Promise<CheckedSignature[]> {
  return Promise.all(
    signatures.map(async (signature): Promise<CheckedSignature> => {
      const header = readHeader(signature);
      const known = signers.filter(({ role, site }) => role === header.role && site === header.site);
      if (known.length === 0) return { header, state: 'unknownSigner' };
      for (const { publicKey } of known) {
        if ((await checkSignature(protocol, signature, publicKey)).state === 'valid') return { header, state: 'valid' };
      }
      return { header, state: 'invalid' };
    }),
  );
}

/** Under what a site may act. */
export type SiteStanding =
  | { readonly state: 'approved'; readonly version: SignedVersion; readonly protocolHash: Sha256 }
  | { readonly state: 'incomplete'; readonly missing: readonly SignerRole[] }
  | { readonly state: 'revoked'; readonly by: SignerRole; readonly protocolHash: Sha256 };

/**
 * The version under which a site acts: the newest one that the coordinator, its own PI and its own board have approved. A revocation by any of
 * the three ends it for good and brings no earlier version back; only a newer, fully signed version does.
 */
export async function standingOf(signed: SignedProtocol, site: string, signers: readonly KnownSigner[]): Promise<SiteStanding> {
  const wanted: readonly (readonly [SignerRole, string | null])[] = [
    ['coordinator', null],
    ['sitePi', site],
    ['ethicsBoard', site],
  ];
  let missing: SignerRole[] = wanted.map(([role]) => role);
  for (const version of [...signed.versions].reverse()) {
    const valid = (await checkSignatures(version, signers)).filter(({ state }) => state === 'valid').map(({ header }) => header);
    const said = (statement: SignatureHeader['statement']) =>
      wanted.filter(([role, at]) => valid.some((header) => header.statement === statement && header.role === role && header.site === at));
    const [revoker] = said('revoke');
    if (revoker !== undefined) return { state: 'revoked', by: revoker[0], protocolHash: protocolHash(version.protocol) };
    const approved = said('approve');
    if (approved.length === wanted.length) return { state: 'approved', version, protocolHash: protocolHash(version.protocol) };
    if (version === signed.versions.at(-1)) missing = wanted.filter((pair) => !approved.includes(pair)).map(([role]) => role);
  }
  return { state: 'incomplete', missing };
}
