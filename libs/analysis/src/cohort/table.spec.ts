import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellNumber, columnIndex, formatCsv, indexParticipants, isMissing, parseTable } from './table.js';

const parse = (csv: string) => parseTable(csv, 'x.csv');
const thrown = (code: string, params: object) => expect.objectContaining({ code, params: expect.objectContaining(params) });

describe('parseTable', () => {
  it.each([
    ['a byte order mark', '\ufeffpatient_id,a\nP1,2\n'],
    ['line ends of Windows', 'patient_id,a\r\nP1,2\r\n'],
    ['no line end after the last line', 'patient_id,a\nP1,2'],
    ['empty lines', '\npatient_id,a\n\nP1,2\n\n'],
    ['quotes that are not needed', '"patient_id","a"\n"P1","2"\n'],
    ['semicolons', '\ufeffpatient_id;a\r\nP1;2\r\n'],
    ['tabs', 'patient_id\ta\nP1\t2\n'],
  ])('reads a table with %s', (_, csv) => {
    expect(parse(csv)).toMatchObject({ file: 'x.csv', columns: ['patient_id', 'a'], rows: [['P1', '2']] });
  });

  it('takes semicolons for separators only where the header has no comma outside of quotes', () => {
    expect(parse('"patient_id, code";a\n"P;1";"1,5"\n')).toMatchObject({ columns: ['patient_id, code', 'a'], rows: [['P;1', '1,5']] });
    expect(parse('patient_id,a;b\nP1,2;3\n')).toMatchObject({ columns: ['patient_id', 'a;b'], rows: [['P1', '2;3']] });
  });

  it('refuses text that was no UTF-8, with its line', () => {
    const csv = Buffer.from([...Buffer.from('patient_id,site\nP1,A\nP2,'), 0xb1, 0xb1, 0xbe, 0xa9, 0x0a]).toString('utf8');
    expect(() => parse(csv)).toThrow(thrown('COHORT.NOT_UTF8', { file: 'x.csv', line: 3 }));
  });

  it('reads quoted commas, quotes and line breaks, and still knows its lines', () => {
    const table = parse('patient_id,"a, ""b"""\nP1,"x\ny"\n"P,2",\n');
    expect(table.columns).toEqual(['patient_id', 'a, "b"']);
    expect(table.rows).toEqual([
      ['P1', 'x\ny'],
      ['P,2', ''],
    ]);
    expect(table.lines).toEqual([3, 4]);
  });

  it.each([
    ['a line with a cell too many', 'a,b\n1,2\n3,4,5\n', 3, 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'],
    ['a line with a cell too few', 'a,b\n1\n', 2, 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'],
    ['a quote that is not closed', 'a,b\n1,"2\n', 2, 'CSV_QUOTE_NOT_CLOSED'],
    ['text after a closing quote', 'a,b\n1,"2"3\n', 2, 'CSV_INVALID_CLOSING_QUOTE'],
  ])('refuses %s, with its line', (_, csv, line, reason) => {
    expect(() => parse(csv)).toThrow(thrown('COHORT.MALFORMED_CSV', { file: 'x.csv', line, reason }));
  });

  it.each([
    ['an empty file', ''],
    ['a header alone', 'patient_id,a\n'],
    ['a byte order mark alone', '\ufeff'],
  ])('refuses %s', (_, csv) => {
    expect(() => parse(csv)).toThrow(thrown('COHORT.EMPTY', { file: 'x.csv' }));
  });

  it('refuses a column twice, by position', () => {
    expect(() => parse('a,b,a\n1,2,3\n')).toThrow(thrown('COHORT.DUPLICATE_COLUMN', { file: 'x.csv', first: 1, second: 3 }));
  });

  it('reads what formatCsv writes, cell by cell', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('', ',', '"', '\n', '\r\n', '""', ' x '));
    const tables = fc
      .integer({ min: 2, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(tables, (rows) => {
        const columns = (rows[0] as string[]).map((_, j) => `c${j}`);
        expect(parse(formatCsv(columns, rows))).toMatchObject({ columns, rows });
      }),
    );
  });
});

describe('cells', () => {
  it.each(['', ' ', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', ' NA '])('%j is missing', (cell) => {
    expect(isMissing(cell)).toBe(true);
    expect(cellNumber(parse(`a,b\n1,"${cell}"\n`), 0, 1)).toBeNaN();
  });

  it.each([
    ['1', 1],
    ['-2.5', -2.5],
    ['+3', 3],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    [' 7 ', 7],
    ['0.1000000000000000055511151231257827', 0.1],
    ['-0', -0],
    ['5e-324', 5e-324],
  ])('%j is %d', (cell, value) => {
    expect(isMissing(cell)).toBe(false);
    expect(cellNumber(parse(`a,b\n1,"${cell}"\n`), 0, 1)).toBe(value);
  });

  it.each(['1,5', '1.5.2', 'x', '0x10', '1e999', 'Infinity', '-inf', '1 2', '<0.5', '--1', '1e', '٣', 'true', '#N/A', 'none'])(
    '%j is no number, and is named by column and line only',
    (cell) => {
      const table = parse(`a,b\n1,2\n"1","${cell}"\n`);
      expect(() => cellNumber(table, 1, 1)).toThrow(thrown('COHORT.NOT_A_NUMBER', { file: 'x.csv', column: 'b', line: 3 }));
    },
  );
});

describe('columns and participants', () => {
  it('are found by exact name', () => {
    const table = parse('patient_id,a\nP1,2\nP2,3\n');
    expect(columnIndex(table, 'a')).toBe(1);
    expect([...indexParticipants(table)]).toEqual([
      ['P1', 0],
      ['P2', 1],
    ]);
    expect(() => columnIndex(table, 'A')).toThrow(thrown('COHORT.NO_COLUMN', { file: 'x.csv', column: 'A' }));
    expect(() => indexParticipants(parse('id,a\nP1,2\n'))).toThrow(thrown('COHORT.NO_COLUMN', { column: 'patient_id' }));
  });

  it('twice are refused with both lines', () => {
    const table = parse('patient_id,a\nP1,2\nP2,3\n\nP1,4\n');
    expect(() => indexParticipants(table)).toThrow(thrown('COHORT.DUPLICATE_PARTICIPANT', { first: 2, second: 5 }));
  });
});
