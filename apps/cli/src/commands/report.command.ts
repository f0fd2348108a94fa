import { join, resolve } from 'node:path';
import { resultsSchema } from '@cohortium/analysis';
import type { Results } from '@cohortium/analysis';
import { renderReport, reportTables } from '@cohortium/reporting';
import { cliErrors } from '../errors.js';
import { readText, replaceFile } from '../outputs/files.js';
import { findChromium } from '../report/chromium.js';
import { printPdf } from '../report/print-pdf.js';
import type { Terminal } from '../terminal.js';

/** What `cohortium report` is asked for. */
export interface ReportOptions {
  readonly out: string;
  /** Folder for the tables. */
  readonly csv?: string;
}

/** `cohortium report RESULTS.json --out report.html` or `report.pdf`: the HTML holds both languages, a PDF the one of `--lang`. */
export async function report(terminal: Terminal, resultsFile: string, options: ReportOptions): Promise<number> {
  const results = readResults(resultsFile);
  const html = renderReport(results);
  const path = resolve(options.out);
  const content = path.toLowerCase().endsWith('.pdf') ? await printed(terminal, results, html) : html;
  replaceFile(path, content, reportMode);
  terminal.data(terminal.t('reportWritten', { path }));
  const tables = options.csv === undefined ? undefined : writeTables(terminal, results, resolve(options.csv));
  terminal.jsonObject({ schemaVersion: 1, report: path, ...(tables && { tables }) });
  return 0;
}

/** Reports hold what the protocol lets out: others may read them. */
const reportMode = 0o644;

function writeTables(terminal: Terminal, results: Results, folder: string): string {
  const tables = reportTables(results, terminal.language);
  for (const [name, csv] of tables) replaceFile(join(folder, name), csv, reportMode);
  terminal.data(terminal.t('tablesWritten', { count: tables.size, path: folder }));
  return folder;
}

function printed({ language, t }: Terminal, { science, run }: Results, html: string): Promise<Uint8Array> {
  const { id, version } = science.study;
  const footer = t('printFooter', { study: id, version, run: run.run, model: science.lock.modelSha256.slice(0, 12) });
  return printPdf(html, findChromium(), { language, footer });
}

/** Parses a results.json. @throws `CLI.CANNOT_READ`, `CLI.BAD_RESULTS` */
export function readResults(path: string): Results {
  const bad = (where: string, reason: string) => cliErrors.error('CLI.BAD_RESULTS', { path, where, reason });
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw bad('(root)', 'not JSON');
    throw error;
  }
  const parsed = resultsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw bad(issue?.path.join('.') || '(root)', issue?.message ?? 'unknown');
}
