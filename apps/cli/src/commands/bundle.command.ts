import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseStudyId } from '@cohortium/kernel';
import { bundleWords } from '../bundle/messages.js';
import { CoordinatorApi } from '../demo/coordinator-api.js';
import { writeDurably, writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium bundle`. */
export interface BundleCommandOptions {
  readonly study: string;
  readonly out: string;
  readonly coordinator: string;
  readonly full?: true;
}

/** `cohortium bundle --study S --coordinator FOLDER --out FILE`: fetches the bundle from the coordinator on this machine. */
export async function bundle(terminal: Terminal, { study, out, coordinator, full }: BundleCommandOptions): Promise<number> {
  const bytes = await fetchBundle(new CoordinatorApi(resolve(coordinator)), parseStudyId(study), full === true);
  const path = resolve(out);
  const draft = `${path}.partial-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeDurably(draft, bytes);
    renameSync(draft, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
  terminal.data(bundleWords(terminal.language)('bundleWritten', { path, bytes: bytes.length }));
  terminal.jsonObject({ schemaVersion: 1, bundle: path, bytes: bytes.length });
  return 0;
}

/** The bundle of a study as the coordinator writes it. @throws as {@link CoordinatorApi.getBytes} */
export function fetchBundle(api: CoordinatorApi, study: string, full: boolean): Promise<Uint8Array> {
  return api.getBytes(`/api/studies/${study}/bundle${full ? '?full=true' : ''}`);
}
