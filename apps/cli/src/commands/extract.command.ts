import { availableParallelism } from 'node:os';
import { extname, resolve } from 'node:path';
import type { ExtractedFeature } from '@cohortium/radiomics';
import { cliErrors } from '../errors.js';
import { BatchJournal } from '../radiomics/batch-journal.js';
import { ThreadRunner } from '../radiomics/case-runner.js';
import type { CaseRunner, RunnerContext } from '../radiomics/case-runner.js';
import { readCases } from '../radiomics/cases-file.js';
import { extractCase } from '../radiomics/extract-case.js';
import type { ExtractionDocument } from '../radiomics/extract-case.js';
import { longCsv, wideCsv } from '../radiomics/feature-tables.js';
import { radiomicsWords } from '../radiomics/messages.js';
import { readSettings } from '../radiomics/read-settings.js';
import { runBatch } from '../radiomics/run-batch.js';
import type { CaseOutcome } from '../radiomics/run-batch.js';
import { softwareFacts } from '../radiomics/software-facts.js';
import { replaceFile } from '../outputs/files.js';
import { table } from '../terminal.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium extract`. */
export interface ExtractOptions {
  readonly image?: string;
  readonly mask?: string;
  readonly label?: number;
  readonly settings: string;
  readonly sequence?: string;
  readonly csv?: true;
  readonly out?: string;
  readonly batch?: string;
  readonly workers?: number;
}

/** `cohortium extract`: the features of one region, or of every region of a list. */
export async function extractCommand(terminal: Terminal, options: ExtractOptions): Promise<number> {
  assertUsable(terminal, options);
  const context: RunnerContext = { settings: readSettings(options.settings, options.sequence), software: softwareFacts() };
  if (options.batch !== undefined) return extractBatch(terminal, options, options.batch, context);
  const { image, mask, label } = options as { image: string; mask: string; label?: number };
  const document = extractCase({ image, mask, label }, context.settings, context.software);
  tellExtraction(terminal, document);
  if (options.out !== undefined) {
    const path = replaceFile(
      options.out,
      wantsCsv(options) ? longCsv(document.features, document.diagnostics) : `${JSON.stringify(document, null, 1)}\n`,
    );
    terminal.data(radiomicsWords(terminal.language)('written', { path }));
    terminal.jsonObject({ schemaVersion: 1, out: path, features: document.features.length, settingsHash: document.settingsHash });
  } else if (options.csv) terminal.data(longCsv(document.features, document.diagnostics).trimEnd());
  else {
    terminal.data(featureTable(terminal, document.features));
    terminal.jsonObject(document);
  }
  return 0;
}

/** @throws `CLI.USAGE` */
function assertUsable({ t, json }: Terminal, { image, mask, label, batch, csv }: ExtractOptions): void {
  const missing = batch !== undefined ? undefined : image === undefined ? '--image' : mask === undefined ? '--mask' : undefined;
  if (missing !== undefined) throw cliErrors.error('CLI.USAGE', { problem: t('usageMissingOption', { subject: missing }) });
  const excess = batch === undefined ? [] : [image && '--image', mask && '--mask', label !== undefined && '--label'].filter(Boolean);
  if (excess.length > 0)
    throw cliErrors.error('CLI.USAGE', { problem: t('usageInvalidArgument', { subject: `--batch, ${excess.join(', ')}` }) });
  if (csv && json) throw cliErrors.error('CLI.USAGE', { problem: t('usageInvalidArgument', { subject: '--csv, --json' }) });
}

function wantsCsv({ csv, out }: ExtractOptions): boolean {
  return csv === true || (out !== undefined && extname(out).toLowerCase() === '.csv');
}

function tellExtraction(terminal: Terminal, { features, mask, settings, settingsHash, undefinedFeatures }: ExtractionDocument): void {
  const words = radiomicsWords(terminal.language);
  const counts = { features: features.length, voxels: mask.voxels };
  terminal.say(words('extracted', { ...counts, settings: settings.name, hash: settingsHash.slice(0, 12) }));
  if (undefinedFeatures.length === 0) return;
  terminal.say(words('undefinedFeatures', { count: undefinedFeatures.length }));
  for (const { message } of undefinedFeatures) terminal.say(`  ${message}`);
}

