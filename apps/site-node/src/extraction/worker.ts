import { DeidentificationProfile, loadCodecs } from '@cohortium/imaging';
import type { PixelRisk } from '@cohortium/imaging';
import { IntakeTray, PseudonymRegistry, deidentifyBatch, extractorSha256, parseSiteKey } from '@cohortium/intake';
import { isAppError } from '@cohortium/kernel';
import { extractCase } from '@cohortium/radiomics';
import { readlinkSync, statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { ExtractionConfig } from '../images-config.js';
import { placeOf } from '../own-errors.js';
import type { ExtractionReply, ExtractionRequest, TrayOverview } from './messages.js';
import { listCases } from './tray-cases.js';
import type { ListedCase } from './tray-cases.js';

/** The extraction thread: looks through the tray, de-identifies in memory and extracts, one case at a time. */
const config = workerData as ExtractionConfig;
const clock = { nowMs: () => Date.now() };
const key = parseSiteKey(config.key.text, config.key.path);
const program = extractorSha256();
const profile = new DeidentificationProfile([...config.deidentification]);
const pseudonymOf = (identity: { readonly patientId: string; readonly issuer: string }) => key.pseudonym(identity).code;
let tray: IntakeTray | undefined;

function openTray(): IntakeTray {
  tray ??= IntakeTray.open(config.tray, clock);
  return tray;
}

function cases(): readonly ListedCase[] {
  const open = openTray();
  open.refresh();
  return listCases(open, { config, extractorSha256: program, key, nowMs: clock.nowMs() });
}

/** The last overview, and what the tray was like then. */
let last: { readonly stamp: string; readonly overview: TrayOverview } | undefined;

/** A tray to which nothing was added and about which nobody decided is as it was. */
function look(): TrayOverview {
  const open = openTray();
  open.refresh();
  const stamp = `${open.entries().length} ${open.rejected().length} ${sizeOf(join(config.tray, 'decisions.jsonl'))}`;
  if (last?.stamp === stamp && !last.overview.cases.some(({ waiting }) => waiting === 'arriving')) return last.overview;
  const overview = overviewOf(open);
  last = { stamp, overview };
  return overview;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function overviewOf(open: IntakeTray): TrayOverview {
  let listed = cases();
  if (config.release === 'automatic') {
    const ripe = listed.flatMap(({ releasable }) => releasable);
    if (ripe.length > 0) {
      open.release(ripe, pseudonymOf);
      listed = cases();
    }
  }
  const conflicts: Record<string, number> = {};
  for (const { kind } of open.conflicts(pseudonymOf)) conflicts[kind] = (conflicts[kind] ?? 0) + 1;
  return {
    objects: open.entries().length,
    rejected: open.rejected().length,
    conflicts,
    cases: listed.map(({ caseId, fingerprint, waiting }) => ({ caseId, fingerprint, waiting })),
  };
}

/** De-identifies the objects of a case in memory and extracts what is left, as "cohort build" does with the files of "intake deidentify". */
async function extract(caseId: string, fingerprint: string): Promise<ExtractionReply> {
  const found = cases().find((one) => one.caseId === caseId);
  if (found?.fingerprint !== fingerprint || found.waiting !== null) return { type: 'changed' };
  const registry = PseudonymRegistry.open(`${config.key.path}.pseudonyms`);
  const files: { readonly path: string; readonly bytes: Uint8Array }[] = [];
  const { record } = deidentifyBatch(
    found.entries.length,
    (at) => openTray().read(found.entries[at]?.sha256 as string),
    { key, profile, accepted: config.accept as readonly PixelRisk[] },
    registry,
    (path, bytes) => files.push({ path, bytes }),
  );
  const leftOut: Record<string, number> = {};
  for (const { problem } of record.refused) leftOut[problem] = (leftOut[problem] ?? 0) + 1;
  // A pseudonym counts as given out before anything is kept under it.
  registry.save();
  await loadCodecs();
  // In the order of their paths, in which a command finds them on a disk.
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const { plan, rules } = config;
  const isKept = config.deidentification.includes('retainUids');
  const document = extractCase(
    files.map(({ bytes }) => bytes),
    { plan, extractorSha256: program, rules },
    // Decided on the series as they came; de-identified, they have another UID, or with `retainUids` the same.
    { roles: new Map([...found.roles].map(([uid, role]) => [isKept ? uid : key.uid(uid), role])) },
  );
  return { type: 'extracted', document, leftOut };
}

/** Lets everything else of this machine come first. Linux names the thread that asks; elsewhere threads cannot be told apart. */
function stepBack(): void {
  try {
    const thread = Number(/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1]);
    if (thread > 0) setPriority(thread, constants.priority.PRIORITY_LOW);
  } catch {
    // A machine that does not let a thread step back runs it beside the others.
  }
}

async function answer(request: ExtractionRequest): Promise<ExtractionReply> {
  try {
    return request.type === 'look' ? { type: 'overview', overview: look() } : await extract(request.caseId, request.fingerprint);
  } catch (error) {
    if (isAppError(error)) return { type: 'failed', code: error.code, entry: error.entry, params: error.params };
    return { type: 'unexpected', place: placeOf(error) };
  }
}

stepBack();
parentPort?.on('message', (request: ExtractionRequest) => {
  void answer(request).then((reply) => parentPort?.postMessage(reply));
});
