import type { Clock } from '@cohortium/kernel';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeWhole } from '../tray/durable-files.js';
import type { IntakeTray } from '../tray/tray.js';
import { emptyTally, filesBelow, takeFile } from './import-folder.js';
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

  /** One look: takes the files that are complete by now. */
  look(): Tally {
    const { folder, tray, clock, maxObjectBytes, settleMs = 5000 } = this.options;
    const tally = emptyTally();
    const nowMs = clock.nowMs();
    let changed = false;
    for (const file of filesBelow(folder)) {
      const stamp = stampOf(file);
      if (stamp === undefined || this.taken.get(digest(file)) === stamp) continue;
      const seen = this.sights.get(file);
      if (seen?.stamp !== stamp) this.sights.set(file, { stamp, sinceMs: nowMs });
      else if (nowMs - seen.sinceMs >= settleMs) {
        takeFile(tray, file, this.pushAt(nowMs), 'watch', maxObjectBytes, tally);
        this.sights.delete(file);
        // Names may identify a participant: the journal holds digests.
        this.taken.set(digest(file), stamp);
        changed = true;
      }
    }
    if (changed) writeWhole(this.journal, Buffer.from(JSON.stringify([...this.taken])), join(tray.folder, 'incoming'));
    return tally;
  }

  /** Looks until told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.options.onRound?.(this.look());
      await pause(this.options.intervalMs ?? 2000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Files that become complete within a minute of each other belong to one export. */
  private pushAt(nowMs: number): string {
    const fresh = this.push === undefined || nowMs - this.push.lastMs > 60_000;
    this.push = { name: fresh ? `watch-${nowMs}` : (this.push?.name ?? ''), lastMs: nowMs };
    return this.push.name;
  }
}

/** Undefined where the file went away meanwhile. */
function stampOf(file: string): string | undefined {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  } catch {
    return undefined;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
