import { isAppError } from '@cohortium/kernel';
import { rosterKeysOf, rosterOf, signerOf } from '@cohortium/privacy';
import { parseSignedRoster } from '@cohortium/protocol';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { paths, readPrivateFile, writePrivateFile } from '../own-files.js';
import type { SiteTrust } from './desk.js';

/**
 * The site's signing key from its own folder, made where there is none, and the roster that its operator pinned. Without a roster nobody is in it, and
 * nothing can be masked: fails closed.
 */
export async function openTrust(dataDir: string): Promise<SiteTrust> {
  const secret = await readOrMake(paths.signingKey(dataDir));
  return {
    signer: signerOf(secret),
    roster: async () => {
      const text = await readFile(paths.roster(dataDir), 'utf8').catch(() => undefined);
      return text === undefined ? rosterOf(new Map()) : rosterKeysOf(parseSignedRoster(JSON.parse(text)).roster);
    },
  };
}

/** The public half of the site's signing key, base64url; the key is made where there is none. */
export async function ownSigningKey(dataDir: string): Promise<string> {
  return Buffer.from(signerOf(await readOrMake(paths.signingKey(dataDir))).publicKey, 'hex').toString('base64url');
}

async function readOrMake(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(Buffer.from(await readPrivateFile(file), 'base64url'));
  } catch (error) {
    if (!isAppError(error, 'SITE.FILE_MISSING')) throw error;
  }
  const made = randomBytes(32);
  await writePrivateFile(file, made.toString('base64url'));
  return new Uint8Array(made);
}
