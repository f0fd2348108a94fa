import { SiteKey } from '@cohortium/imaging';
import { intakeErrors } from '@cohortium/intake';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readText, writeDurably, writeError } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';
import { trustErrors } from '../../trust/errors.js';
import { assertOwn } from '../../trust/key-file.js';
import { waysWords } from './messages.js';

const keyFile = z.strictObject({ schemaVersion: z.literal(1), type: z.literal('siteKey'), key: z.base64().min(44).max(128) });

/** `cohortium intake key`: 32 random bytes in a file of mode 0600. @throws `CLI.FILE_EXISTS`, `CLI.CANNOT_WRITE`, `CLI.DISK_FULL` */
export async function makeSiteKey(terminal: Terminal, { out }: { readonly out: string }): Promise<number> {
  const path = resolve(out);
  if (existsSync(path)) throw trustErrors.error('CLI.FILE_EXISTS', { path });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeDurably(path, `${JSON.stringify({ schemaVersion: 1, type: 'siteKey', key: randomBytes(32).toString('base64') })}\n`, 0o600);
  } catch (cause) {
    throw writeError(path, cause);
  }
  terminal.data(waysWords(terminal.language)('keyMade', { path }));
  terminal.jsonObject({ schemaVersion: 1, path });
  return 0;
}

/** Reads the key of the site. @throws `CLI.KEY_TOO_OPEN`, `CLI.CANNOT_READ`, `INTAKE.BAD_KEY` */
export function readSiteKey(path: string): SiteKey {
  const text = readText(path);
  assertOwn(path);
  try {
    return new SiteKey(Buffer.from(keyFile.parse(JSON.parse(text)).key, 'base64'));
  } catch (cause) {
    throw intakeErrors.error('INTAKE.BAD_KEY', { path }, { cause });
  }
}
