import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadCodecs, readDicomSlices, readVolume } from '@cohortium/imaging';
import type { Volume } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { reasonOf } from '../outputs/files.js';

// DICOM images may be compressed. The code of commands is read when they are asked for, so only those that read images wait for the codecs.
await loadCodecs();

/** A volume with the fingerprint of the bytes that it came from. */
export interface LoadedVolume {
  readonly volume: Volume;
  /** SHA-256 of the file; of a folder, of its files' hashes in ascending order; of a detached header, of header and data file. */
  readonly hash: Sha256;
}

/**
 * Reads a volume from a file, or from a folder that holds the images of one DICOM series. Hidden files of a folder are passed over.
 * @throws `CLI.CANNOT_READ`, `IMAGING.*`
 */
export function loadImage(path: string): LoadedVolume {
  if (stat(path).isDirectory()) {
    const names = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    const files = names.map(({ name }) => ({ name, bytes: readBytes(join(path, name)) }));
    const hashes = files.map(({ bytes }) => sha256(bytes)).sort();
    return { volume: readDicomSlices(files), hash: hashes.length === 0 ? sha256('') : sha256(hashes.join('\n')) };
  }
  const bytes = readBytes(path);
  const parts = [sha256(bytes)];
  const volume = readVolume(bytes, (name) => {
    const detached = readBytes(join(dirname(path), name));
    parts.push(sha256(detached));
    return detached;
  });
  return { volume, hash: parts.length === 1 ? (parts[0] as Sha256) : sha256(parts.join('\n')) };
}

/**
 * Files of a folder at any depth, hidden ones and directories of DICOM media left out, in the order of names; a file stands for itself.
 * @throws `CLI.CANNOT_READ`
 */
export function filesOf(path: string): readonly string[] {
  if (!stat(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'DICOMDIR')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Reads bytes. @throws `CLI.CANNOT_READ` */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

/** What tells whether a file has changed without reading it: sizes and times; of a folder, those of its files. @throws `CLI.CANNOT_READ` */
export function fileState(path: string): string {
  const state = (file: string) => {
    const { size, mtimeMs } = stat(file);
    return `${size}:${mtimeMs}`;
  };
  if (!stat(path).isDirectory()) return state(path);
  return readdirSync(path)
    .sort()
    .map((name) => `${name}:${state(join(path, name))}`)
    .join('|');
}

function stat(path: string) {
  try {
    return statSync(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

function cannotRead(path: string, cause: unknown): Error {
  return cliErrors.error('CLI.CANNOT_READ', { path, reason: reasonOf(cause) }, { cause });
}
