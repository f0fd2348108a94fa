import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeNifti } from '@cohortium/imaging';
import type { Geometry, VoxelArray } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { OutputFolder } from '../outputs/output-folder.js';

/** The record of a run, in its folder. */
const recordFile = 'maps.json';

/** One map to write. */
export interface MapToWrite {
  /** File name without ending. */
  readonly name: string;
  /** What a voxel is, in English: sidecars are read by programs and people of all languages. */
  readonly quantity: string;
  readonly unit: string;
  readonly values: ArrayLike<number>;
  readonly geometry: Geometry;
  /** Storage of the voxels: floats unless the map holds codes. */
  readonly storage?: 'float32' | 'uint8';
  readonly codes?: Readonly<Record<string, string>>;
  /** Further fields of the sidecar, in the words of BIDS: what the next step reads (times, flip angle, b-values). */
  readonly sidecar?: object;
}

/** A file beside the maps. */
export interface FileToWrite {
  readonly name: string;
  readonly content: string;
}

/** What all maps of a run share. */
export interface MapRecord {
  readonly command: string;
  readonly settings: object;
  readonly inputs: readonly Sha256[];
  /** Figures of the whole run: counts, volumes, shares. */
  readonly results: object;
}

/** A map that was written. */
export interface WrittenMap {
  readonly name: string;
  readonly file: string;
  readonly unit: string;
  /** SHA-256 of the NIfTI file before compression. */
  readonly sha256: Sha256;
}

/** Everything that a run wrote, as `maps.json` in its folder says it. */
export interface MapDocument extends MapRecord {
  readonly schemaVersion: 1;
  readonly software: SoftwareFacts;
  readonly maps: readonly WrittenMap[];
  /** Further files of the folder. */
  readonly files?: readonly string[];
}

/** Which program made something. */
export interface SoftwareFacts {
  readonly name: string;
  readonly version: string;
  readonly node: string;
}

/** The running program. */
export function softwareFacts(): SoftwareFacts {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return { name: 'cohortium', version, node: process.versions.node };
}

/**
 * Writes maps as NIfTI, each with a JSON file of its own, and `maps.json` about all of them: the folder appears whole or not at all. Where a map
 * has no value it holds NaN.
 * @throws `CLI.OUT_NOT_OURS`, `CLI.CANNOT_WRITE`, `CLI.DISK_FULL`
 */
export function writeMaps(
  out: string,
  maps: readonly MapToWrite[],
  record: MapRecord,
  files: readonly FileToWrite[] = [],
): { readonly path: string; readonly document: MapDocument } {
  const earlier = filesOfEarlierRun(out);
  const folder = new OutputFolder(out, undefined, (entry) => earlier.has(entry));
  try {
    const software = softwareFacts();
    const written = maps.map((map): WrittenMap => {
      const bytes = writeNifti({ geometry: map.geometry, values: stored(map) });
      const file = `${map.name}.nii.gz`;
      const hash = sha256(bytes);
      folder.add(file, gzipSync(bytes, { level: 1 }), true);
      const about = {
        name: map.name,
        file,
        quantity: map.quantity,
        unit: map.unit,
        ...(map.codes ? { codes: map.codes } : {}),
        sha256: hash,
      };
      const { command, settings, inputs } = record;
      folder.add(`${map.name}.json`, pretty({ schemaVersion: 1, ...about, ...map.sidecar, command, settings, inputs, software }), true);
      return { name: map.name, file, unit: map.unit, sha256: hash };
    });
    for (const { name, content } of files) folder.add(name, content, true);
    const names = files.length === 0 ? {} : { files: files.map(({ name }) => name) };
    const document: MapDocument = { schemaVersion: 1, ...record, software, maps: written, ...names };
    folder.add(recordFile, pretty(document), true);
    folder.commit();
    return { path: folder.path, document };
  } finally {
    folder.abandon();
  }
}

/** What an earlier run wrote into a folder, by its own record: only that may be replaced. */
function filesOfEarlierRun(out: string): ReadonlySet<string> {
  const path = join(out, recordFile);
  if (!existsSync(path)) return new Set();
  try {
    const { maps, files = [] } = JSON.parse(readFileSync(path, 'utf8')) as MapDocument;
    return new Set([recordFile, ...files, ...maps.flatMap(({ name, file }) => [file, `${name}.json`])]);
  } catch {
    return new Set();
  }
}

function stored({ values, storage = 'float32' }: MapToWrite): VoxelArray {
  if (storage === 'uint8') return Uint8Array.from(values);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
