import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAppError, parseSiteId } from '@cohortium/kernel';
import { checkProtocol, parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCohort } from './read-cohort.js';
import type { CohortFiles } from './read-cohort.js';
import { splitCohortBySite } from './split.js';
import { formatCsv } from './table.js';

const site = parseSiteId('H1');
const base = parseProtocol(
  readFileSync(join(import.meta.dirname, '../../../../protocols/her2-radiomics/protocol.yaml'), 'utf8'),
  'protocol.yaml',
);

/** The default protocol with its feature list given, and with what a test changes. */
function protocolOf(names: readonly string[], change: Partial<Protocol> = {}): Protocol {
  return checkProtocol({ ...base, characteristics: [], features: { list: names }, featureList: { names, sha256: '0' }, ...change });
}

const eligibility = [
  { column: 'age', min: 18, max: 90, missing: 'exclude' as const },
  { column: 'kind', is: ['IDC', 2, true], missing: 'keep' as const },
];
const combat = (covariates: string[]) => ({
  analysis: { ...base.analysis, harmonization: { method: 'combat' as const, covariates, newSite: 'none' as const, minBatch: 5 } },
});

const features = 'patient_id,site,f1,f2\nP1,H1,1,2\nP2,H1,,4\nP3,H1,5,-6e-3\nP4,H1,7,8\n';
const clinical = 'patient_id,site,her2,age,kind\nP4,H1,0,33,IDC\nP3,H1,1,44,\nP2,H1,1,55,idc\nP1,H1,0,66,2\n';
const files: CohortFiles = { features, clinical };
const both = protocolOf(['f2', 'f1']);
const read = (given: Partial<CohortFiles> = {}, protocol = both) => readCohort({ ...files, ...given }, protocol, site);
const thrown = (code: string, params: object) => expect.objectContaining({ code, params: expect.objectContaining(params) });

