import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

let made = 0;

/**
 * Writes a file whole or not at all: aside, then renamed. Bytes and name are on the disk when this returns.
 * @throws the system's error; nothing is left behind
 */
export function writeWhole(path: string, bytes: Uint8Array, aside: string): void {
  const draft = writeDraft(bytes, aside);
  try {
    renameSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * As {@link writeWhole}, but leaves a file alone that is there already, or that another process makes meanwhile.
 * @returns true where the file was made now
 */
export function writeOnce(path: string, bytes: Uint8Array, aside: string): boolean {
  const draft = writeDraft(bytes, aside);
  try {
    placeOnce(draft, path);
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function placeOnce(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    // Shares of other machines may know no links. A copy refuses a file that is there as well.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(draft, path, constants.COPYFILE_EXCL);
  }
}

function writeDraft(bytes: Uint8Array, aside: string): string {
  const draft = `${aside}/${process.pid}-${Date.now().toString(36)}-${made++}.part`;
  try {
    const handle = openSync(draft, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return draft;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Appends one line; it is on the disk when this returns, and so is the name of the file. */
export function appendLine(path: string, line: string): void {
  const isNew = !existsSync(path);
  const handle = openSync(path, 'a', 0o600);
  try {
    // A line that a crash tore ends here and is passed over by readers.
    const bytes = Buffer.from(`\n${line}\n`, 'utf8');
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (isNew) syncFolder(dirname(path));
}

/** Makes a folder that only its owner enters; the names of all that were made are on the disk when this returns. */
export function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let at = dirname(resolve(path)); at.length >= top.length; at = dirname(at)) {
    syncFolder(at);
    if (at === dirname(at)) return;
  }
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
