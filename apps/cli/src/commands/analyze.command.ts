import {
  findMethod,
  formatCsv,
  methodParamsSchema,
  methods,
  parseMethodParams,
  readMethodTable,
  readSummaryTable,
} from '@cohortium/analysis';
import type { AnyMethod, MethodTable, StayingColumns, TableOptions } from '@cohortium/analysis';
import { operationName } from '@cohortium/federation';
import type { SiteId } from '@cohortium/kernel';
import { stringify } from 'yaml';
import { analyzeWords } from '../analyze/messages.js';
import { readParams, readTable, withColumns } from '../analyze/read-input.js';
import { runMethod, runWithoutSites } from '../analyze/run-method.js';
import type { LeafCount } from '../analyze/run-method.js';
import { cliErrors } from '../errors.js';
import { replaceFile } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium analyze`. */
export interface AnalyzeOptions {
  /** Needed unless the operation works on its parameters alone. */
  readonly table?: string;
  readonly id?: string;
  readonly site?: string;
  readonly split?: { readonly count: number; readonly seed: string };
  readonly orient: 'rows' | 'cols';
  readonly params?: string;
  readonly pooled?: true;
  readonly rows?: string;
}

/** `cohortium analyze OPERATION --table F --id COL ...`: any single operation of the catalogue on a table of any columns. */
export async function analyze(terminal: Terminal, operation: string, options: AnalyzeOptions): Promise<number> {
  const words = analyzeWords(terminal.language);
  if (options.site !== undefined && options.split !== undefined) throw cliErrors.error('CLI.USAGE', { problem: words('oneSource') });
  const method = findMethod(operation);
  const params = parseMethodParams(method, readParams(options.params));
  if (method.input === 'none' || method.input === 'summaries') return withoutSites(terminal, method, params, options);
  const { file, id } = needTable(terminal, options);
  const inline = method.inlineColumns?.(params) ?? {};
  const text = withColumns(readTable(file, options.orient, id), inline);
  const table = readMethodTable(text, { id, sites: siteSource(options), categories: method.categories?.(params) ?? [] });
  const { estimates, leaves, stays } = await runMethod(method, params, table, options.pooled === true);
  if (options.rows !== undefined) {
    const path = replaceFile(options.rows, rowsCsv(id, table, stays ?? new Map()));
    terminal.say(words('rowsWritten', { path }));
  }
  terminal.data(stringify(estimates, { lineWidth: 0 }).trimEnd());
  sayLeaves(terminal, leaves, table.sites.size);
  const renamed = [...table.siteNames].filter(([code, name]) => code !== name);
  const site_names = Object.fromEntries(renamed);
  for (const [code, name] of renamed) terminal.say(words('siteCode', { code, name }));
  const result = { schemaVersion: 1, operation, definition: method.definition(params), estimates, leaves };
  terminal.jsonObject(renamed.length === 0 ? result : { ...result, site_names });
  return 0;
}

/** @throws `CLI.USAGE` where the table or its id column was not named */
function needTable(terminal: Terminal, { table, id }: AnalyzeOptions): { readonly file: string; readonly id: string } {
  if (table === undefined || id === undefined)
    throw cliErrors.error('CLI.USAGE', { problem: analyzeWords(terminal.language)('needsTable') });
  return { file: table, id };
}

/** An operation on a table of site summaries (its id column names the sites), or on parameters alone. */
async function withoutSites(terminal: Terminal, method: AnyMethod, params: unknown, options: AnalyzeOptions): Promise<number> {
  const words = analyzeWords(terminal.language);
  const table = method.input === 'summaries' ? needTable(terminal, options) : null;
  const summaries = table ? readSummaryTable(readTable(table.file, options.orient, table.id), table.id) : undefined;
  const estimates = await runWithoutSites(method, params, summaries);
  terminal.data(stringify(estimates, { lineWidth: 0 }).trimEnd());
  terminal.say(words('leavesNone'));
  terminal.jsonObject({ schemaVersion: 1, operation: method.name, definition: method.definition(params), estimates, leaves: [] });
  return 0;
}

function siteSource({ site, split }: AnalyzeOptions): TableOptions['sites'] {
  if (site !== undefined) return { column: site };
  return split ?? 'one';
}

function sayLeaves(terminal: Terminal, leaves: readonly LeafCount[], sites: number): void {
  const words = analyzeWords(terminal.language);
  terminal.say(leaves.length === 0 ? words('leavesNothing') : words('leavesTitle', { sites }));
  for (const { operation, messages, largestBytes } of leaves)
    terminal.say(`  ${words('leafLine', { operation, messages, bytes: largestBytes })}`);
}

/** One line per row of the table, sites in ascending order: participant, site, then the columns; an empty cell where there is no value. */
function rowsCsv(id: string, table: MethodTable, stays: ReadonlyMap<SiteId, StayingColumns>): string {
  const columns = [...new Set([...stays.values()].flatMap((site) => Object.keys(site)))];
  const rows = [...table.participants].flatMap(([site, participants]) =>
    participants.map((participant, i) => {
      const values = columns.map((column) => stays.get(site)?.[column]?.[i] ?? NaN);
      return [participant, table.siteNames.get(site) as string, ...values.map((value) => (Number.isNaN(value) ? '' : String(value)))];
    }),
  );
  return formatCsv([id, 'site', ...columns], rows);
}

/** `cohortium operations [NAME]`: what there is, with parameters, definition, and what leaves. */
export function operations(terminal: Terminal, name: string | undefined): Promise<number> {
  const words = analyzeWords(terminal.language);
  const chosen = name === undefined ? [...methods.values()] : [findMethod(name)];
  for (const method of chosen) {
    terminal.data(`${terminal.strong(method.name)}  ${method.title[terminal.language]}`);
    if (name === undefined) continue;
    terminal.data(`\n${words('leavesAre')}`);
    for (const { query, shape } of method.leaves) terminal.data(`  ${operationName(query)} (${query.kind}): ${shape}`);
    terminal.data(`\n${words('paramsTitle')}\n${JSON.stringify(methodParamsSchema(method), null, 2)}`);
  }
  terminal.jsonObject({
    schemaVersion: 1,
    operations: chosen.map((method) => ({
      operation: method.name,
      title: method.title,
      params: methodParamsSchema(method),
      leaves: method.leaves.map(({ query, shape }) => ({ operation: operationName(query), kind: query.kind, shape })),
    })),
  });
  return Promise.resolve(0);
}
