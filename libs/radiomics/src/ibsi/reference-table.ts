import { ibsiErrors } from './errors.js';

/** One row of a compliance table of the standard. */
export interface ReferenceRow {
  readonly dataset: string;
  readonly family: string;
  readonly feature: string;
  readonly ibsiCode: string;
  /** The aggregation's code, empty where the family has none. */
  readonly aggregationCode: string;
  readonly aggregation: string;
  readonly tag: string;
  /** Null where the standard has no consensus value. */
  readonly value: number | null;
  readonly tolerance: number | null;
  readonly consensus: string;
}

const columns = [
  'dataset',
  'family',
  'feature',
  'ibsi_code',
  'aggregation',
  'aggregation_code',
  'tag',
  'value',
  'tolerance',
  'consensus',
] as const;

/** Reads a compliance table. @throws `RADIOMICS.BAD_REFERENCE_TABLE` */
export function parseReferenceTable(csv: string): readonly ReferenceRow[] {
  const [header = [], ...records] = parseCsv(csv);
  const at = (name: (typeof columns)[number]) => {
    const index = header.indexOf(name);
    if (index < 0) throw ibsiErrors.error('RADIOMICS.BAD_REFERENCE_TABLE', { problem: 'column', column: name, line: 1 });
    return index;
  };
  const place = Object.fromEntries(columns.map((name) => [name, at(name)])) as Record<(typeof columns)[number], number>;
  return records.map((record, index) => {
    const cell = (name: (typeof columns)[number]) => record[place[name]] ?? '';
    const number = (name: 'value' | 'tolerance') => {
      if (cell(name) === '') return null;
      const value = Number(cell(name));
      if (!Number.isFinite(value))
        throw ibsiErrors.error('RADIOMICS.BAD_REFERENCE_TABLE', { problem: 'number', column: name, line: index + 2 });
      return value;
    };
    return {
      dataset: cell('dataset'),
      family: cell('family'),
      feature: cell('feature'),
      ibsiCode: cell('ibsi_code'),
      aggregation: cell('aggregation'),
      aggregationCode: cell('aggregation_code'),
      tag: cell('tag'),
      value: number('value'),
      tolerance: number('tolerance'),
      consensus: cell('consensus'),
    };
  });
}

/** Records of a CSV text (RFC 4180), empty lines left out. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    record.push(cell);
    cell = '';
  };
  const endRecord = () => {
    endCell();
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  };
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[at++];
      else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === ',') endCell();
    else if (character === '\n') endRecord();
    else if (character !== '\r') cell += character;
  }
  endRecord();
  return records;
}
