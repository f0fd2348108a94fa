import { operationName } from '@cohortium/federation';
import type { CohortHistory, CohortRows, Design, ReleaseHistory } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { catalogue } from '@cohortium/analysis';
import { Released } from '@cohortium/privacy';
import { elasticNetQueries, momentQueries } from '@cohortium/statistics';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  answerOf,
  attackSeed,
  attackedProtocol,
  clauseFor,
  featureError,
  madePeople,
  nothingYet,
  rowsOf,
  sumOf,
  trainingScope,
} from './attack-ground.js';
import type { Person } from './attack-ground.js';

// A8 (dsBase#250, #251, #252): a 0/1 vector that picks one row, two subsets that differ by one row, one row that is the sum, one person
// who counts as many.

const p = 6;
const people = madePeople(40, p, attackSeed);
const first = momentQueries('full').first;
const momentParams = { heldOut: [null], featureCount: p };
const moments = { query: first, params: momentParams, scope: trainingScope };
const momentsClause = clauseFor([operationName(first)], 'sum');
const protocol = attackedProtocol([momentsClause]);

/** Sums of features in a first-moments vector. */
const featureSums = (vector: Float64Array) => vector.subarray(2 + p, 2 + 2 * p);

describe('A8: a vector of zeros and a one', () => {
  it('works where the analyst may weight rows', () => {
    const weights = people.map((_, i) => (i === 17 ? 1 : 0));
    const sum = sumOf(people.map(({ features }, i) => Float64Array.from(features, (x) => x * (weights[i] as number))));
    expect(featureError(sum, (people[17] as Person).features)).toBe(0);
  });

  it('fails: no operation of a study takes a vector with an entry per row', () => {
    // What a request carries is the same length whatever the cohort: parameters that fit one number of rows fit any other.
    for (const protocolOperation of [operationName(first), 'statistics.logistic-gradient@1', 'statistics.gram@1']) {
      const query = catalogue.get(protocolOperation);
      expect(query?.params.safeParse({ ...momentParams, weights: Float64Array.of(0, 1) }).success).toBe(false);
    }
    expect(first.length(momentParams)).toBe(2 + 2 * p);
    expect(() => first.params.parse({ ...momentParams, rows: [17] })).toThrow();
  });
});