describe('readCohort', () => {
  it('joins the tables by participant, in the order of features.csv and of the protocol', () => {
    const { rows, participants, candidates, exclusions } = read();
    expect(participants).toEqual(['P1', 'P2', 'P3', 'P4']);
    expect(candidates).toBe(4);
    expect(exclusions).toEqual([]);
    expect(rows).toMatchObject({ rowCount: 4, featureNames: ['f2', 'f1'], sites: ['H1'] });
    expect([...rows.features]).toEqual([2, 1, 4, NaN, -6e-3, 5, 8, 7]);
    expect([...rows.outcome]).toEqual([0, 1, 1, 0]);
    expect([...rows.siteIndex]).toEqual([0, 0, 0, 0]);
  });

  describe('clinical predictors', () => {
    const predictors = [{ column: 'age' }, { column: 'kind', levels: ['IDC', 2, 'ILC'] }];
    const names = ['f1', 'clinical:age', 'clinical:kind=2', 'clinical:kind=ILC'];
    const protocol = protocolOf(names, { features: { list: ['f1'] }, analysis: { ...base.analysis, clinical: predictors } });

    it('stand after the features: numbers, and one indicator for each level but the first', () => {
      const { rows } = read({}, protocol);
      expect(rows.featureNames).toEqual(names);
      expect([...rows.features]).toEqual([1, 66, 1, 0, NaN, 55, 0, 0, 5, 44, NaN, NaN, 7, 33, 0, 0]);
    });

    it('may hold no value that is not a level, and no word for a number', () => {
      const change = (from: string, to: string) => ({ clinical: clinical.replace(from, to) });
      expect(() => read(change('55,idc', '55,DCIS'), protocol)).toThrow(thrown('COHORT.BAD_CATEGORY', { column: 'kind', line: 4 }));
      expect(() => read(change('55,idc', 'old,idc'), protocol)).toThrow(thrown('COHORT.NOT_A_NUMBER', { column: 'age', line: 4 }));
      expect(() => read(change('age,kind', 'age,sort'), protocol)).toThrow(thrown('PROTOCOL.UNKNOWN_COLUMN', { column: 'kind' }));
    });
  });

  it('reads the same from another spelling of the same tables', () => {
    const { rows } = read();
    const windows = (csv: string) => '\ufeff' + csv.replaceAll('\n', '\r\n');
    const quoted = (csv: string) =>
      csv
        .split('\n')
        .map((line) =>
          line === ''
            ? line
            : line
                .split(',')
                .map((cell) => `"${cell}"`)
                .join(','),
        )
        .join('\n');
    for (const form of [windows, quoted])
      expect(read({ features: form(features), clinical: form(clinical) }).rows.snapshot).toBe(rows.snapshot);
    const more = { features: features.replace(/^(.*)$/gm, (line) => (line === '' ? line : `${line},x`)) };
    expect(read(more).rows.snapshot).toBe(rows.snapshot);
  });

  it('applies eligibility and counts exclusions by reason', () => {
    const { participants, exclusions, candidates } = readCohort(
      {
        features: 'patient_id,site,f1,f2\n' + [1, 2, 3, 4, 5, 6, 7, 8].map((k) => `P${k},H1,${k},1\n`).join(''),
        clinical:
          'patient_id,site,her2,age,kind\nP1,H1,1,18,IDC\nP2,H1,0,17.9,IDC\nP3,H1,0,91,IDC\nP4,H1,,50,IDC\nP5,H1,0,,IDC\nP6,H1,1,90,\nP7,H1,0,50,DCIS\n',
      },
      protocolOf(['f1'], { eligibility }),
      site,
    );
    expect(participants).toEqual(['P1', 'P6']);
    expect(candidates).toBe(8);
    expect([...exclusions].sort((a, b) => (a.reason < b.reason ? -1 : 1))).toEqual([
      { reason: 'endpointMissing', count: 1 },
      { reason: 'noClinicalRow', count: 1 },
      { reason: 'notEligible', count: 4 },
    ]);
  });

  it.each([
    ['IDC', true],
    ['idc', true],
    [' IDC ', true],
    ['2', true],
    ['2.0', true],
    ['true', true],
    ['TRUE', true],
    ['', true],
    ['NA', true],
    ['IDC2', false],
    ['20', false],
    ['false', false],
  ])('a cell %j meets { is: [IDC, 2, true], missing: keep }: %s', (cell, meets) => {
    const kind = { column: 'kind', is: ['IDC', 2, true], missing: 'keep' as const };
    const one = { features: 'patient_id,site,f1\nP1,H1,1\n', clinical: `patient_id,site,her2,kind\nP1,H1,1,"${cell}"\n` };
    expect(readCohort(one, protocolOf(['f1'], { eligibility: [kind] }), site).participants.length).toBe(meets ? 1 : 0);
  });

  it('excludes participants whose covariate is missing, and reads the others as numbers', () => {
    const protocol = protocolOf(['f1'], combat(['age']));
    const { rows, exclusions } = read({ clinical: clinical.replace('P2,H1,1,55', 'P2,H1,1,') }, protocol);
    expect([...(rows.covariates['age'] as Float64Array)]).toEqual([66, 44, 33]);
    expect(exclusions).toEqual([{ reason: 'covariateMissing', count: 1 }]);
    expect(Object.keys(read({}, both).rows.covariates)).toEqual([]);
  });

  it('does not look at cells of excluded participants or of columns that nobody asked for', () => {
    expect(
      read({ features: features.replace('P1,H1,1,2', 'P1,H1,x,2'), clinical: clinical.replace('P1,H1,0', 'P1,H1,') }).participants,
    ).toEqual(['P2', 'P3', 'P4']);
    expect(read({ features: features.replace('P1,H1,1,2', 'P1,H1,x,2') }, protocolOf(['f2'])).rows.rowCount).toBe(4);
  });

  it.each<[string, Partial<CohortFiles>, Protocol, string, object]>([
    ['features.csv of no participant', { features: 'patient_id,site,f1,f2\n' }, both, 'COHORT.EMPTY', { file: 'features.csv' }],
    ['clinical.csv of no participant', { clinical: 'patient_id,site,her2\n' }, both, 'COHORT.EMPTY', { file: 'clinical.csv' }],
    ['no column patient_id', { features: features.replace('patient_id', 'id') }, both, 'COHORT.NO_COLUMN', { column: 'patient_id' }],
    [
      'no column site',
      { clinical: clinical.replace('site', 'center') },
      both,
      'COHORT.NO_COLUMN',
      { file: 'clinical.csv', column: 'site' },
    ],
    [
      'a feature that is not there',
      {},
      protocolOf(['f1', 'f9']),
      'PROTOCOL.UNKNOWN_COLUMN',
      { column: 'f9', role: 'feature', where: 'features.csv' },
    ],
    [
      'an endpoint that is not there',
      { clinical: clinical.replace('her2', 'er') },
      both,
      'PROTOCOL.UNKNOWN_COLUMN',
      { column: 'her2', role: 'endpoint', where: 'clinical.csv' },
    ],
    [
      'a covariate that is not there',
      {},
      protocolOf(['f1'], combat(['bmi'])),
      'PROTOCOL.UNKNOWN_COLUMN',
      { column: 'bmi', role: 'covariate' },
    ],
    [
      'a criterion on no column',
      {},
      protocolOf(['f1'], { eligibility: [{ column: 'bmi', min: 1, missing: 'keep' }] }),
      'PROTOCOL.UNKNOWN_COLUMN',
      { column: 'bmi', role: 'eligibility' },
    ],
    [
      'a text in a feature',
      { features: features.replace('P3,H1,5', 'P3,H1,high') },
      both,
      'COHORT.NOT_A_NUMBER',
      { file: 'features.csv', column: 'f1', line: 4 },
    ],
    [
      'a text in a covariate',
      {},
      protocolOf(['f1'], combat(['kind'])),
      'COHORT.NOT_A_NUMBER',
      { file: 'clinical.csv', column: 'kind', line: 4 },
    ],
    [
      'a text in a bounded criterion',
      { clinical: clinical.replace('44', 'old') },
      protocolOf(['f1'], { eligibility }),
      'COHORT.NOT_A_NUMBER',
      { column: 'age', line: 3 },
    ],
    [
      'a participant twice in features.csv',
      { features: `${features}P2,H1,1,1\n` },
      both,
      'COHORT.DUPLICATE_PARTICIPANT',
      { file: 'features.csv', first: 3, second: 6 },
    ],
    [
      'a participant twice in clinical.csv',
      { clinical: `${clinical}P9,H1,0,1,\nP9,H1,0,1,\n` },
      both,
      'COHORT.DUPLICATE_PARTICIPANT',
      { file: 'clinical.csv', first: 6, second: 7 },
    ],
    [
      'an endpoint value that the protocol does not know',
      { clinical: clinical.replace('P3,H1,1', 'P3,H1,2') },
      both,
      'COHORT.BAD_ENDPOINT',
      { column: 'her2', line: 3 },
    ],
    [
      'another site in features.csv',
      { features: features.replace('P2,H1', 'P2,H2') },
      both,
      'COHORT.SITE_MISMATCH',
      { file: 'features.csv', line: 3 },
    ],
    [
      'another site in clinical.csv',
      { clinical: clinical.replace('P2,H1', 'P2,H2') },
      both,
      'COHORT.SITE_MISMATCH',
      { file: 'clinical.csv', line: 4 },
    ],
    ['a line cut short', { features: `${features}P5,H1\n` }, both, 'COHORT.MALFORMED_CSV', { file: 'features.csv', line: 6 }],
    ['two columns of one name', { features: features.replace('f2', 'f1') }, both, 'COHORT.DUPLICATE_COLUMN', { first: 3, second: 4 }],
  ])('refuses %s', (_, given, protocol, code, params) => {
    expect(() => read(given, protocol)).toThrow(thrown(code, params));
  });
});

