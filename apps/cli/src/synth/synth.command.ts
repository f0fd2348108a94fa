import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { cohortTables, participantCount, planImageCohort } from '@cohortium/synth';
import type { ImageCohortOptions, ImageCohortPlan, ImageForm } from '@cohortium/synth';
import { interruptible } from '../demo/interrupt.js';
import { writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { synthCliErrors } from './errors.js';
import { writeCohortFile } from './make-part.js';
import type { MadeParticipant, Part } from './make-part.js';
import { synthWords } from './messages.js';

/** Options of `cohortium synth`. */
export interface SynthOptions {
  readonly sites: number;
  readonly cases: number;
  readonly seed: number;
  readonly out: string;
  readonly size: readonly [number, number, number];
  readonly form: ImageForm;
  readonly ideal?: true;
  readonly perfusion: number;
  readonly workers?: number;
}

/** The options of the library: sites are SITE_A to SITE_Z, then SITE_27 and on. */
export function imageCohortOptions({
  sites,
  cases,
  seed,
  size,
  form,
  ideal,
  perfusion,
}: Omit<SynthOptions, 'out' | 'workers'>): ImageCohortOptions {
  const code = (at: number) => `SITE_${at < 26 ? String.fromCharCode(65 + at) : at + 1}`;
  return {
    seed,
    sites: Array.from({ length: sites }, (_, at) => ({ id: code(at), participants: cases })),
    size,
    form,
    ideal: ideal === true,
    perfusionFraction: perfusion,
  };
}

/**
 * `cohortium synth`: a cohort in images. Everything is written beside the output folder under a temporary name, which becomes the folder at
 * the end; a cohort that is interrupted or fails leaves nothing.
 */
export async function synth(terminal: Terminal, options: SynthOptions): Promise<number> {
  const words = synthWords(terminal.language);
  const given = imageCohortOptions(options);
  const plan = planImageCohort(given);
  const path = resolve(options.out);
  assertEmpty(path);
  const count = participantCount(plan);
  const workers = Math.min(options.workers ?? availableParallelism(), count);
  terminal.say(terminal.strong(words('notice')));
  terminal.say(words('plan', { sites: options.sites, participants: count, size: options.size.join('x'), seed: options.seed, workers }));
  const begun = performance.now();
  const made = await makeCohort(terminal, plan, given, path, workers);
  const seconds = (performance.now() - begun) / 1000;
  terminal.say(words('done', { files: made.files, megabytes: (made.bytes / 1e6).toFixed(1), seconds: seconds.toFixed(1) }));
  if (plan.achievableAuc !== null) terminal.say(words('achievable', { auc: plan.achievableAuc.toFixed(3) }));
  terminal.data(words('where', { path }));
  terminal.jsonObject({
    schemaVersion: 1,
    synthetic: true,
    out: path,
    options: plan.options,
    sites: plan.sites.map(({ id, role, participants }) => ({ site: id, role, participants: participants.length })),
    participants: count,
    files: made.files,
    bytes: made.bytes,
    achievableAuc: plan.achievableAuc,
  });
  return 0;
}

/** @throws `CLI.OUT_NOT_EMPTY`, `CLI.CANNOT_WRITE` */
function assertEmpty(path: string): void {
  if (!existsSync(path)) return;
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (cause) {
    throw writeError(path, cause);
  }
  if (names.length > 0) throw synthCliErrors.error('CLI.OUT_NOT_EMPTY', { path });
}

/** Makes a cohort in a folder that appears whole or not at all. @throws `CLI.CANNOT_WRITE`, `CLI.DISK_FULL` */
export async function makeCohort(
  terminal: Terminal,
  plan: ImageCohortPlan,
  options: ImageCohortOptions,
  path: string,
  workers: number,
): Promise<MadeParticipant> {
  const words = synthWords(terminal.language);
  const draft = `${path}.partial-${randomBytes(4).toString('hex')}`;
  const count = participantCount(plan);
  const begun = performance.now();
  const total = { files: 0, bytes: 0, done: 0 };
  const add = ({ files, bytes }: MadeParticipant) => {
    total.files += files;
    total.bytes += bytes;
    total.done++;
    const seconds = Math.ceil((((performance.now() - begun) / total.done) * (count - total.done)) / 1000);
    terminal.status(words('status', { done: total.done, count, seconds }));
  };
  try {
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    await interruptible(
      ({ signal }) => {
        const parts = Array.from({ length: workers }, (_, part) => runPart({ options, folder: draft, part, of: workers }, add, signal));
        return Promise.all(parts);
      },
      () => terminal.say(words('interrupted')),
      () => process.exit(130),
    );
    for (const file of cohortTables(plan)) {
      writeCohortFile(draft, file);
      total.files++;
      total.bytes += file.bytes.length;
    }
    if (existsSync(path)) rmdirSync(path);
    renameSync(draft, path);
  } catch (cause) {
    discard(draft);
    throw (cause as NodeJS.ErrnoException).syscall !== undefined ? writeError(path, cause) : cause;
  } finally {
    terminal.clearStatus();
  }
  return total;
}

/** Removes what was written; what led here is reported instead of a failure to do so. */
function discard(draft: string): void {
  try {
    rmSync(draft, { recursive: true, force: true });
  } catch {
    // ENOTDIR and the like: it was never made.
  }
}

interface Fault {
  readonly fault: { readonly code?: string; readonly path?: string; readonly message: string };
}

/** Runs one thread to its end. @throws what ends it: a fault of the file system, or the reason of the signal */
function runPart(part: Part, add: (made: MadeParticipant) => void, signal: AbortSignal): Promise<void> {
  // In the checkout the commands run from dist; a test that runs the sources finds the built thread there as well.
  const script = new URL(import.meta.url.endsWith('.ts') ? '../../dist/synth/part-worker.js' : './part-worker.js', import.meta.url);
  return new Promise((done, fail) => {
    // Without the flags of this process: a test runner resolves packages to their sources, which a thread cannot load.
    const worker = new Worker(script, { workerData: part, execArgv: [] });
    let reason: unknown;
    const stop = () => void worker.terminate();
    signal.addEventListener('abort', stop);
    worker.on('message', (message: MadeParticipant | Fault) => {
      if ('fault' in message) reason = Object.assign(new Error(message.fault.message), message.fault, { syscall: 'write' });
      else add(message);
    });
    worker.on('error', (error) => (reason = error));
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) fail(signal.reason as Error);
      else if (reason !== undefined) fail(reason as Error);
      else if (code !== 0) fail(new Error(`a thread ended with ${code}`));
      else done();
    });
  });
}