describe('A8: subsets that differ by one person', () => {
  const raw = (rows: CohortRows): Design => ({ rowCount: rows.rowCount, columnCount: p, values: rows.features });
  const { gradient } = elasticNetQueries('full', raw, z.strictObject({}));
  const declared = { rule: 'crossValidation', folds: 5, seed: 'declared' };
  const study = attackedProtocol([clauseFor([operationName(gradient)], 'sum')], { models: [{ id: 'm', alpha: 1, penalty: declared }] });
  const requestOf = (seed: string, count = 5) => ({
    query: gradient,
    params: {
      arms: [{ heldOut: null, recipe: new Frozen({}) }],
      columnCounts: [p],
      participants: 160,
      participantFolds: { count, seed },
      models: [{ arm: 0, leftOut: 0, size: 1 }],
      indices: Float64Array.of(0),
      values: Float64Array.of(0),
    },
    scope: trainingScope,
  });
  const rows = rowsOf(people);

  it('works where the analyst may choose how participants fall into folds', () => {
    // With two folds of a dozen people, some pair of seeds leaves out sets that differ by two; here one person is told from another.
    const few = rowsOf(people.slice(0, 10));
    const seen = new Map<string, string>();
    let found: readonly [string, string] | undefined;
    for (let k = 0; k < 4000 && !found; k++) {
      const folds = [...few.folds(5, `s${k}`)].map((fold) => (fold === 0 ? 1 : 0));
      for (let i = 0; i < folds.length && !found; i++) {
        if (folds[i] !== 1) continue;
        const without = folds.map((f, j) => (j === i ? 0 : f)).join('');
        const other = seen.get(`${i} ${without}`);
        if (other === undefined) seen.set(`${i} ${without}`, `s${k}`);
      }
      for (const [key, other] of seen) {
        const [, pattern] = key.split(' ') as [string, string];
        const mine = folds.map((f, j) => (f === 1 && pattern[j] === '0' ? j : -1)).filter((j) => j >= 0);
        if (mine.length === 1 && folds.every((f, j) => f === 1 || pattern[j] === '0') && other !== `s${k}`) found = [other, `s${k}`];
      }
    }
    if (!found) throw new Error('no pair of seeds in 4000');
    const [a, b] = found.map((seed) => gradient.local(few, requestOf(seed).params)) as [Float64Array, Float64Array];
    // Sets of two people that share one: the difference of the totals is the difference of two rows' gradients.
    const difference = sumOf([a.subarray(3), b.subarray(3).map((v) => -v)]);
    const folds = found.map((seed) => [...few.folds(5, seed)]) as [number[], number[]];
    const changed = folds[0].flatMap((f, i) => ((f === 0) !== (folds[1][i] === 0) ? [i] : []));
    expect(changed).toHaveLength(2);
    const expected = sumOf(
      changed.map((i) => {
        const person = people[i] as Person;
        const sign = folds[0][i] === 0 ? -1 : 1;
        return Float64Array.from(person.features, (x) => sign * x * (person.outcome - 0.5));
      }),
    );
    difference.forEach((x, j) => expect(x).toBeCloseTo(expected[j] as number, 12));
  });

  it('fails: only the folds that the protocol declares are answered', () => {
    expect(answerOf(study, rows, requestOf('declared'))).toBeInstanceOf(Released);
    expect(answerOf(study, rows, requestOf('chosen'))).toBe('undeclaredCohort');
    expect(answerOf(study, rows, requestOf('declared', 4))).toBe('undeclaredCohort');
    expect(answerOf(protocol, rows, { ...requestOf('declared'), query: { ...gradient, operation: first.operation } })).toBe(
      'undeclaredCohort',
    );
  });

  const membersOf = (list: readonly Person[]) => new Set(list.map(({ name }) => name));
  const historyOf = (cohorts: CohortHistory): ReleaseHistory => ({ ...nothingYet, cohorts: () => cohorts });

  it('works where two studies see cohorts that differ by one person', () => {
    const [all, without] = [people, people.slice(1)].map((list) => first.local(rowsOf(list), momentParams)) as [Float64Array, Float64Array];
    const difference = featureSums(sumOf([all, without.map((v) => -v)]));
    expect(featureError(difference, (people[0] as Person).features)).toBeLessThan(1e-12);
  });

  it('fails: the second study is refused, and so is a third that closes the circle', () => {
    const decide = (own: readonly Person[], ...released: readonly (readonly Person[])[]) =>
      answerOf(protocol, rowsOf(own), moments, historyOf({ own: membersOf(own), released: released.map(membersOf), changedRows: null }));
    expect(decide(people)).toBeInstanceOf(Released);
    expect(decide(people.slice(1), people)).toBe('cohortTooSimilar');
    expect(decide(people.slice(4), people)).toBe('cohortTooSimilar');
    expect(decide(people.slice(5), people)).toBeInstanceOf(Released);
    expect(decide(people, people.slice(1))).toBe('cohortTooSimilar');
    expect(decide(people, people.slice(0, 20), people.slice(20, 38))).toBe('cohortTooSimilar');
    expect(decide(people, people.slice(0, 20), people.slice(20))).toBeInstanceOf(Released);
    // What left before may be sent again: it tells nothing new.
    const again = { ...historyOf({ own: membersOf(people.slice(1)), released: [membersOf(people)], changedRows: null }), find: () => 'x' };
    expect(answerOf(protocol, rowsOf(people.slice(1)), moments, again)).toBe('contradictsEarlierRelease');
  });

  it('fails with a snapshot of the same people in which a few values changed', () => {
    const decide = (changedRows: number | null) =>
      answerOf(protocol, rowsOf(people), moments, historyOf({ own: membersOf(people), released: [membersOf(people)], changedRows }));
    expect([null, 0, 1, 4, 5].map((n) => decide(n)).map((d) => (d instanceof Released ? 'released' : d))).toEqual([
      'released',
      'released',
      'cohortTooSimilar',
      'cohortTooSimilar',
      'released',
    ]);
  });

  it('fails closed where the history does not fit the draft', () => {
    expect(
      answerOf(protocol, rowsOf(people), moments, historyOf({ own: membersOf(people.slice(3)), released: [], changedRows: null })),
    ).toBe('ruleFailed');
  });
});

describe('A8: one person who is the sum', () => {
  const rich = people.map((person, i) => (i === 0 ? { ...person, features: person.features.map((x) => x * 1e4) } : person));
  const guarded = attackedProtocol([{ ...momentsClause, dominance: { contributors: 1, maxShare: 0.5 } }]);

  it('works without the dominance rule: the sum is the value, to a thousandth', () => {
    expect(answerOf(protocol, rowsOf(rich), moments)).toBeInstanceOf(Released);
    const sums = featureSums(first.local(rowsOf(rich), momentParams));
    sums.forEach((s, j) => expect(Math.abs(s / (rich[0] as Person).features[j]! - 1)).toBeLessThan(0.05));
  });

  it('fails with it; a sum of equals passes, and what cannot be checked does not', () => {
    expect(answerOf(guarded, rowsOf(rich), moments)).toBe('dominated');
    expect(answerOf(guarded, rowsOf(people), moments)).toBeInstanceOf(Released);
    const { perParticipant: _, ...whole } = first;
    expect(answerOf(guarded, rowsOf(people), { ...moments, query: whole })).toBe('notEvaluable');
  });
});

describe('A8: one person who counts as many', () => {
  const repeated = Array.from({ length: 30 }, () => people[0] as Person);

  it('works where rows are counted', () => {
    const vector = first.local(rowsOf(repeated), momentParams);
    expect(vector[0]).toBe(30);
    expect(
      featureError(
        featureSums(vector).map((s) => s / 30),
        (people[0] as Person).features,
      ),
    ).toBeLessThan(1e-12);
  });

  it('fails: people are counted', () => {
    expect(answerOf(protocol, rowsOf(repeated), moments)).toBe('belowMinCount');
  });
});
