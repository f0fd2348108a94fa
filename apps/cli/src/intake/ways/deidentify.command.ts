import { DeidentificationProfile, acceptableRisks, deidentificationOptions } from '@cohortium/imaging';
import type { DeidentificationOption, DeidentificationRequest } from '@cohortium/imaging';
import { PseudonymRegistry, deidentifyBatch, filesBelow, intakeErrors } from '@cohortium/intake';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cliErrors } from '../../errors.js';
import { reasonOf, writeDurably, writeError } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';
import { trustErrors } from '../../trust/errors.js';
import { waysWords } from './messages.js';
import { readSiteKey } from './site-key.js';
import { openTray } from './tray-options.js';

/** Options of `cohortium intake deidentify`. */
export interface DeidentifyOptions {
  readonly tray?: string;
  readonly in?: readonly string[];
  readonly key: string;
  readonly out: string;
  readonly options: readonly string[];
  readonly accept: readonly string[];
}

/**
 * `cohortium intake deidentify`: a new folder of de-identified objects, `derived.json` with what depends on times, `deidentification.json` with
 * the record. Objects that cannot be handed on are left out and told; none at all is exit code 3.
 */
export async function deidentifyCommand(terminal: Terminal, options: DeidentifyOptions): Promise<number> {
  const words = waysWords(terminal.language);
  const key = readSiteKey(options.key);
  const request: DeidentificationRequest = {
    key,
    profile: new DeidentificationProfile(
      chosen(terminal, options.options, Object.keys(deidentificationOptions) as DeidentificationOption[]),
    ),
    accepted: chosen(terminal, options.accept, acceptableRisks),
  };
  const inputs = inputsOf(terminal, options, (identity) => key.pseudonym(identity).code);
  const out = resolve(options.out);
  if (existsSync(out)) throw trustErrors.error('CLI.FILE_EXISTS', { path: out });
  const registry = PseudonymRegistry.open(`${resolve(options.key)}.pseudonyms`);
  const draft = `${out}.partial-${randomBytes(4).toString('hex')}`;
  try {
    const write = (path: string, bytes: Uint8Array | string) => {
      mkdirSync(dirname(join(draft, path)), { recursive: true, mode: 0o700 });
      writeDurably(join(draft, path), bytes, 0o600);
    };
    const { record, derived } = deidentifyBatch(inputs.count, inputs.read, request, registry, write);
    if (record.written > 0) {
      write('derived.json', `${JSON.stringify({ schemaVersion: 1, objects: derived })}\n`);
      write('deidentification.json', `${JSON.stringify(record, null, 2)}\n`);
      // A pseudonym counts as given out before anybody can see it.
      registry.save();
      renameSync(draft, out);
    }
    tell(terminal, record, out);
    terminal.jsonObject({ ...record, out: record.written > 0 ? out : null });
    return record.written > 0 ? 0 : 3;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw writeError(out, cause);
    throw cause;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }

  function tell(on: Terminal, record: ReturnType<typeof deidentifyBatch>['record'], path: string): void {
    const counts = new Map<string, number>();
    for (const { problem } of record.refused) counts.set(problem, (counts.get(problem) ?? 0) + 1);
    if (record.written > 0)
      on.data(words('deidentified', { written: record.written, participants: Object.keys(record.participants).length, path }));
    for (const [problem, count] of counts) on.say(words('leftOut', { count, problem }));
  }
}

function inputsOf(
  terminal: Terminal,
  options: DeidentifyOptions,
  pseudonymOf: (identity: { readonly patientId: string; readonly issuer: string }) => string,
): { readonly count: number; readonly read: (at: number) => Uint8Array } {
  const words = waysWords(terminal.language);
  if ((options.tray === undefined) === (options.in === undefined)) throw cliErrors.error('CLI.USAGE', { problem: words('trayOrIn') });
  if (options.tray !== undefined) {
    const tray = openTray({ tray: options.tray, maxMib: 512 });
    const entries = tray.releasedEntries(pseudonymOf);
    if (entries.length === 0) throw cliErrors.error('CLI.USAGE', { problem: words('nothingReleased') });
    return { count: entries.length, read: (at) => tray.read(entries[at]?.sha256 as string) };
  }
  let files: string[];
  try {
    files = (options.in ?? []).flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path: (cause as NodeJS.ErrnoException).path ?? '?', reason: reasonOf(cause) }, { cause });
  }
  if (files.length === 0) throw intakeErrors.error('INTAKE.NO_FILES');
  return { count: files.length, read: (at) => readFileSync(files[at] as string) };
}

function chosen<Name extends string>(terminal: Terminal, names: readonly string[], known: readonly Name[]): Name[] {
  return names.map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined)
      throw cliErrors.error('CLI.USAGE', { problem: waysWords(terminal.language)('unknownName', { name, known: known.join(', ') }) });
    return found;
  });
}
