import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { cliErrors } from '../errors.js';
import { reasonOf, writeDurably, writeError } from './files.js';

/** Entries that demo and simulate write; a folder with anything else in it is not replaced. */
const ours = new Set([
  'results.json',
  'report.html',
  'model.json',
  'model.onnx',
  'protocol.json',
  'protocol.signed.json',
  'roster.json',
  'study.bundle',
  'protocol.yaml',
  'transcript.jsonl',
  'sites',
  'logs',
]);

/** Writes a file; replaced in tests by one whose disk is full. */
export type FileWriter = (path: string, content: string | Uint8Array, mode?: number) => void;

/**
 * A folder of results that appears whole or not at all: everything is written beside it under a temporary name, and renamed in
 * {@link commit}. An earlier result of ours under the same name is replaced at that moment.
 */
export class OutputFolder {
  readonly path: string;
  private readonly draft: string;
  private settled = false;

  /**
   * @param isOurs tells what a command that writes this kind of folder may have written
   * @throws `CLI.OUT_NOT_OURS` when the folder holds files of somebody else
   * @throws `CLI.CANNOT_WRITE`, `CLI.DISK_FULL`
   */
  constructor(
    path: string,
    private readonly write: FileWriter = writeDurably,
    isOurs: (entry: string) => boolean = (entry) => ours.has(entry),
  ) {
    this.path = resolve(path);
    assertOurs(this.path, isOurs);
    this.draft = `${this.path}.partial-${randomBytes(4).toString('hex')}`;
    this.guard(this.path, () => mkdirSync(this.draft, { recursive: true }));
  }

  /**
   * Adds a file; folders in between are made. Files with participant data get mode 0600, and their folders 0700.
   * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`; nothing stays behind then
   * @throws RangeError for a name that leads out of the folder
   */
  add(name: string, content: string | Uint8Array, secret = false): void {
    const target = join(this.draft, name);
    if (!target.startsWith(`${this.draft}${sep}`)) {
      this.abandon();
      throw new RangeError('the name of an output leads out of its folder');
    }
    this.guard(join(this.path, name), () => {
      mkdirSync(dirname(target), { recursive: true, mode: secret ? 0o700 : 0o755 });
      this.write(target, content, secret ? 0o600 : 0o644);
    });
  }

  /** Gives the folder its name. @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
  commit(): void {
    this.guard(this.path, () => {
      const old = `${this.draft}.old`;
      const replaces = existsSync(this.path);
      if (replaces) renameSync(this.path, old);
      try {
        renameSync(this.draft, this.path);
      } catch (cause) {
        if (replaces) renameSync(old, this.path);
        throw cause;
      }
      this.settled = true;
      rmSync(old, { recursive: true, force: true });
    });
  }

  /** Removes what was written, unless it was committed. Idempotent. */
  abandon(): void {
    if (this.settled) return;
    this.settled = true;
    try {
      rmSync(this.draft, { recursive: true, force: true });
    } catch {
      // ENOTDIR and the like: it was never made. What led here is reported instead.
    }
  }

  private guard(path: string, action: () => void): void {
    try {
      action();
    } catch (cause) {
      this.abandon();
      throw writeError(path, cause);
    }
  }
}

function assertOurs(path: string, isOurs: (entry: string) => boolean): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) throw cliErrors.error('CLI.CANNOT_WRITE', { path, reason: 'ENOTDIR' });
  let entries: string[];
  try {
    entries = readdirSync(path);
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_WRITE', { path, reason: reasonOf(cause) }, { cause });
  }
  const foreign = entries.find((entry) => !isOurs(entry));
  if (foreign !== undefined) throw cliErrors.error('CLI.OUT_NOT_OURS', { path, example: foreign });
}