describe('no error names a participant', () => {
  // A pseudonym that cannot occur by chance in a message.
  const id = (k: number) => `Zq7Xw${k}Kj`;
  const ids = [1, 2, 3, 4, 5].map(id);
  const clean = {
    features: [['patient_id', 'site', 'f1', 'f2'], ...ids.map((name, k) => [name, 'H1', String(k), '2.5'])],
    clinical: [['patient_id', 'site', 'her2', 'age', 'kind'], ...ids.map((name, k) => [name, 'H1', String(k % 2), '50', 'IDC'])],
  };
  type Tables = { features: string[][]; clinical: string[][] };
  const damage = fc.record({
    table: fc.constantFrom<keyof Tables>('features', 'clinical'),
    row: fc.nat(5),
    column: fc.nat(4),
    kind: fc.constantFrom('cell', 'id', 'append', 'drop', 'twice', 'turn', 'noHeader', 'quote', 'shift', 'empty', 'sites'),
    text: fc.constantFrom(...ids, 'x', '', '1e999', `"${id(1)}`, `${id(2)}"`, `${id(3)},${id(3)}`, '9', 'H2'),
  });
  type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

  function spoil(tables: Tables, { table, row, column, kind, text }: Damage): void {
    const rows = tables[table];
    const at = rows[row % rows.length] as string[];
    if (kind === 'cell') at[column % at.length] = text;
    else if (kind === 'id') at[0] = text;
    else if (kind === 'append') at.push(text);
    else if (kind === 'drop') at.pop();
    else if (kind === 'twice') rows.push([...at]);
    else if (kind === 'turn') tables[table] = (rows[0] as string[]).map((_, j) => rows.map((r) => r[j] ?? ''));
    else if (kind === 'noHeader') rows.shift();
    else if (kind === 'quote') at[0] = `"${at[0]}`;
    else if (kind === 'shift') at.unshift(text);
    else if (kind === 'sites') [...tables.features, ...tables.clinical].forEach((r, k) => k > 0 && r[0] !== 'patient_id' && (r[1] = text));
    else rows.splice(1);
    if (tables[table].length === 0) tables[table].push(['']);
  }

  it('whatever is wrong with the tables, in either language, in its parameters or its causes', () => {
    const codes = new Set<string>();
    const one = (table: keyof Tables, kind: Damage['kind'], row = 1, column = 2, text = 'x'): [Damage[], boolean] => [
      [{ table, kind, row, column, text }],
      false,
    ];
    // One of each kind of trouble, so that every error is reached whatever is drawn.
    const examples = [
      one('clinical', 'cell', 1, 2, '9'),
      one('clinical', 'cell', 0, 2, 'age'),
      one('features', 'twice'),
      one('features', 'empty'),
      one('features', 'append'),
      one('features', 'cell'),
      one('clinical', 'noHeader'),
      one('clinical', 'cell', 2, 1, 'H2'),
      one('features', 'sites', 0, 0, 'St. Mary'),
      one('features', 'cell', 0, 3, 'f9'),
    ];
    const protocol = protocolOf(['f1', 'f2'], { eligibility, ...combat(['age']) });
    const raw = (rows: string[][]) => rows.map((row) => row.join(',')).join('\n');
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), (damages, quoted) => {
        const tables = structuredClone(clean) as Tables;
        for (const next of damages) spoil(tables, next);
        const write = (rows: string[][]) => (quoted ? formatCsv(rows[0] as string[], rows.slice(1)) : raw(rows));
        const given = { features: write(tables.features), clinical: write(tables.clinical) };
        for (const action of [() => readCohort(given, protocol, site), () => splitCohortBySite(given)]) {
          try {
            action();
          } catch (error) {
            if (!isAppError(error)) throw error;
            codes.add(error.code);
            const told = [error.render('en'), error.render('zh'), JSON.stringify(error), String(error.cause), error.stack].join('\n');
            for (const name of ids) expect(told).not.toContain(name);
          }
        }
      }),
      { numRuns: Math.max(1, Math.round(250 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1))), examples },
    );
    // The damage above reaches every error there is about a table.
    expect([...codes].sort()).toEqual([
      'COHORT.BAD_ENDPOINT',
      'COHORT.DUPLICATE_COLUMN',
      'COHORT.DUPLICATE_PARTICIPANT',
      'COHORT.EMPTY',
      'COHORT.MALFORMED_CSV',
      'COHORT.NOT_A_NUMBER',
      'COHORT.NO_COLUMN',
      'COHORT.SITE_MISMATCH',
      'KERNEL.BAD_CODE',
      'PROTOCOL.UNKNOWN_COLUMN',
    ]);
  });
});
