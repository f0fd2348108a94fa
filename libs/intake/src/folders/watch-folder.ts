import type { Clock } from '@cohortium/kernel';
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeWhole } from '../tray/durable-files.js';
import type { IntakeTray } from '../tray/tray.js';
import { emptyTally, takeFile } from './import-folder.js';
import type { Tally } from './import-folder.js';

/** How a folder is watched. */
export interface WatchOptions {
  readonly folder: string;
  readonly tray: IntakeTray;
  readonly clock: Clock;
  readonly maxObjectBytes: number;
  /** A file counts as complete when size and time of change were the same for so long. */
  readonly settleMs?: number;
  readonly intervalMs?: number;
  readonly onRound?: (tally: Tally) => void;
}

interface Sight {
  readonly stamp: string;
  readonly sinceMs: number;
}

/**
 * A folder into which a scanner or a person copies files. It is looked at again and again, since shares of other machines tell of no change.
 * Files stay where they are; which were taken, and in what state, is kept in the tray, so that a restart takes up where it was.
 */
export class FolderWatch {
  private readonly sights = new Map<string, Sight>();
  private readonly taken: Map<string, string>;
  private readonly journal: string;
  private push: { readonly name: string; readonly lastMs: number } | undefined;

  constructor(private readonly options: WatchOptions) {
    this.journal = join(options.tray.folder, `watch-${digest(options.folder).slice(0, 16)}.json`);
    this.taken = new Map(existsSync(this.journal) ? (JSON.parse(readFileSync(this.journal, 'utf8')) as [string, string][]) : []);
  }

  /**
   * One look: takes the files that are complete by now. What cannot be read is counted and tried again at the next look.
   * @throws the system's error where the tray cannot be written, for instance to a full disk
   */
  look(): Tally {
    const tally = emptyTally();
    const unread: Record<string, number> = {};
    let changed = false;
    const passOver = (error: unknown) => {
      const code = this.codeOfPassing(error);
      if (code !== 'ENOENT') unread[code] = (unread[code] ?? 0) + 1;
    };
    try {
      for (const file of filesIn(this.options.folder, (error, isRoot) => {
        if (isRoot && codeOf(error) === 'ENOENT') unread['ENOENT'] = 1;
        else passOver(error);
      })) {
        try {
          if (this.lookAt(file, tally)) changed = true;
        } catch (error) {
          passOver(error);
        }
      }
    } finally {
      if (changed) this.save();
    }
    return Object.keys(unread).length > 0 ? { ...tally, unread } : tally;
  }

  /** Looks until told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.options.onRound?.(this.look());
      await pause(this.options.intervalMs ?? 2000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns true where the file was taken */
  private lookAt(file: string, tally: Tally): boolean {
    const { tray, clock, maxObjectBytes, settleMs = 5000 } = this.options;
    const nowMs = clock.nowMs();
    const { size, mtimeMs } = statSync(file);
    const stamp = `${size} ${mtimeMs}`;
    if (this.taken.get(digest(file)) === stamp) return false;
    const seen = this.sights.get(file);
    if (seen?.stamp !== stamp) {
      this.sights.set(file, { stamp, sinceMs: nowMs });
      return false;
    }
    if (nowMs - seen.sinceMs < settleMs) return false;
    takeFile(tray, file, this.pushAt(nowMs), 'watch', maxObjectBytes, tally);
    this.sights.delete(file);
    // Names may identify a participant: the journal holds digests.
    this.taken.set(digest(file), stamp);
    return true;
  }

  private save(): void {
    writeWhole(this.journal, Buffer.from(JSON.stringify([...this.taken])), join(this.options.tray.folder, 'incoming'));
  }

  /** The system's code of an error that leaves the watch going. @throws the error where it is the tray that fails, or the program */
  private codeOfPassing(error: unknown): string {
    const code = codeOf(error);
    const { path } = error as NodeJS.ErrnoException;
    if (code === undefined || ofTray.has(code) || path?.startsWith(`${this.options.tray.folder}${sep}`) === true) throw error;
    return code;
  }

  /** Files that become complete within a minute of each other belong to one export. */
  private pushAt(nowMs: number): string {
    const fresh = this.push === undefined || nowMs - this.push.lastMs > 60_000;
    this.push = { name: fresh ? `watch-${nowMs}` : (this.push?.name ?? ''), lastMs: nowMs };
    return this.push.name;
  }
}

/** Errors of writing: nothing that comes could be kept. */
const ofTray: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE']);

/** Code of an error of the system; undefined for any other. */
function codeOf(error: unknown): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? undefined : code;
}

/** As `filesBelow`, but a folder that cannot be read, or went away meanwhile, does not hide the others. */
function filesIn(folder: string, onError: (error: unknown, isRoot: boolean) => void, isRoot = true): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    onError(error, isRoot);
    return [];
  }
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => join(folder, name));
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  return [...files, ...folders.flatMap((below) => filesIn(below, onError, false))].sort();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
