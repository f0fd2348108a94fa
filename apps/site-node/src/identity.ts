import { createNkey, publicNkey } from '@cohortium/transport/nkeys';
import { dirname } from 'node:path';
import type { IdentityConfig } from './config.js';
import { ensurePrivateFolder, paths, readPrivateFile, writePrivateFile } from './own-files.js';
import { isAppError } from '@cohortium/kernel';

/** The site's key at the broker. */
export interface SiteIdentity {
  readonly seed: Uint8Array;
  /** `U...`: what the broker's configuration lists. */
  readonly nkey: string;
}

/**
 * Reads the site's key, or makes it where there is none. The seed never leaves this folder.
 * @throws `SITE.TOO_OPEN`, `SITE.FILE_MISSING`, `TRANSPORT.BAD_KEY`
 */
export async function ensureIdentity({ dataDir }: IdentityConfig): Promise<SiteIdentity> {
  const file = paths.seed(dataDir);
  await ensurePrivateFolder(dataDir);
  await ensurePrivateFolder(dirname(file));
  try {
    return await readIdentity(dataDir);
  } catch (error) {
    if (!isAppError(error, 'SITE.FILE_MISSING')) throw error;
  }
  const made = createNkey();
  await writePrivateFile(file, made.seed);
  return { seed: made.seed, nkey: made.publicKey };
}

/** Reads the site's key. @throws `SITE.FILE_MISSING`, `SITE.TOO_OPEN`, `TRANSPORT.BAD_KEY` */
export async function readIdentity(dataDir: string): Promise<SiteIdentity> {
  const seed = new TextEncoder().encode(await readPrivateFile(paths.seed(dataDir)));
  return { seed, nkey: publicNkey(seed) };
}
