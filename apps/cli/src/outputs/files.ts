import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { cliErrors } from '../errors.js';

/** What a full disk is called: no space, no quota, a file-size limit; and by PostgreSQL (class 53, insufficient resources). */
const fullDiskCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', '53100']);

/** True for the ways in which a system says that a disk is full. */
export function isDiskFull(error: unknown): boolean {
  return fullDiskCodes.has((error as NodeJS.ErrnoException | null)?.code ?? '');
}

/** The typed error for a failed write. */
export function writeError(path: string, cause: unknown): Error {
  if (isDiskFull(cause)) return cliErrors.error('CLI.DISK_FULL', { path }, { cause });
  return cliErrors.error('CLI.CANNOT_WRITE', { path, reason: reasonOf(cause) }, { cause });
}

/** Reads a text. @throws `CLI.CANNOT_READ` */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path, reason: reasonOf(cause) }, { cause });
  }
}

/** Names in a folder. @throws `CLI.CANNOT_READ` */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path: folder, reason: reasonOf(cause) }, { cause });
  }
}

/** Writes all of a new file and waits until it is on the disk; removes it again when that fails. */
export function writeDurably(path: string, content: string | Uint8Array, mode = 0o644): void {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const handle = openSync(path, 'wx', mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } catch (cause) {
    rmSync(path, { force: true });
    throw cause;
  } finally {
    closeSync(handle);
  }
}

/**
 * Writes a file whole or not at all, replacing an earlier one: beside its place first, then moved there, so that nobody reads half of it.
 * @param mode 0600 unless said otherwise, since features and images belong to participants
 * @returns the absolute path
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`
 */
export function replaceFile(out: string, content: string | Uint8Array, mode = 0o600): string {
  const path = resolve(out);
  const draft = `${path}.partial-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeDurably(draft, content, mode);
    renameSync(draft, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
  return path;
}

/** The system's short word for what went wrong. */
export function reasonOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException | null)?.code ?? (cause instanceof Error ? cause.message : String(cause));
}
