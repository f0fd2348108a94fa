import { decodeFixedPoint, operationName, wideWords } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { SeededRandom } from '@cohortium/numerics';
import { Released } from '@cohortium/privacy';
import { momentQueries } from '@cohortium/statistics';
import { describe, expect, it } from 'vitest';
import { answerOf, areaUnderCurve, attackSeed, attackedProtocol, clauseFor, madePeople, rowsOf, trainingScope } from './attack-ground.js';
import type { Person } from './attack-ground.js';

// A4 (membership inference from sums): whoever knows a person's row asks whether it lies nearer to the released mean than to the
// population's (Homer et al. 2008, doi 10.1371/journal.pgen.1000167). Many features against few people make exact sums give members away;
// only noise helps, and SECURITY.md says so.

const featureCount = 120;
const people = 40;
const query = momentQueries('full').first;
const params = { heldOut: [null], featureCount };
const request = { query, params, scope: trainingScope };
const exact = attackedProtocol([clauseFor([operationName(query)], 'sum')]);
/** Sensitivity over standard deviation 1/8: an attack that knows all but membership reaches an AUC of Phi(1 / (8 sqrt 2)) = 0.535. */
const noisy = attackedProtocol([
  clauseFor([operationName(query)], 'sum', { dp: { mechanism: 'discreteGaussian', sigma: 8 * 20, l2Sensitivity: 20, delta: 1e-5 } }),
]);
const trials = 12;

function sumsOf(protocol: typeof exact, rows: CohortRows, secret?: Uint8Array): Float64Array {
  const released = answerOf(protocol, rows, request, undefined, secret);
  if (!(released instanceof Released)) throw new Error(`withheld: ${released}`);
  const words = new Uint32Array(released.bytes.length / 4);
  new Uint8Array(words.buffer).set(released.bytes);
  return decodeFixedPoint(words, wideWords).subarray(2 + featureCount, 2 + 2 * featureCount);
}

/** Correlation of a person's row with the released sums: higher for members. */
const score = (sums: Float64Array, { features }: Person) => features.reduce((s, x, j) => s + x * (sums[j] as number), 0);

function attack(protocol: typeof exact, secret?: Uint8Array): number {
  const members: number[] = [];
  const others: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const inside = madePeople(people, featureCount, attackSeed + 2 * trial);
    const outside = madePeople(people, featureCount, attackSeed + 2 * trial + 1);
    const sums = sumsOf(protocol, rowsOf(inside), secret);
    members.push(...inside.map((person) => score(sums, person)));
    others.push(...outside.map((person) => score(sums, person)));
  }
  return areaUnderCurve(members, others);
}

describe('A4: membership inference', () => {
  it('works on exact sums of many features over few people', () => {
    expect(attack(exact)).toBeGreaterThan(0.8);
  });

  it('fails under a clause with noise: AUC at most 0.55, and no better than its privacy allows', () => {
    const secret = new Uint8Array(32).map(() => Math.floor(new SeededRandom(attackSeed).uniform() * 256));
    // 480 scores a side: the standard error of an AUC of 0.5 is about 0.019; the bound of 0.535 may be missed by chance by one of it.
    expect(attack(noisy, secret)).toBeLessThan(0.555);
  });

  it('without a secret to draw noise from, nothing leaves; nor without clipping', () => {
    const rows = rowsOf(madePeople(people, featureCount, 1));
    expect(answerOf(noisy, rows, request)).toBe('noiseMissing');
    const { perParticipant: _, ...whole } = query;
    expect(answerOf(noisy, rows, { ...request, query: whole }, undefined, new Uint8Array(32))).toBe('notEvaluable');
  });

  it('asking again does not average the noise away: it is the same, in any run', () => {
    const rows = rowsOf(madePeople(people, featureCount, 1));
    const secret = new Uint8Array(32).fill(7);
    expect(sumsOf(noisy, rows, secret)).toEqual(sumsOf(noisy, rows, secret));
    expect(sumsOf(noisy, rows, secret)).not.toEqual(sumsOf(noisy, rows, new Uint8Array(32).fill(8)));
  });
});
