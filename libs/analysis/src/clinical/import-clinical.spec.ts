import { describe, expect, it } from 'vitest';
import { importClinical, parseClinicalMapping } from './import-clinical.js';

const mapping = parseClinicalMapping({
  patient: '住院号',
  columns: {
    age_years: '年龄',
    her2_ihc: { column: 'HER2', values: { 弱阳性: '1+' } },
    her2_ish: 'FISH',
    er: 'ER',
    ki67_percent: 'Ki-67',
    stage: '分期',
  },
});
const header = '住院号,年龄,HER2,FISH,ER,Ki-67,分期,备注';
const take = (...rows: string[]) =>
  importClinical([header, ...rows].join('\n'), mapping, {
    site: 'H1',
    file: 'clinical table',
    pseudonymOf: (name) => `P-${name.length}${name}`,
  });

describe('import of a clinical table', () => {
  it('maps columns, written forms and full-width characters, and derives HER-2', () => {
    const { csv, accepted, rejected, her2, crossTable, discordant } = take(
      'A1,52,弱阳性,,90%,15,ⅡA,x',
      'A2,47,３＋,,-,60%,I,',
      'A3,61,2+,阳性,阳性,20,III,',
      'A4,61,2+,无扩增,0.5,20,IV,',
      'A5,38,++,,阴性,,,',
      'A6,70,0,扩增,,,,',
    );
    expect(rejected).toEqual([]);
    expect(csv.split('\n')).toEqual([
      'patient_id,site,age_years,her2_ihc,her2_ish,er,ki67_percent,stage,her2_class,her2',
      'P-2A1,H1,52,1+,,1,15,II,low,0',
      'P-2A2,H1,47,3+,,0,60,I,positive,1',
      'P-2A3,H1,61,2+,positive,1,20,III,positive,1',
      'P-2A4,H1,61,2+,negative,0,20,IV,low,0',
      'P-2A5,H1,38,2+,,0,,,indeterminate,',
      'P-2A6,H1,70,0,positive,,,,positive,1',
      '',
    ]);
    expect({ accepted, her2, discordant }).toEqual({
      accepted: 6,
      her2: { zero: 0, low: 2, positive: 3, indeterminate: 1 },
      discordant: 1,
    });
    expect(crossTable).toEqual([
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 1],
      [0, 0, 1],
      [0, 0, 0],
    ]);
  });

  it('lists every row that it does not take, by line, column and reason, without its content', () => {
    const taken = take(
      'A1,17,0,,,,,',
      'A2,abc,0,,,,,',
      'A3,50,4+,,,,,',
      ',50,0,,,,,',
      'A4,50,0,,,101,,',
      'A5,50,0,,,,,',
      'A5,51,0,,,,,',
      'A6,50,0,,maybe,,,',
    );
    expect(taken.accepted).toBe(1);
    expect(taken.rejected).toEqual([
      { line: 2, reason: 'outOfRange', column: '年龄' },
      { line: 3, reason: 'notANumber', column: '年龄' },
      { line: 4, reason: 'unknownValue', column: 'HER2' },
      { line: 5, reason: 'noIdentifier', column: null },
      { line: 6, reason: 'outOfRange', column: 'Ki-67' },
      { line: 8, reason: 'duplicate', column: null },
      { line: 9, reason: 'unknownValue', column: 'ER' },
    ]);
    expect(JSON.stringify(taken.rejected)).not.toMatch(/A\d|maybe|abc/);
  });

  it('does not guess words of two meanings unless the hospital declares them', () => {
    const { rejected } = take('A1,50,阴性,,,,,', 'A2,50,2+,-,,,,');
    expect(rejected.map(({ reason, column }) => [reason, column])).toEqual([
      ['unknownValue', 'HER2'],
      ['unknownValue', 'FISH'],
    ]);
  });

  it('refuses a mapping with a key that it does not know, and a column that the table does not have', () => {
    expect(() => parseClinicalMapping({ patient: 'x', columns: { ihc: 'y' } })).toThrow('COHORT.BAD_MAPPING');
    expect(() =>
      importClinical('id,b\n1,2\n', parseClinicalMapping({ patient: 'id', columns: { er: 'ER' } }), {
        site: 'S',
        file: 'f',
        pseudonymOf: (x) => x,
      }),
    ).toThrow('COHORT.NO_COLUMN');
  });
});
