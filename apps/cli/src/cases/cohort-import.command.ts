import { parseSiteId } from '@cohortium/kernel';
import { readText, replaceFile } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { takeTable, tellClinical } from './cohort-build.command.js';
import { casesWords } from './messages.js';

/** Options of `cohortium cohort import`. */
export interface CohortImportOptions {
  readonly site: string;
  readonly out: string;
  readonly mapping?: string;
  readonly key?: string;
  readonly issuer?: string;
}

/** `cohortium cohort import TABLE --site S --out clinical.csv`: a hospital's clinical table in the form of a study; every row left out is listed. */
export async function cohortImport(terminal: Terminal, table: string, options: CohortImportOptions): Promise<number> {
  const csv = readText(table);
  const file = 'clinical table';
  const taken = takeTable(csv, parseSiteId(options.site), file, options);
  const path = replaceFile(options.out, taken.csv);
  tellClinical(terminal, options.site, taken);
  terminal.data(casesWords(terminal.language)('where', { path }));
  const { accepted, rejected, her2, crossTable, discordant } = taken;
  terminal.jsonObject({ schemaVersion: 1, out: path, site: options.site, accepted, rejected, her2, crossTable, discordant });
  return 0;
}
