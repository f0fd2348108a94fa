import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

let made = 0;

/**
 * Writes a file whole or not at all: aside, then renamed. With `durable`, bytes and name are on the disk when this returns.
 * @throws the system's error; nothing is left behind
 */
export function writeWhole(path: string, bytes: Uint8Array, aside: string, durable = true): void {
  const draft = `${aside}/${process.pid}-${Date.now().toString(36)}-${made++}.part`;
  try {
    const handle = openSync(draft, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      if (durable) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, path);
    if (durable) syncFolder(dirname(path));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Appends one line; it is on the disk when this returns. */
export function appendLine(path: string, line: string): void {
  const handle = openSync(path, 'a', 0o600);
  try {
    // A line that a crash tore ends here and is passed over by readers.
    const bytes = Buffer.from(`\n${line}\n`, 'utf8');
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a folder that only its owner enters. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