function featureTable(terminal: Terminal, features: readonly ExtractedFeature[]): string {
  const words = radiomicsWords(terminal.language);
  const filtered = features.some(({ filter }) => filter !== null);
  const header = [
    words('familyColumn'),
    words('featureColumn'),
    words('codeColumn'),
    words('aggregationColumn'),
    ...(filtered ? [words('filterColumn')] : []),
    words('valueColumn'),
    words('unitColumn'),
  ];
  const rows = features.map(({ family, name, ibsiCode, aggregation, filter, value, unit }) => [
    family,
    name,
    ibsiCode ?? '',
    aggregation ?? '',
    ...(filtered ? [filter ?? ''] : []),
    String(Number(value.toPrecision(6))),
    unit,
  ]);
  return table(header, rows, [header.length - 2]);
}

async function extractBatch(terminal: Terminal, options: ExtractOptions, list: string, context: RunnerContext): Promise<number> {
  const cases = readCases(list);
  const workers = Math.min(options.workers ?? availableParallelism(), cases.length);
  const journal = options.out === undefined ? undefined : new BatchJournal(`${resolve(options.out)}.cases.jsonl`);
  const runners: CaseRunner[] = Array.from({ length: workers }, () => new ThreadRunner(context));
  try {
    const progress = new BatchProgress(terminal, cases.length, workers);
    const outcomes = await runBatch(cases, context, runners, journal, progress, () => performance.now());
    terminal.clearStatus();
    return finishBatch(terminal, options, outcomes, context);
  } finally {
    await Promise.all(runners.map((runner) => runner.close()));
    journal?.close();
  }
}

/** One line per case, and where it fits, a status line with the time that is left. */
class BatchProgress {
  private readonly words;
  private done = 0;
  private failed = 0;
  private computed = 0;
  private spentMs = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly count: number,
    private readonly workers: number,
  ) {
    this.words = radiomicsWords(terminal.language);
  }

  ended(outcome: CaseOutcome, ms: number): void {
    this.done++;
    const place = { done: this.done, count: this.count, name: outcome.name };
    if ('error' in outcome) {
      this.failed++;
      const [what] = outcome.error.render(this.terminal.language).split('\n');
      this.terminal.say(this.words('batchFailed', { ...place, reason: what ?? outcome.error.code }));
    } else if (!outcome.resumed) this.terminal.say(this.words('batchDone', { ...place, seconds: (ms / 1000).toFixed(1) }));
    if (ms > 0) {
      this.computed++;
      this.spentMs += ms;
    }
    const leftMs = ((this.spentMs / Math.max(1, this.computed)) * (this.count - this.done)) / this.workers;
    this.terminal.status(
      this.words('batchStatus', { done: this.done, count: this.count, failed: this.failed, seconds: Math.ceil(leftMs / 1000) }),
    );
  }
}

function finishBatch(
  terminal: Terminal,
  options: ExtractOptions,
  outcomes: readonly CaseOutcome[],
  { settings, software }: RunnerContext,
): number {
  const words = radiomicsWords(terminal.language);
  const good = outcomes.flatMap((outcome) => ('document' in outcome ? [outcome] : []));
  const bad = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  terminal.say(words('batchSummary', { good: good.length, resumed: good.filter(({ resumed }) => resumed).length, bad: bad.length }));
  if (bad.length > 0) {
    terminal.say(words('batchFailedTitle'));
    for (const { name, error } of bad) terminal.say(`  ${name}: ${error.render(terminal.language).split('\n').slice(0, 2).join(' ')}`);
  }
  const failed = bad.map(({ name, error }) => ({ case: name, error: error.toJSON() }));
  const cases = good.map(({ name, document }) => ({ case: name, ...document }));
  const csv = () => wideCsv(good.map(({ name, document }) => ({ name, features: document.features })));
  if (options.out !== undefined) {
    const path = replaceFile(
      options.out,
      wantsCsv(options) ? csv() : `${JSON.stringify({ schemaVersion: 1, settings, software, cases, failed })}\n`,
    );
    terminal.data(words('written', { path }));
    terminal.jsonObject({ schemaVersion: 1, out: path, cases: good.length, failed });
  } else {
    terminal.data(csv().trimEnd());
    terminal.jsonObject({ schemaVersion: 1, settings, software, cases, failed });
  }
  return bad.length === 0 ? 0 : 2;
}
