import { FolderWatch, importFiles } from '@cohortium/intake';
import type { Tally } from '@cohortium/intake';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cliErrors } from '../../errors.js';
import { namesIn, reasonOf } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';
import { waysWords } from './messages.js';
import { clock, openTray, stopAsked, tellTally } from './tray-options.js';
import type { TrayOptions } from './tray-options.js';

/** Options of `cohortium intake watch`. */
export interface WatchCommandOptions extends TrayOptions {
  readonly settle: number;
  readonly interval: number;
  readonly once?: true;
}

/** `cohortium intake import`. */
export async function importCommand(terminal: Terminal, paths: readonly string[], options: TrayOptions): Promise<number> {
  const tray = openTray(options);
  let tally: Tally;
  try {
    tally = importFiles(tray, paths.map((path) => resolve(path)), options.maxMib * 2 ** 20); // prettier-ignore
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES')
      throw cliErrors.error('CLI.CANNOT_READ', { path: path ?? '?', reason: reasonOf(cause) }, { cause });
    throw cause;
  }
  tellTally(terminal, tally);
  terminal.jsonObject({ schemaVersion: 1, ...tally, conflicts: tray.conflicts().length });
  return 0;
}

/** `cohortium intake watch`: until stopped, or with `--once` one pass over what is there. */
export async function watchCommand(terminal: Terminal, folder: string, options: WatchCommandOptions): Promise<number> {
  namesIn(folder);
  const tray = openTray(options);
  const total: Tally = { stored: 0, known: 0, rejected: {} };
  let told = '{}';
  const add = ({ stored, known, rejected, unread = {} }: Tally) => {
    // Once, not at every look, as long as it is the same.
    if (JSON.stringify(unread) !== told)
      for (const [reason, count] of Object.entries(unread)) terminal.say(waysWords(terminal.language)('watchUnread', { count, reason }));
    told = JSON.stringify(unread);
    total.stored += stored;
    total.known += known;
    for (const [reason, count] of Object.entries(rejected)) total.rejected[reason] = (total.rejected[reason] ?? 0) + count;
    if (stored + known + Object.keys(rejected).length > 0) terminal.status(`${total.stored}`);
  };
  const settleMs = options.settle * 1000;
  const watch = new FolderWatch({ folder: resolve(folder), tray, clock, maxObjectBytes: options.maxMib * 2 ** 20, settleMs, intervalMs: options.interval * 1000, onRound: add }); // prettier-ignore
  if (options.once) {
    add(watch.look());
    await pause(settleMs + 10);
    add(watch.look());
  } else await watch.run(stopAsked().signal);
  tellTally(terminal, total);
  terminal.jsonObject({ schemaVersion: 1, ...total, conflicts: tray.conflicts().length });
  return 0;
}
