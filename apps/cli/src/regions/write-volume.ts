import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeNifti } from '@cohortium/imaging';
import type { RoiMask, Volume } from '@cohortium/imaging';
import { writeDurably, writeError } from '../outputs/files.js';

/**
 * Writes bytes whole or not at all, replacing an earlier file; mode 0600, since images belong to participants.
 * @returns the absolute path
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`
 */
export function replaceBytes(out: string, bytes: Uint8Array): string {
  const path = resolve(out);
  const draft = `${path}.partial-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeDurably(draft, bytes, 0o600);
    renameSync(draft, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
  return path;
}

/** Writes a volume as NIfTI, compressed where the name ends in .gz. @returns the absolute path @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
export function writeVolumeFile(out: string, volume: Volume): string {
  const bytes = writeNifti(volume);
  return replaceBytes(out, out.toLowerCase().endsWith('.gz') ? gzipSync(bytes) : bytes);
}

/** Writes a region as a mask of 0 and 1. @returns the absolute path @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
export function writeMaskFile(out: string, { geometry, voxels }: RoiMask): string {
  return writeVolumeFile(out, { geometry, values: voxels });
}
