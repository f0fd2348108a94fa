import { parseSiteId, sha256 } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CohortTable } from './cohort-table.js';
import type { CohortTableParts } from './cohort-table.js';

const numRuns = Math.max(1, Math.round(60 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));

function partsOf(code: string, participants: readonly string[], outcome: readonly number[]): CohortTableParts {
  return {
    participants,
    featureNames: ['f', 'g'],
    features: Float64Array.from({ length: 2 * participants.length }, (_, k) => k),
    outcome: Float64Array.from(outcome),
    covariates: { age: Float64Array.from(participants, (_, i) => 50 + i) },
    sites: [parseSiteId(code)],
    siteIndex: new Int32Array(participants.length),
  };
}

const people = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 1 })), {
  selector: ([name]) => name,
  minLength: 1,
  maxLength: 40,
});
const foldCounts = fc.integer({ min: 2, max: 7 });
const tableOf = (code: string, list: readonly (readonly [string, number])[]) =>
  new CohortTable(
    partsOf(
      code,
      list.map(([name]) => name),
      list.map(([, y]) => y),
    ),
  );
const sizes = (folds: Int32Array, count: number, use: (row: number) => boolean) =>
  Array.from({ length: count }, (_, k) => [...folds].filter((fold, row) => fold === k && use(row)).length);
const uneven = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts);

describe('folds', () => {
  it('are balanced within a site: overall, among events and among non-events they differ by at most one', () => {
    fc.assert(
      fc.property(people, foldCounts, fc.string(), (list, count, seed) => {
        const folds = tableOf('A', list).folds(count, seed);
        expect(folds.every((fold) => fold >= 0 && fold < count)).toBe(true);
        expect(uneven(sizes(folds, count, () => true))).toBeLessThanOrEqual(1);
        for (const y of [0, 1]) expect(uneven(sizes(folds, count, (row) => list[row]?.[1] === y))).toBeLessThanOrEqual(1);
      }),
      { numRuns },
    );
  });

  it('do not depend on the order of rows', () => {
    fc.assert(
      fc.property(people, foldCounts, fc.infiniteStream(fc.nat()), (list, count, keys) => {
        const shuffled = list.map((person) => ({ person, at: keys.next().value as number })).sort((a, b) => a.at - b.at);
        const folds = tableOf('A', list).folds(count, 's');
        const other = tableOf(
          'A',
          shuffled.map(({ person }) => person),
        ).folds(count, 's');
        const byName = new Map(list.map(([name], row) => [name, folds[row]]));
        shuffled.forEach(({ person: [name] }, row) => expect(other[row]).toBe(byName.get(name)));
      }),
      { numRuns },
    );
  });

  it('are the same in the stacked table as at the sites, whatever the order of stacking', () => {
    fc.assert(
      fc.property(people, people, people, foldCounts, (a, b, c, count) => {
        const tables = [tableOf('A', a), tableOf('B', b), tableOf('C', c)];
        const expected = tables.flatMap((table) => [...table.folds(count, 's')]);
        const [first, second, third] = tables as [CohortTable, CohortTable, CohortTable];
        expect([...CohortTable.stack([third, first, second]).folds(count, 's')]).toEqual(expected);
      }),
      { numRuns },
    );
  });

  it('depend on the seed and on nothing but seed, participants and outcomes', () => {
    const list = Array.from({ length: 30 }, (_, i) => [`P${i}`, i % 3 === 0 ? 1 : 0] as const);
    const table = tableOf('A', list);
    expect(table.folds(5, 'a')).not.toEqual(table.folds(5, 'b'));
    const { features, ...rest } = partsOf(
      'A',
      list.map(([name]) => name),
      list.map(([, y]) => y),
    );
    expect(new CohortTable({ ...rest, features: features.map((x) => -x) }).folds(5, 'a')).toEqual(table.folds(5, 'a'));
  });

  // Recorded: every cross-validated number of a study depends on them.
  it('are these', () => {
    const list = ['P-001', 'P-002', 'P-003', 'P-004', 'P-005', 'P-006', 'P-007', 'P-008'].map(
      (name, i) => [name, i % 4 === 0 ? 1 : 0] as const,
    );
    expect([...tableOf('A', list).folds(3, 'cohortium')]).toEqual([1, 0, 1, 2, 0, 1, 0, 2]);
  });
});

