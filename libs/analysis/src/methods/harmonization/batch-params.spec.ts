import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TableShape } from '../method.js';
// The registry and the parameters of methods know each other; entered from here, the registry has to come first.
import '../registry.js';
import {
  batchCategories,
  batchColumnsParams,
  combatModelParams,
  fitOptions,
  inlineBatchColumns,
  namedTerms,
  requireInlineLengths,
  resolveBatches,
  termsByName,
  trainParams,
} from './batch-params.js';

const schema = z.strictObject({ ...batchColumnsParams, ...trainParams });
const number = (name: string) => ({ name, kind: 'number' as const, levels: [] });
const category = (name: string, ...levels: string[]) => ({ name, kind: 'category' as const, levels });
const table: TableShape = {
  columns: [
    number('f (1,2)'),
    number('f2'),
    number('age'),
    category('scanner', '1', '2', '10'),
    category('group', 'a', 'b', 'c'),
    category('(batch)', 'x', 'y'),
    number('(train)'),
    number('(covariate) pheno'),
  ],
  siteColumn: 'hospital',
};
const sites = ['S1', 'S2'];
const resolve = (params: z.input<typeof schema>) => resolveBatches('combat', table, schema.parse(params), sites);

describe('resolveBatches', () => {
  it('takes the site as batch where none is named, and where the site column is', () => {
    for (const batch of [undefined, 'hospital']) expect(resolve({ batch }).spec.batch).toEqual({ column: null, levels: sites });
    expect(resolve({ batch: 'scanner' }).spec.batch).toEqual({ column: 'scanner', levels: ['1', '2', '10'] });
    expect(resolve({ batch: ['x', 'y'] }).spec.batch).toEqual({ column: '(batch)', levels: ['x', 'y'] });
  });

  it('harmonizes every column of numbers that has no other part', () => {
    const { spec } = resolve({ covariates: ['age', { name: 'pheno', values: [1, 0] }], train: [true, false] });
    expect(spec.features).toEqual(['f (1,2)', 'f2']);
    expect(spec.train).toEqual({ column: '(train)', values: [1] });
    expect(resolve({ features: ['f2'] }).spec.features).toEqual(['f2']);
  });

  it('writes categories as indicators of every level but the first, and products of them', () => {
    const { spec, names } = resolve({
      covariates: ['age', { column: 'group', levels: ['b', 'a', 'c'] }],
      interactions: [['age', 'group']],
    });
    expect(names.covariates).toEqual(['age', 'groupa', 'groupc', 'age:groupa', 'age:groupc']);
    expect(spec.covariates[1]).toEqual({ name: 'groupa', factors: [{ column: 'group', code: 0 }] });
    expect(spec.covariates[4]?.factors).toEqual([{ column: 'age' }, { column: 'group', code: 2 }]);
    // A level without rows has no indicator.
    expect(resolve({ covariates: [{ column: 'group', levels: ['a', 'b', 'c', 'd'] }] }).names.covariates).toEqual(['groupb', 'groupc']);
  });

  it('finds training rows by the value of a column', () => {
    expect(resolve({ train: { column: 'group', value: 'b' } }).spec.train).toEqual({ column: 'group', values: [1] });
    expect(resolve({ train: { column: 'age', value: 40 } }).spec.train).toEqual({ column: 'age', values: [40] });
  });

  it.each([
    ['an unknown column', { covariates: ['height'] }, 'METHOD.NO_COLUMN'],
    ['text as a feature', { features: ['group'] }, 'METHOD.NOT_NUMERIC'],
    ['levels that are not all listed', { covariates: [{ column: 'group', levels: ['a', 'b'] }] }, 'METHOD.REFUSED'],
    ['an interaction of no covariate', { interactions: [['age', 'group']] }, 'METHOD.REFUSED'],
    ['a training value that no row has', { train: { column: 'group', value: 'z' } }, 'METHOD.REFUSED'],
  ] as const)('refuses %s', (_, params, code) => expect(() => resolve(params as never)).toThrow(code));
});

describe('parameters', () => {
  it('bring columns and categories along', () => {
    const params = schema.parse({
      batch: [1, 1, 2],
      covariates: [{ name: 'pheno', values: [1, 0, 1] }, { column: 'stage' }],
      train: ['train', 'new', 'train'],
    });
    expect(inlineBatchColumns(params)).toEqual({ '(batch)': [1, 1, 2], '(train)': [1, 0, 1], '(covariate) pheno': [1, 0, 1] });
    expect(batchCategories(params)).toEqual(['(batch)', 'stage']);
    expect(() => requireInlineLengths('combat', params, 3)).not.toThrow();
    expect(() => requireInlineLengths('combat', params, 4)).toThrow('METHOD.REFUSED');
  });

  it('name the reference batch as in the table or as a site code', () => {
    const names = { levels: ['A_1_5T', 'B'], covariates: [] };
    const options = (ref_batch: string | null) => fitOptions('combat', z.strictObject(combatModelParams).parse({ ref_batch }), names);
    expect([options(null).reference, options('B').reference, options('A 1.5T').reference]).toEqual([null, 1, 0]);
    expect(() => options('C')).toThrow('METHOD.REFUSED');
  });
});

describe('terms by name', () => {
  it('are the same covariates on another table; a level that it does not have is never met', () => {
    const { spec } = resolve({ covariates: ['age', 'group'] });
    const terms = namedTerms(spec.covariates, table);
    expect(terms[2]).toEqual({ name: 'groupc', factors: [{ column: 'group', level: 'c' }] });
    const other: TableShape = { columns: [number('age'), category('group', 'b', 'd')] };
    expect(termsByName('combat-apply', terms, other, [])).toEqual([
      { name: 'age', factors: [{ column: 'age' }] },
      { name: 'groupb', factors: [{ column: 'group', code: 0 }] },
      { name: 'groupc', factors: [{ column: 'group', code: 2 }] },
    ]);
  });

  it('refuse categories where the model has numbers', () => {
    const terms = namedTerms(resolve({ covariates: ['age'] }).spec.covariates, table);
    expect(() => termsByName('combat-apply', terms, { columns: [category('age', 'old', 'young')] }, [])).toThrow('METHOD.REFUSED');
  });
});
