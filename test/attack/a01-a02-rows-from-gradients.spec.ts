import { operationName } from '@cohortium/federation';
import type { CohortRows, Design } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { Released } from '@cohortium/privacy';
import { elasticNetQueries } from '@cohortium/statistics';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  answerOf,
  attackSeed,
  attackedProtocol,
  clauseFor,
  featureError,
  madePeople,
  rowsOf,
  sumOf,
  training,
  trainingScope,
} from './attack-ground.js';
import type { Person } from './attack-ground.js';

// A1, A2 (gradient inversion; recovery from the first dense layer): a logistic model is one dense layer, so its gradient of one person is
// the residual times (1, x), and x is one division away.

const p = 8;
const recipe = z.strictObject({});
const raw = (rows: CohortRows): Design => ({ rowCount: rows.rowCount, columnCount: rows.featureNames.length, values: rows.features });
const { gradient } = elasticNetQueries('full', raw, recipe);
const protocol = attackedProtocol([clauseFor([operationName(gradient)], 'sum')]);

/** One request of a model at some coefficients, intercept first. */
function paramsAt(coefficients: readonly number[], participants: number) {
  return {
    arms: [{ heldOut: null, recipe: new Frozen({}) }],
    columnCounts: [p],
    participants,
    participantFolds: null,
    models: [{ arm: 0, leftOut: null, size: coefficients.length }],
    indices: Float64Array.from(coefficients, (_, j) => j),
    values: Float64Array.from(coefficients),
  };
}

/** The closed form: score over residual. What it finds is a row where one person stands behind the vector. */
function invert(vector: Float64Array): Float64Array {
  const [residual, ...score] = vector.subarray(2) as unknown as [number, ...number[]];
  return Float64Array.from(score, (s) => s / residual);
}

const nearest = (guess: Float64Array, people: readonly Person[]) =>
  Math.min(...people.map(({ features }) => featureError(guess, features)));

describe('A1, A2: rows from gradients', () => {
  const people = madePeople(60, p, attackSeed);
  const coefficients = [0.1, 0.3, -0.2, 0.4];

  it('works on the unprotected gradient of one person: the whole row, to the last digits', () => {
    for (const person of people.slice(0, 10)) {
      const vector = gradient.local(rowsOf([person]), paramsAt(coefficients, 400));
      expect(featureError(invert(vector), person.features)).toBeLessThan(1e-9);
    }
  });

  it('works on unprotected gradients of a whole site, where the attacker may choose steep coefficients', () => {
    // A steep model makes every residual 0 or 1 but for the outcomes on one side of a cut; two cuts around one value differ by one person.
    const victim = people[0] as Person;
    const others = people.slice(1).map(({ features }) => features[0] as number);
    const x = victim.features[0] as number;
    const below = Math.max(...others.filter((o) => o < x), x - 1);
    const above = Math.min(...others.filter((o) => o > x), x + 1);
    const steep = (cut: number) => {
      const eta = (person: Person) => 1e6 * ((person.features[0] as number) - cut);
      return sumOf(
        people.map((person) => Float64Array.from([1, ...person.features], (v) => v * (person.outcome - (eta(person) > 0 ? 1 : 0)))),
      );
    };
    const difference = sumOf([steep((above + x) / 2), steep((below + x) / 2).map((v) => -v)]);
    const found = Float64Array.from(difference.subarray(1), (v) => v / (difference[0] as number));
    expect(featureError(found, victim.features)).toBeLessThan(1e-9);
    // The product's own operation zeroes a model whose linear predictor leaves +-12, and says so.
    const steepRequest = paramsAt([0, 1e6], 400);
    const answer = gradient.read(gradient.local(rowsOf(people), steepRequest), steepRequest);
    expect(answer[0]).toMatchObject({ beyondLimit: true, participants: 0 });
    expect([...(answer[0]?.score ?? [])].every((s) => s === 0)).toBe(true);
  });

  it('fails on a site of one person, or of eight: nothing leaves', () => {
    for (const count of [1, 8, 9])
      expect(
        answerOf(protocol, rowsOf(people.slice(0, count)), { query: gradient, params: paramsAt(coefficients, 400), scope: trainingScope }),
      ).toBe('belowMinCount');
  });

  it('fails on one person whose row stands in the table a dozen times', () => {
    const repeated = Array.from({ length: 12 }, () => people[0] as Person);
    expect(gradient.local(rowsOf(repeated), paramsAt(coefficients, 400))[1]).toBe(12);
    expect(answerOf(protocol, rowsOf(repeated), { query: gradient, params: paramsAt(coefficients, 400), scope: trainingScope })).toBe(
      'belowMinCount',
    );
  });

  it('fails on released totals: the inverse is nobody', () => {
    const bySite = training.map((of, s) => ({ of, people: madePeople(15, p, attackSeed + 1 + s, of) }));
    const everyone = bySite.flatMap((s) => s.people);
    for (const [k, at] of [coefficients, [0], [-0.5, 0.2, 0.2, 0.2], [0.3, -0.4]].entries()) {
      const vectors = bySite.map((s) => gradient.local(rowsOf(s.people, s.of), paramsAt(at, 60)));
      expect(
        answerOf(protocol, rowsOf((bySite[0] as { people: Person[] }).people), {
          query: gradient,
          params: paramsAt(at, 60),
          scope: trainingScope,
        }),
      ).toBeInstanceOf(Released);
      // Somebody is always near: what counts is whether the guess is nearer to anybody than one that knows nothing.
      expect(nearest(invert(sumOf(vectors)), everyone), `request ${k}`).toBeGreaterThan(0.7 * nearest(new Float64Array(p), everyone));
    }
  });

  it('fails to ask as many coefficients as there are people: the request is refused before anything is added', () => {
    const rows = rowsOf(people);
    const many = Array.from({ length: p + 1 }, () => 0.01);
    expect(answerOf(protocol, rows, { query: gradient, params: paramsAt(many, 39), scope: trainingScope })).toBe('tooManyParameters');
    expect(answerOf(protocol, rows, { query: gradient, params: paramsAt(many, 60), scope: trainingScope })).toBeInstanceOf(Released);
  });
});