describe('stacking', () => {
  it('puts sites in order of code and keeps each with its rows', () => {
    const stack = CohortTable.stack([
      tableOf('B', [['b1', 1]]),
      tableOf('A', [
        ['a1', 0],
        ['a2', 1],
      ]),
    ]);
    expect(stack).toMatchObject({ rowCount: 3, sites: ['A', 'B'] });
    expect([...stack.siteIndex]).toEqual([0, 0, 1]);
    expect([...stack.outcome]).toEqual([0, 1, 1]);
    expect([...stack.features]).toEqual([0, 1, 2, 3, 0, 1]);
    expect([...(stack.covariates['age'] as Float64Array)]).toEqual([50, 51, 50]);
  });

  it('does not touch the tables it is made of', () => {
    const table = tableOf('A', [['a1', 0]]);
    const before = table.snapshot;
    CohortTable.stack([table, tableOf('B', [['b1', 1]])]).features.fill(9);
    expect([...table.features]).toEqual([0, 1]);
    expect(new CohortTable(partsOf('A', ['a1'], [0])).snapshot).toBe(before);
  });
});

describe('the snapshot', () => {
  const parts = partsOf('A', ['a1', 'a2'], [0, 1]);
  const base = new CohortTable(parts).snapshot;
  it.each<[string, Partial<CohortTableParts>]>([
    ['participants', { participants: ['a1', 'a3'] }],
    ['feature names', { featureNames: ['f', 'h'] }],
    ['a feature cell', { features: Float64Array.of(0, 1, 2, 3 + 2 ** -51) }],
    ['a missing cell', { features: Float64Array.of(0, 1, 2, NaN) }],
    ['an outcome', { outcome: Float64Array.of(1, 1) }],
    ['a covariate', { covariates: { age: Float64Array.of(50, 52) } }],
    ['the name of a covariate', { covariates: { years: Float64Array.of(50, 51) } }],
    ['the site', { sites: [parseSiteId('B')] }],
  ])('changes with %s', (_, change) => expect(new CohortTable({ ...parts, ...change }).snapshot).not.toBe(base));

  it('is the same for the same data', () => expect(new CohortTable(partsOf('A', ['a1', 'a2'], [0, 1])).snapshot).toBe(base));
});

describe('predictions and memos', () => {
  it('digest of predictions is SHA-256 of lines, of the range asked for', () => {
    const table = tableOf('A', [
      ['a1', 0],
      ['a2', 1],
      ['a3', 1],
    ]);
    const probabilities = Float64Array.of(0.1, 1 / 3, 1);
    expect(table.digestPredictions(probabilities, 0, 3)).toBe(sha256('a1,0.1\na2,0.3333333333333333\na3,1\n'));
    expect(table.digestPredictions(probabilities, 1, 2)).toBe(sha256('a2,0.3333333333333333\n'));
  });

  it('a memo computes once, and forgets the value that was not used for longest', () => {
    const table = tableOf('A', [['a1', 0]]);
    let computed = 0;
    const ask = (key: string) => table.memo(key, () => ++computed);
    expect([ask('a'), ask('a'), ask('b'), ask('a')]).toEqual([1, 1, 2, 1]);
    for (let k = 0; k < 63; k++) ask(`other ${k}`);
    expect(ask('a')).toBe(1);
    expect(ask('b')).toBe(computed);
    expect(table.memo('empty', () => undefined)).toBeUndefined();
    expect(table.memo('empty', () => expect.unreachable())).toBeUndefined();
  });
});
