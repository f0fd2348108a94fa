import { aggregationCodes } from './aggregation-codes.js';
import type { CandidateValue } from './checked-rows.js';
import { ibsiErrors } from './errors.js';
import { parseCsv } from './reference-table.js';
import type { ReferenceRow } from './reference-table.js';

/** Names under which other tools' tables may hold a column. */
const headings = {
  value: ['value'],
  tag: ['tag'],
  code: ['ibsi_code', 'ibsicode', 'code'],
  aggregation: ['aggregation_code', 'aggregationcode', 'aggregation'],
  name: ['feature', 'name'],
  filter: ['filter'],
} as const;

/**
 * Reads the values of another tool: a CSV with `value` and either `tag` or `ibsi_code` (with `aggregation`, `feature` where needed).
 * An aggregation may be given by its IBSI code, by the word of the compliance table (`3D_merged`) or by ours (`3D:merged`). Rows of a
 * filtered image and rows without a number are passed over.
 * @param rows the table that the values will be compared with
 * @throws `RADIOMICS.BAD_REFERENCE_TABLE`
 */
export function parseToolValues(csv: string, rows: readonly ReferenceRow[]): readonly CandidateValue[] {
  const [header = [], ...records] = parseCsv(csv);
  const lower = header.map((name) => name.trim().toLowerCase());
  const place = (column: keyof typeof headings) => headings[column].map((name) => lower.indexOf(name)).find((at) => at >= 0) ?? -1;
  const at = {
    value: place('value'),
    tag: place('tag'),
    code: place('code'),
    aggregation: place('aggregation'),
    name: place('name'),
    filter: place('filter'),
  };
  if (at.value < 0) throw ibsiErrors.error('RADIOMICS.BAD_REFERENCE_TABLE', { problem: 'column', column: 'value', line: 1 });
  if (at.tag < 0 && at.code < 0)
    throw ibsiErrors.error('RADIOMICS.BAD_REFERENCE_TABLE', { problem: 'column', column: 'ibsi_code', line: 1 });
  const codes = aggregationWords(rows);
  return records.flatMap((record) => {
    const cell = (index: number) => (index < 0 ? '' : (record[index] ?? '').trim());
    const value = cell(at.value) === '' ? NaN : Number(cell(at.value));
    const filter = cell(at.filter);
    if (!Number.isFinite(value) || (filter !== '' && filter !== 'none')) return [];
    const ibsiCode = cell(at.code);
    const aggregationCode = codes(cell(at.aggregation), ibsiCode);
    return [{ ...(cell(at.tag) === '' ? {} : { tag: cell(at.tag) }), ibsiCode, aggregationCode, name: cell(at.name), value }];
  });
}

/** Turns any word for an aggregation into its code; `2D_avg` means another one for zone matrices than for co-occurrence. */
function aggregationWords(rows: readonly ReferenceRow[]): (word: string, ibsiCode: string) => string {
  const words = new Map(rows.map(({ ibsiCode, aggregation, aggregationCode }) => [`${ibsiCode} ${aggregation}`, aggregationCode]));
  const ours = new Map<string, string>(Object.entries(aggregationCodes));
  return (word, ibsiCode) => words.get(`${ibsiCode} ${word}`) ?? ours.get(word) ?? word;
}
