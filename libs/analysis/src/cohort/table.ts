import { CsvError, parse } from 'csv-parse/sync';
import { analysisErrors } from '../errors.js';

/** A CSV as text cells. `lines[i]` is the line of the file on which row i ends. */
export interface TextTable {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/**
 * Parses a CSV (RFC 4180, UTF-8 with or without BOM). Its cells are separated by commas, or by what the header uses in their place: semicolons or
 * tabs.
 * @param file the name that errors show
 * @throws `COHORT.MALFORMED_CSV`, `COHORT.NOT_UTF8`, `COHORT.DUPLICATE_COLUMN`, `COHORT.EMPTY`
 */
export function parseTable(csv: string, file: string): TextTable {
  // What a decoder puts in place of bytes that are no UTF-8; different names would become the same.
  const undecoded = csv.indexOf('\uFFFD');
  if (undecoded >= 0) throw analysisErrors.error('COHORT.NOT_UTF8', { file, line: csv.slice(0, undecoded).split('\n').length });
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(csv, {
      delimiter: delimiterOf(csv),
      bom: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: 16_000_000,
    }) as unknown as typeof records;
  } catch (cause) {
    const line = cause instanceof CsvError ? Number((cause as unknown as { lines?: number }).lines ?? 0) : 0;
    // The parser's own message quotes the row; only its code may be shown.
    throw analysisErrors.error('COHORT.MALFORMED_CSV', { file, line, reason: cause instanceof CsvError ? cause.code : 'unreadable' });
  }
  const header = records[0]?.record ?? [];
  const seen = new Map<string, number>();
  header.forEach((column, index) => {
    const earlier = seen.get(column);
    // The name itself is not shown: in a table without header, or one that is turned over, it may be a participant.
    if (earlier !== undefined) throw analysisErrors.error('COHORT.DUPLICATE_COLUMN', { file, first: earlier + 1, second: index + 1 });
    seen.set(column, index);
  });
  if (records.length < 2) throw analysisErrors.error('COHORT.EMPTY', { file });
  const body = records.slice(1);
  return { file, columns: header, rows: body.map((r) => r.record), lines: body.map((r) => r.info.lines) };
}

/** The separator of the header, which stands outside of quotes. */
function delimiterOf(csv: string): string {
  const header = (/^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(csv)?.[0] ?? '').replace(/"(?:[^"]|"")*"/g, '');
  return header.includes(',') ? ',' : (['\t', ';'].find((mark) => header.includes(mark)) ?? ',');
}

/** Position of a column. @throws `COHORT.NO_COLUMN` */
export function columnIndex(table: TextTable, column: string): number {
  const index = table.columns.indexOf(column);
  if (index < 0) throw analysisErrors.error('COHORT.NO_COLUMN', { file: table.file, column });
  return index;
}

/** Row number by participant. @throws `COHORT.DUPLICATE_PARTICIPANT`, `COHORT.NO_COLUMN` */
export function indexParticipants(table: TextTable): Map<string, number> {
  const at = columnIndex(table, 'patient_id');
  const byParticipant = new Map<string, number>();
  table.rows.forEach((row, index) => {
    const id = row[at] as string;
    const earlier = byParticipant.get(id);
    if (earlier !== undefined) {
      throw analysisErrors.error('COHORT.DUPLICATE_PARTICIPANT', {
        file: table.file,
        first: table.lines[earlier] as number,
        second: table.lines[index] as number,
      });
    }
    byParticipant.set(id, index);
  });
  return byParticipant;
}

const missingCells = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']);

/** True for an empty cell and the usual words for "not available". */
export function isMissing(cell: string): boolean {
  return missingCells.has(cell.trim());
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** The number in a cell, NaN for a missing one. @throws `COHORT.NOT_A_NUMBER` */
export function cellNumber(table: TextTable, row: number, column: number): number {
  const cell = table.rows[row]?.[column] ?? '';
  if (isMissing(cell)) return NaN;
  const text = cell.trim();
  const value = decimal.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) {
    throw analysisErrors.error('COHORT.NOT_A_NUMBER', {
      file: table.file,
      column: table.columns[column] ?? '',
      line: table.lines[row] ?? 0,
    });
  }
  return value;
}

/** Writes text cells as CSV; quotes where RFC 4180 asks for it. */
export function formatCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const quote = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [columns, ...rows].map((row) => row.map(quote).join(',')).join('\n') + '\n';
}
