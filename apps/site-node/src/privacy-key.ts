import { isAppError } from '@cohortium/kernel';
import { createHmac, randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { ensurePrivateFolder, paths, readPrivateFile, writePrivateFile } from './own-files.js';
import { siteErrors } from './errors.js';

/** Secrets of a site that are derived from one file. */
export interface PrivacySecrets {
  /** Noise is drawn from it; whoever has it can take the noise away again. */
  readonly noiseSecret: Uint8Array;
  /** Tokens of participants are made with it, so that the site's database names nobody. */
  readonly memberKey: Uint8Array;
}

/**
 * Reads the site's privacy key, or makes it where there is none. It must never be replaced while studies run: the same request would get
 * other noise.
 * @throws `SITE.TOO_OPEN`, `SITE.FILE_MISSING`, `SITE.BAD_KEY_FILE`
 */
export async function ensurePrivacyKey(dataDir: string): Promise<PrivacySecrets> {
  const file = paths.privacyKey(dataDir);
  await ensurePrivateFolder(dirname(file));
  let text: string;
  try {
    text = await readPrivateFile(file);
  } catch (error) {
    if (!isAppError(error, 'SITE.FILE_MISSING')) throw error;
    text = randomBytes(32).toString('hex');
    await writePrivateFile(file, text);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw siteErrors.error('SITE.BAD_KEY_FILE', { file });
  const derive = (use: string) => new Uint8Array(createHmac('sha256', Buffer.from(text, 'hex')).update(`cohortium ${use} v1`).digest());
  return { noiseSecret: derive('noise'), memberKey: derive('members') };
}
