import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cliErrors } from '../../errors.js';
import { reasonOf } from '../../outputs/files.js';

/**
 * Files below a folder in the order of their paths, hidden ones and those below hidden folders left out; a file stands for itself. Links to files
 * are followed, links to folders are not, so that no circle is walked.
 * @throws `CLI.CANNOT_READ` where the folder itself cannot be read; folders below that cannot be are left out and counted
 */
export function walkFiles(path: string): { readonly files: readonly string[]; readonly unreadable: number } {
  const counted = { unreadable: 0 };
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
    return { files: isFolder ? [...walk(path, counted, true)].sort() : [path], ...counted };
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path, reason: reasonOf(cause) }, { cause });
  }
}

function* walk(folder: string, counted: { unreadable: number }, isTop = false): Generator<string> {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (isTop) throw cause;
    counted.unreadable++;
    return;
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, counted);
    else if (entry.isFile() || (entry.isSymbolicLink() && isFile(path))) yield path;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
