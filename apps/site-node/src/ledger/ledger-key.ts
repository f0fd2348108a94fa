import { isAppError } from '@cohortium/kernel';
import { ed25519Signer } from '@cohortium/ledger';
import type { LogSigner } from '@cohortium/ledger';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { ensurePrivateFolder, paths, readPrivateFile, writePrivateFile } from '../own-files.js';

/**
 * The key that signs this site's logs and cosigns those of others, from the site's own folder; made where there is none. It never leaves
 * this folder.
 * @throws `SITE.TOO_OPEN`, `SITE.FILE_MISSING`, `LEDGER.BAD_KEY`
 */
export async function ensureLedgerKey(dataDir: string): Promise<LogSigner> {
  const file = paths.ledgerKey(dataDir);
  await ensurePrivateFolder(dirname(file));
  try {
    return ed25519Signer(Buffer.from(await readPrivateFile(file), 'base64url'));
  } catch (error) {
    if (!isAppError(error, 'SITE.FILE_MISSING')) throw error;
  }
  const secret = randomBytes(32);
  await writePrivateFile(file, secret.toString('base64url'));
  return ed25519Signer(secret);
}
