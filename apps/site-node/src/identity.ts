import { createNkey, publicNkey } from '@cohortium/transport/nkeys';
import { createPublicKey, createPrivateKey, randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { ed25519Signer, isAppError } from '@cohortium/kernel';
import type { Signer } from '@cohortium/kernel';
import type { KeyRecord } from '@cohortium/protocol';
import type { IdentityConfig } from './config.js';
import { ensurePrivateFolder, paths, readPrivateFile, writePrivateFile } from './own-files.js';
import { siteErrors } from './errors.js';

/** The site's keys. All were made here; no secret half ever leaves the site's folder. */
export interface SiteIdentity {
  /** Secret: seed of the broker user. */
  readonly seed: Uint8Array;
  /** `U...`: what the broker's configuration lists. */
  readonly nkey: string;
  /** Signs what this site sends (Ed25519). */
  readonly signer: Signer;
  /** Secret: the X25519 scalar, 32 bytes, with which this site agrees on secrets with others. */
  readonly agreementSecret: Uint8Array;
  /** The public halves, as the roster lists them. */
  readonly record: KeyRecord;
}

/** DER of an X25519 PKCS#8 private key before its 32 bytes (RFC 8410, section 7). */
const x25519Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * Reads the site's keys, or makes those that are not there. The secrets never leave this folder.
 * @throws `SITE.TOO_OPEN`, `SITE.FILE_MISSING`, `SITE.BAD_KEY`, `TRANSPORT.BAD_KEY`
 */
export async function ensureIdentity({ dataDir, site }: IdentityConfig): Promise<SiteIdentity> {
  await ensurePrivateFolder(dataDir);
  await ensurePrivateFolder(dirname(paths.seed(dataDir)));
  const seed = await readOrMake(paths.seed(dataDir), () => new TextDecoder().decode(createNkey().seed));
  const nkeySeed = new TextEncoder().encode(seed);
  const nkey = publicNkey(nkeySeed);
  const signer = ed25519Signer(await secretOf(paths.signingKey(dataDir)));
  const agreementSecret = await secretOf(paths.agreementKey(dataDir));
  const record = { site, nkey, signingKey: base64url(signer.publicKey), agreementKey: base64url(x25519Public(agreementSecret)) };
  return { seed: nkeySeed, nkey, signer, agreementSecret, record };
}

/**
 * 32 bytes of the system's randomness, kept in a file of their own, which is made where there is none.
 * @throws `SITE.BAD_KEY`, `SITE.TOO_OPEN`, `SITE.FILE_MISSING`
 */
export async function secretOf(file: string): Promise<Uint8Array> {
  await ensurePrivateFolder(dirname(file));
  const text = await readOrMake(file, () => randomBytes(32).toString('base64url'));
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 32 || bytes.toString('base64url') !== text) throw siteErrors.error('SITE.BAD_KEY', { file });
  return Uint8Array.from(bytes);
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  try {
    return await readPrivateFile(file);
  } catch (error) {
    if (!isAppError(error, 'SITE.FILE_MISSING') || error.params['reason'] !== 'ENOENT') throw error;
  }
  const made = make();
  await writePrivateFile(file, made);
  return made;
}

function x25519Public(secret: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.concat([x25519Prefix, secret]), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
