import { parseBundle } from '@cohortium/ledger';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseStudyId } from '@cohortium/kernel';
import { bundleWords } from '../bundle/messages.js';
import { CoordinatorApi } from '../demo/coordinator-api.js';
import { cliErrors } from '../errors.js';
import { writeDurably, writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium bundle`. */
export interface BundleCommandOptions {
  readonly study: string;
  readonly out: string;
  readonly coordinator: string;
  readonly full?: true;
}

/**
 * `cohortium bundle --study S --coordinator FOLDER --out FILE`: fetches the bundle from the coordinator on this machine.
 * @throws `CLI.NO_COORDINATOR`, and as {@link fetchBundle}
 */
export async function bundle(terminal: Terminal, { study, out, coordinator, full }: BundleCommandOptions): Promise<number> {
  // A mistyped folder is told at once, not after the patience for one that starts again.
  for (const missing of ['api-token', 'http.json'])
    if (!existsSync(join(coordinator, missing))) throw cliErrors.error('CLI.NO_COORDINATOR', { path: coordinator, missing });
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

/** Sums of a study: how many were opened under masks, and how many left without. */
export interface MaskedSums {
  readonly sums: number;
  readonly plainSums: number;
}

/** Counts the sums of a bundle by what the logs of the sites tell. */
export function maskedSums(bundle: Uint8Array): MaskedSums {
  const { logs } = parseBundle(Buffer.from(bundle).toString('utf8')).bundle;
  const leaves = logs.flatMap((log) => log.leaves as { type?: unknown; run?: unknown; round?: unknown; kind?: unknown }[]);
  const rounds = (type: string) => leaves.filter((leaf) => leaf.type === type);
  const opened = new Set(rounds('unmask').map(({ run, round }) => `${String(run)} ${String(round)}`));
  const sums = rounds('roundCommit').filter(({ kind }) => kind === 'sum');
  return { sums: opened.size, plainSums: sums.filter(({ run, round }) => !opened.has(`${String(run)} ${String(round)}`)).length };
}
