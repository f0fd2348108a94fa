import { IntakeTray } from '@cohortium/intake';
import type { Tally } from '@cohortium/intake';
import { resolve } from 'node:path';
import { writeError } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';
import { waysWords } from './messages.js';

/** Options of every command that hands something in. */
export interface TrayOptions {
  readonly tray: string;
  /** Largest object in MiB. */
  readonly maxMib: number;
}

/** The clock of the machine. */
export const clock = { nowMs: () => Date.now() };

/** Opens the tray. @throws `CLI.CANNOT_WRITE`, `CLI.DISK_FULL` */
export function openTray({ tray, maxMib }: TrayOptions): IntakeTray {
  const path = resolve(tray);
  try {
    return IntakeTray.open(path, clock, maxMib * 2 ** 20);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Tells what became of what was handed in. */
export function tellTally(terminal: Terminal, tally: Tally): void {
  const words = waysWords(terminal.language);
  const rejected = Object.values(tally.rejected).reduce((sum, count) => sum + count, 0);
  terminal.data(words('tally', { stored: tally.stored, known: tally.known, rejected }));
  for (const [reason, count] of Object.entries(tally.rejected)) terminal.data(words('rejectedFor', { reason, count }));
}

/** Resolves when the process is asked to stop. */
export function stopAsked(): { readonly signal: AbortSignal; readonly asked: Promise<void> } {
  const controller = new AbortController();
  const asked = new Promise<void>((done) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.once(name, () => {
        controller.abort();
        done();
      });
  });
  return { signal: controller.signal, asked };
}
