import { SiteKey } from '@cohortium/imaging';
import { z } from 'zod';
import { intakeErrors } from './errors.js';

const keyFile = z.strictObject({ schemaVersion: z.literal(1), type: z.literal('siteKey'), key: z.base64().min(44).max(128) });

/** Text of a file that holds a site's key, from its bytes. */
export function siteKeyFile(secret: Uint8Array): string {
  return `${JSON.stringify({ schemaVersion: 1, type: 'siteKey', key: Buffer.from(secret).toString('base64') })}\n`;
}

/** The key in the text of such a file. @param path for the error @throws `INTAKE.BAD_KEY` */
export function parseSiteKey(text: string, path: string): SiteKey {
  try {
    return new SiteKey(Buffer.from(keyFile.parse(JSON.parse(text)).key, 'base64'));
  } catch (cause) {
    throw intakeErrors.error('INTAKE.BAD_KEY', { path }, { cause });
  }
}
