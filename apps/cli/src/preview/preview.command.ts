import { parseSiteId } from '@cohortium/kernel';
import { reasonText } from '@cohortium/reporting';
import { prepareStudy, readCohortFolder, readProtocolFile } from '../cohort/prepare-cohort.js';
import { cliErrors } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { previewWords } from './messages.js';
import { withStandIns } from './stand-ins.js';
import { watchSite } from './watch-site.js';
import type { PreviewedMessage } from './watch-site.js';

/** Options of `cohortium preview`. */
export interface PreviewOptions {
  readonly protocol: string;
  readonly cohort: string;
  readonly site: string;
  readonly external?: readonly string[];
}

const shownValues = 6;

/** `cohortium preview --protocol F --cohort DIR --site S`: what would leave a site, exactly, before its approval. */
export async function preview(terminal: Terminal, options: PreviewOptions): Promise<number> {
  const words = previewWords(terminal.language);
  const base = readProtocolFile(options.protocol);
  const folder = readCohortFolder(options.cohort, base);
  const site = parseSiteId(options.site);
  const { tables, standIns } = withStandIns(folder, base, site);
  const study = prepareStudy(base, tables, { external: options.external, synthetic: base.synthetic });
  if (!study.cohorts.has(site)) throw cliErrors.error('CLI.USAGE', { problem: words('noSite', { site }) });
  if (standIns.length > 0) terminal.say(words('standIns', { sites: standIns.join(', '), site }));
  const { messages, endedBy } = await watchSite(study, site);
  if (!terminal.json) print(terminal, messages, study.protocol.clauses);
  if (endedBy !== null) terminal.say(words('endedBy', { code: endedBy }));
  const sent = messages.filter(({ decision }) => decision === 'released');
  const total = { messages: sent.length, bytes: sumOf(sent.map(({ bytes }) => bytes)), withheld: messages.length - sent.length };
  terminal.data(words('totalLine', { ...total, site }));
  terminal.data(words('allValues'));
  terminal.jsonObject({ schemaVersion: 1, site, standIns, ...total, endedBy, values: messages });
  return endedBy === null ? 0 : 3;
}

interface ClauseText {
  readonly clauseId: string;
  readonly purpose: Readonly<Record<'en' | 'zh', string>>;
}

function print(terminal: Terminal, messages: readonly PreviewedMessage[], clauses: readonly ClauseText[]): void {
  const words = previewWords(terminal.language);
  for (const { clauseId, purpose } of clauses) {
    const own = messages.filter((message) => message.clauseId === clauseId);
    if (own.length === 0) continue;
    terminal.data(words('clauseLine', { clause: clauseId, purpose: purpose[terminal.language] }));
    for (const operation of new Set(own.map((message) => message.operation)))
      printOperation(
        terminal,
        own.filter((m) => m.operation === operation),
      );
  }
  const without = messages.filter((message) => message.clauseId === null);
  if (without.length > 0) printOperation(terminal, without);
}

/** One operation under one clause: how often, how large, and the values of its first message. */
function printOperation(terminal: Terminal, messages: readonly PreviewedMessage[]): void {
  const words = previewWords(terminal.language);
  const released = messages.filter(({ decision }) => decision === 'released');
  const [first] = released;
  if (first) {
    const { operation, kind, scope } = first;
    const sizes = released.map(({ bytes }) => bytes);
    const smallest = Math.min(...released.map(({ smallestCount }) => smallestCount));
    terminal.data(
      words('operationLine', {
        operation,
        kind,
        scope,
        messages: released.length,
        bytes: sumOf(sizes),
        largest: Math.max(...sizes),
        smallest,
      }),
    );
    terminal.data(words('valuesLine', { round: first.round, values: valuesText(first, words) }));
  }
  const withheld = messages.filter(({ decision }) => decision === 'withheld');
  for (const reason of new Set(withheld.map((message) => message.reason))) {
    const same = withheld.filter((message) => message.reason === reason);
    const { operation } = same[0] as PreviewedMessage;
    terminal.data(words('withheldLine', { operation, reason: reasonText(reason ?? '', terminal.language), count: same.length }));
  }
}

function valuesText({ values }: PreviewedMessage, words: ReturnType<typeof previewWords>): string {
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) return JSON.stringify(values);
  const shown = values.slice(0, shownValues).map((value) => String(value));
  if (values.length > shownValues) shown.push(words('more', { count: values.length - shownValues }));
  return shown.join(', ');
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}
