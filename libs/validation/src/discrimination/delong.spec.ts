import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '@cohortium/kernel';
import { delongAuc, delongInterval } from './delong.js';

/** The definition of DeLong 1988, pair by pair. */
function naiveDelong(outcome: Float64Array, scores: Float64Array): { auc: number; variance: number } {
  const x = [...scores].filter((_, i) => outcome[i] === 1);
  const y = [...scores].filter((_, i) => outcome[i] === 0);
  const psi = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
  const mean = (v: number[]) => v.reduce((s, a) => s + a, 0) / v.length;
  const v10 = x.map((a) => mean(y.map((b) => psi(a, b))));
  const v01 = y.map((b) => mean(x.map((a) => psi(a, b))));
  const auc = mean(v10);
  const squares = (v: number[]) => v.reduce((s, a) => s + (a - auc) ** 2, 0) / (v.length - 1);
  return { auc, variance: squares(v10) / x.length + squares(v01) / y.length };
}

/** Two or more of each class; scores on a coarse grid, so that ties are common. */
const sample = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 40 }),
    fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 40 }),
    fc.infiniteStream(fc.integer()),
  )
  .map(([positives, negatives, keys]) => {
    const rows = [...positives.map((s) => [1, s]), ...negatives.map((s) => [0, s])].map((row) => ({
      row,
      key: keys.next().value as number,
    }));
    rows.sort((a, b) => a.key - b.key);
    return {
      outcome: Float64Array.from(rows, (r) => r.row[0] as number),
      scores: Float64Array.from(rows, (r) => (r.row[1] as number) / 30),
    };
  });

describe('delongAuc', () => {
  it('equals the pair-by-pair definition', () => {
    fc.assert(
      fc.property(sample, ({ outcome, scores }) => {
        const fast = delongAuc(outcome, scores);
        const slow = naiveDelong(outcome, scores);
        expect(Math.abs(fast.auc - slow.auc)).toBeLessThan(1e-12);
        expect(Math.abs(fast.variance - slow.variance)).toBeLessThan(1e-12);
      }),
    );
  });

  it('does not change under an increasing map of the scores', () => {
    fc.assert(
      fc.property(sample, ({ outcome, scores }) => {
        expect(
          delongAuc(
            outcome,
            scores.map((s) => s ** 3 + 5 * s - 2),
          ),
        ).toEqual(delongAuc(outcome, scores));
      }),
    );
  });

  it('becomes 1 - AUC, with the same variance, when scores or classes are reversed', () => {
    fc.assert(
      fc.property(sample, ({ outcome, scores }) => {
        const { auc, variance } = delongAuc(outcome, scores);
        for (const turned of [
          delongAuc(
            outcome,
            scores.map((s) => -s),
          ),
          delongAuc(
            outcome.map((y) => 1 - y),
            scores,
          ),
        ]) {
          expect(turned.auc).toBeCloseTo(1 - auc, 14);
          expect(turned.variance).toBeCloseTo(variance, 14);
        }
      }),
    );
  });

  it('gives the same bits in any order of the rows', () => {
    fc.assert(
      fc.property(sample, fc.nat(), ({ outcome, scores }, shift) => {
        const turn = (v: Float64Array) => v.map((_, i) => v[(i + shift) % v.length] as number);
        expect(delongAuc(turn(outcome), turn(scores))).toEqual(delongAuc(outcome, scores));
      }),
    );
  });

  it('has variance 0 and no interval where classes are separated or all scores tie', () => {
    const outcome = Float64Array.of(0, 0, 0, 1, 1, 1, 1);
    for (const [scores, auc] of [
      [Float64Array.of(1, 2, 3, 4, 5, 6, 7), 1],
      [Float64Array.of(7, 6, 5, 4, 3, 2, 1), 0],
      [new Float64Array(7).fill(0.3), 0.5],
    ] as const) {
      const estimate = delongAuc(outcome, scores);
      expect(estimate).toEqual({ auc, variance: 0, positives: 4, negatives: 3 });
      expect(delongInterval(estimate)).toBeNull();
    }
  });

  it('ties scores within the band, and only those', () => {
    const outcome = Float64Array.of(1, 0, 1, 0);
    const scores = Float64Array.of(0.3, 0.3 + 5e-10, 0.5, 0.1);
    expect(delongAuc(outcome, scores).auc).toBe(0.75);
    expect(delongAuc(outcome, scores, 1e-9).auc).toBe(0.875);
    expect(delongAuc(outcome, scores, 1e-10).auc).toBe(0.75);
  });

  it('knows when a class is missing or has one member', () => {
    expect(delongAuc(Float64Array.of(1, 1), Float64Array.of(1, 2)).auc).toBeNaN();
    const one = delongAuc(Float64Array.of(1, 0, 0), Float64Array.of(2, 1, 3));
    expect(one.auc).toBe(0.5);
    expect(one.variance).toBeNaN();
    expect(delongInterval(one)).toBeNull();
  });

  it('refuses what cannot be ranked', () => {
    const refused = (outcome: Float64Array, scores: Float64Array) => {
      try {
        delongAuc(outcome, scores);
      } catch (error) {
        return isAppError(error, 'VALIDATION.BAD_SCORES');
      }
      return false;
    };
    expect(refused(Float64Array.of(1, 0), Float64Array.of(1))).toBe(true);
    expect(refused(Float64Array.of(1, 0), Float64Array.of(1, NaN))).toBe(true);
    expect(refused(Float64Array.of(1, 2), Float64Array.of(1, 2))).toBe(true);
  });

  it('clips its interval to 0 and 1', () => {
    const wide = delongInterval({ auc: 0.95, variance: 0.01 });
    expect(wide?.high).toBe(1);
    expect(wide?.low).toBeCloseTo(0.95 - 0.1959963984540054, 15);
  });
});
