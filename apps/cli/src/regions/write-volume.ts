import { gzipSync } from 'node:zlib';
import { writeNifti } from '@cohortium/imaging';
import type { RoiMask, Volume } from '@cohortium/imaging';
import { replaceFile } from '../outputs/files.js';

/** Writes a volume as NIfTI, compressed where the name ends in .gz. @returns the absolute path @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
export function writeVolumeFile(out: string, volume: Volume): string {
  const bytes = writeNifti(volume);
  return replaceFile(out, out.toLowerCase().endsWith('.gz') ? gzipSync(bytes) : bytes);
}

/** Writes a region as a mask of 0 and 1. @returns the absolute path @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
export function writeMaskFile(out: string, { geometry, voxels }: RoiMask): string {
  return writeVolumeFile(out, { geometry, values: voxels });
}
