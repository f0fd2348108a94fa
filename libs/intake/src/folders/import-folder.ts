import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { intakeErrors } from '../errors.js';
import type { IntakeTray } from '../tray/tray.js';

/** How many objects had which outcome. */
export interface Tally {
  stored: number;
  known: number;
  /** Rejected, by reason. */
  readonly rejected: Record<string, number>;
  /** Files and folders that a watch could not read this time, by the system's code; it tries again. */
  readonly unread?: Readonly<Record<string, number>>;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { stored: 0, known: 0, rejected: {} };
}

/** Files below a folder in the order of names; links are not followed, hidden files are left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Takes files and folders into the tray as one push. The files stay where they are.
 * @throws `INTAKE.NO_FILES`, the system's error for a path that cannot be read
 */
export function importFiles(tray: IntakeTray, paths: readonly string[], maxObjectBytes: number): Tally {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
  if (files.length === 0) throw intakeErrors.error('INTAKE.NO_FILES');
  const tally = emptyTally();
  const push = randomUUID();
  for (const file of files) takeFile(tray, file, push, 'folder', maxObjectBytes, tally);
  return tally;
}

/** Takes one file. Its size is looked at before it is read. */
export function takeFile(
  tray: IntakeTray,
  file: string,
  push: string,
  way: 'folder' | 'watch',
  maxObjectBytes: number,
  tally: Tally,
): void {
  const tooLarge = statSync(file).size > maxObjectBytes;
  const receipt = tooLarge ? tray.reject(new Uint8Array(0), hashOfFile(file), 'tooLarge') : tray.receive(readFileSync(file), { way, push });
  if (receipt.outcome === 'rejected') tally.rejected[receipt.reason ?? ''] = (tally.rejected[receipt.reason ?? ''] ?? 0) + 1;
  else tally[receipt.outcome]++;
}

function hashOfFile(file: string): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(2 ** 20);
  const handle = openSync(file, 'r');
  try {
    for (let read = readSync(handle, block); read > 0; read = readSync(handle, block)) hash.update(block.subarray(0, read));
  } finally {
    closeSync(handle);
  }
  return hash.digest('hex');
}
