import { DicomObject, earliestSeconds, hasPixels, readImageHeader, seriesFacts, splitSeries } from '@cohortium/imaging';
import type { ImageHeader, SeriesFacts, VolumePlan } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Where the reference data are; empty where they are not. */
export const referenceFolder = process.env['COHORTIUM_REFERENCE'] ?? '';

/** True where the reference data hold a folder; says what is skipped where not. */
export function holds(folder: string, what: string): boolean {
  const found = referenceFolder !== '' && existsSync(join(referenceFolder, folder));
  if (!found) console.warn(`skipped: ${what}: COHORTIUM_REFERENCE has no ${folder}`);
  return found;
}

/** A new folder that is removed with {@link scratchRoot}. */
export const scratchRoot = mkdtempSync(join(tmpdir(), 'cohortium-dicom-'));

/** DICOM files below a folder, in the order of names. */
export function filesBelow(folder: string): Buffer[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.dcm'),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.map((path) => readFileSync(path));
}

/** Unpacks an archive of the reference data and reads its DICOM files. */
export function archived(archive: string): Buffer[] {
  const folder = mkdtempSync(join(scratchRoot, 'a-'));
  execFileSync('tar', ['-xzf', join(referenceFolder, archive), '-C', folder]);
  return filesBelow(folder);
}

/** Objects of one series with what is known of them. */
export interface OpenSeries {
  readonly objects: readonly DicomObject[];
  readonly headers: readonly ImageHeader[];
  readonly plans: readonly VolumePlan[];
}

/** Parses files of one series. */
export function openSeries(files: readonly Uint8Array[]): OpenSeries {
  const objects = files.map((bytes, at) => DicomObject.parse(bytes, { file: at + 1, count: files.length })).filter(hasPixels);
  const headers = objects.map((object) => readImageHeader(object));
  return { objects, headers, plans: splitSeries(headers) };
}

/** Voxels of a NIfTI-1 file of 16-bit integers with three or four dimensions, as they stand. */
export function niftiVoxels(path: string): { readonly dimensions: readonly [number, number, number, number]; readonly values: Int16Array } {
  const packed = readFileSync(path);
  const bytes = packed[0] === 0x1f ? gunzipSync(packed) : packed;
  const size = (at: number) => bytes.readInt16LE(40 + 2 * at);
  const dimensions = [size(1), size(2), size(3), size(0) > 3 ? size(4) : 1] as const;
  const offset = bytes.readFloatLE(108);
  const count = dimensions.reduce((product, n) => product * n, 1);
  return { dimensions, values: new Int16Array(Uint8Array.from(bytes.subarray(offset, offset + 2 * count)).buffer) };
}

/** True where a command is installed; says what is skipped where not. */
export function hasTool(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`skipped: ${name} is not installed (DCMTK)`);
    return false;
  }
}

/** Facts of files of one series. */
export function factsOf(files: readonly Uint8Array[]): SeriesFacts {
  const { headers, plans } = openSeries(files);
  return seriesFacts(headers, plans, earliestSeconds(headers));
}

/** Code and deciding word of the error that an action gives. */
export function failure(action: () => unknown): string {
  try {
    action();
    return 'no error';
  } catch (error) {
    if (isAppError(error)) return [error.code, error.params['problem'] ?? error.params['kind']].filter(Boolean).join(' ');
    throw error;
  }
}
