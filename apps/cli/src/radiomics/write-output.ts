import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeDurably, writeError } from '../outputs/files.js';

/**
 * Writes a file of features whole or not at all, replacing an earlier one; mode 0600, since features belong to participants.
 * @returns the absolute path
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`
 */
export function replaceFile(out: string, content: string): string {
  const path = resolve(out);
  const draft = `${path}.partial-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeDurably(draft, content, 0o600);
    renameSync(draft, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
  return path;
}
