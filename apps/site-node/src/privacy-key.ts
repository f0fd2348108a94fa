import { createHmac } from 'node:crypto';
import { secretOf } from './identity.js';
import { paths } from './own-files.js';

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
 * @throws `SITE.TOO_OPEN`, `SITE.FILE_MISSING`, `SITE.BAD_KEY`
 */
export async function ensurePrivacyKey(dataDir: string): Promise<PrivacySecrets> {
  const secret = await secretOf(paths.privacyKey(dataDir));
  const derive = (use: string) => new Uint8Array(createHmac('sha256', secret).update(`cohortium ${use} v1`).digest());
  return { noiseSecret: derive('noise'), memberKey: derive('members') };
}
