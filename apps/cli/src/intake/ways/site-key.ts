import type { SiteKey } from '@cohortium/imaging';
import { parseSiteKey, siteKeyFile } from '@cohortium/intake';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readText, writeDurably, writeError } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';
import { trustErrors } from '../../trust/errors.js';
import { assertOwn } from '../../trust/key-file.js';
import { waysWords } from './messages.js';

/** `cohortium intake key`: 32 random bytes in a file of mode 0600. @throws `CLI.FILE_EXISTS`, `CLI.CANNOT_WRITE`, `CLI.DISK_FULL` */
export async function makeSiteKey(terminal: Terminal, { out }: { readonly out: string }): Promise<number> {
  const path = resolve(out);
  if (existsSync(path)) throw trustErrors.error('CLI.FILE_EXISTS', { path });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeDurably(path, siteKeyFile(randomBytes(32)), 0o600);
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
  return parseSiteKey(text, path);
}
