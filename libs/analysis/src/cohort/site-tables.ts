import { clinicalColumns } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { analysisErrors } from '../errors.js';
import type { CohortFiles } from './read-cohort.js';
import { columnIndex, formatCsv, parseTable } from './table.js';
import type { TextTable } from './table.js';

/** One CSV of a cohort folder that has one per site. */
export interface SiteTable {
  /** Code of the site: the name of the file without `.csv`. */
  readonly site: string;
  readonly csv: string;
}

/**
 * Tables of the sites, one CSV each, as the two tables of a cohort folder. Every CSV has `patient_id`, features and clinical columns; a
 * column `site` may stand in it and must then name its site. Features are the columns of the dictionary where there is one, else those
 * that the protocol lists, else every column that the protocol does not name as a clinical one.
 * @param dictionary text of the feature dictionary
 * @throws `COHORT.MALFORMED_CSV`, `COHORT.DUPLICATE_COLUMN`, `COHORT.EMPTY`, `COHORT.NO_COLUMN`, `COHORT.SITE_COLUMNS`, `COHORT.SITE_MISMATCH`
 */
export function joinSiteTables(
  tables: readonly SiteTable[],
  protocol: Protocol,
  dictionary?: { readonly file: string; readonly csv: string },
): CohortFiles {
  const parsed = tables.map(({ site, csv }) => ({ site, table: parseTable(csv, `${site}.csv`) }));
  const first = parsed[0]?.table;
  if (first === undefined) throw analysisErrors.error('COHORT.EMPTY', { file: '*.csv' });
  for (const { site, table } of parsed) checkTable(site, table, first);
  const columns = first.columns.filter((column) => column !== 'patient_id' && column !== 'site');
  const isFeature = featureTest(protocol, dictionary);
  const part = (wanted: readonly string[]): string =>
    formatCsv(
      ['patient_id', 'site', ...wanted],
      parsed.flatMap(({ site, table }) => rowsOf(table, site, wanted)),
    );
  return { features: part(columns.filter(isFeature)), clinical: part(columns.filter((column) => !isFeature(column))) };
}

/** Columns are compared by name; their order may differ from file to file. */
function checkTable(site: string, table: TextTable, first: TextTable): void {
  columnIndex(table, 'patient_id');
  const named = (columns: readonly string[]): Set<string> => new Set(columns.filter((column) => column !== 'site'));
  for (const [have, lacks] of [
    [first, table],
    [table, first],
  ] as const) {
    const there = named(lacks.columns);
    const missing = have.columns.findIndex((column) => column !== 'site' && !there.has(column));
    // The position, not the name: in a table without header the name may be a participant.
    if (missing >= 0) throw analysisErrors.error('COHORT.SITE_COLUMNS', { file: lacks.file, other: have.file, position: missing + 1 });
  }
  const at = table.columns.indexOf('site');
  if (at < 0) return;
  const wrong = table.rows.findIndex((row) => row[at] !== site);
  if (wrong >= 0) throw analysisErrors.error('COHORT.SITE_MISMATCH', { file: table.file, line: table.lines[wrong] as number });
}

function featureTest(
  protocol: Protocol,
  dictionary: { readonly file: string; readonly csv: string } | undefined,
): (column: string) => boolean {
  const { features } = protocol;
  if (dictionary !== undefined) {
    const table = parseTable(dictionary.csv, dictionary.file);
    const at = columnIndex(table, 'feature');
    const known = new Set(table.rows.map((row) => row[at] as string));
    return (column) => known.has(column);
  }
  if ('list' in features) {
    const listed = new Set(features.list);
    return (column) => listed.has(column);
  }
  const clinical = clinicalColumns(protocol);
  return (column) => !clinical.has(column);
}

function rowsOf(table: TextTable, site: string, wanted: readonly string[]): string[][] {
  const id = columnIndex(table, 'patient_id');
  const at = wanted.map((column) => columnIndex(table, column));
  return table.rows.map((row) => [row[id] as string, site, ...at.map((index) => row[index] as string)]);
}
