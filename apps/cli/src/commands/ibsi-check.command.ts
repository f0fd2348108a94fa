import { checkRows, parseToolValues } from '@cohortium/radiomics';
import type { IbsiDatasetName } from '@cohortium/radiomics';
import { readText } from '../outputs/files.js';
import { reportChecks } from '../radiomics/check-report.js';
import { radiomicsCliErrors } from '../radiomics/errors.js';
import { readTable } from '../radiomics/ibsi-data.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium ibsi-check`. */
export interface IbsiCheckOptions {
  readonly csv: string;
  readonly dataset: IbsiDatasetName;
  readonly data?: string;
}

/**
 * `cohortium ibsi-check --csv FILE --dataset NAME`: another tool's features against the tables. Rows that the tool leaves out are counted
 * as missing and do not fail. Exit code 6 when one fails.
 */
export async function ibsiCheck(terminal: Terminal, { csv, dataset, data }: IbsiCheckOptions): Promise<number> {
  const table = readTable(dataset, data ?? process.env['COHORTIUM_REFERENCE']);
  const rows = checkRows(table, parseToolValues(readText(csv), table));
  if (rows.every(({ value }) => value === null)) throw radiomicsCliErrors.error('CLI.NOTHING_MATCHED', { path: csv, dataset });
  return reportChecks(terminal, rows, ({ pass, value }) => value !== null && !pass);
}
