import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { newcombeInterval, newcombeVariance, logitDelongInterval } from './auc-intervals.js';
import { aucOfCells } from './delong.js';
import { mannWhitney } from './mann-whitney.js';
import { partialAuc, precisionRecall, rocCurve, rocOnGrid, youdenPoints } from './roc.js';
import { occupiedCells } from './score-cells.js';
import type { ScoreCells } from './score-cells.js';

/** Scores on a grid of `steps` values with outcomes, and their cells. */
function sample(seed: number, n: number, steps: number): { scores: number[]; outcome: number[]; cells: ScoreCells } {
  const random = new SeededRandom(seed);
  const outcome = Array.from({ length: n }, (_, i) => (i < 2 ? i : Number(random.uniform() < 0.4)));
  const scores = outcome.map((y) => Math.floor((random.uniform() * 0.8 + 0.2 * y) * steps) / steps);
  const values = Float64Array.from({ length: steps + 1 }, (_, k) => k / steps);
  const counts = (y: number) => values.map((v) => scores.filter((s, i) => s === v && outcome[i] === y).length);
  return { scores, outcome, cells: occupiedCells({ positives: counts(1), negatives: counts(0) }, values.slice(1), values) };
}

describe('ROC curves', () => {
  it('have the sensitivity and specificity of every cut-off, from all positive to nobody', () => {
    const { scores, outcome, cells } = sample(3, 80, 20);
    const { thresholds, sensitivity, specificity } = rocCurve(cells);
    expect(thresholds[0]).toBe(-Infinity);
    expect(thresholds[thresholds.length - 1]).toBe(Infinity);
    const share = (y: number, positive: (s: number) => boolean) => {
      const own = scores.filter((_, i) => outcome[i] === y);
      return own.filter(positive).length / own.length;
    };
    thresholds.forEach((t, k) => {
      expect(sensitivity[k]).toBeCloseTo(
        share(1, (s) => s >= t),
        12,
      );
      expect(specificity[k]).toBeCloseTo(
        share(0, (s) => s < t),
        12,
      );
    });
  });

  it('whole partial areas are the AUC, on either axis, and its correction the AUC too', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { cells } = sample(seed, 60, 12);
      const { auc } = aucOfCells(cells);
      for (const focus of ['specificity', 'sensitivity'] as const) {
        const { area, corrected } = partialAuc(cells, { focus, from: 1, to: 0 });
        expect(area).toBeCloseTo(auc, 12);
        if (auc >= 0.5) expect(corrected).toBeCloseTo(auc, 12);
      }
    }
  });

  it('partial areas add up, and a perfect score has the largest', () => {
    const { cells } = sample(5, 90, 30);
    const part = (from: number, to: number) => partialAuc(cells, { focus: 'specificity', from, to }).area;
    expect(part(1, 0.83) + part(0.83, 0.4)).toBeCloseTo(part(1, 0.4), 12);
    const perfect = occupiedCells({ positives: Float64Array.of(0, 5), negatives: Float64Array.of(7, 0) }, Float64Array.of(1), null);
    const { area, corrected } = partialAuc(perfect, { focus: 'specificity', from: 1, to: 0.8 });
    expect(area).toBeCloseTo(0.2, 12);
    expect(corrected).toBeCloseTo(1, 12);
  });

  it('a curve below the diagonal has no corrected area', () => {
    const worse = occupiedCells({ positives: Float64Array.of(5, 0), negatives: Float64Array.of(0, 5) }, Float64Array.of(1), null);
    expect(partialAuc(worse, { focus: 'specificity', from: 1, to: 0.8 }).corrected).toBeNaN();
  });

  it('Youden points are all cut-offs of the largest sum', () => {
    const { cells } = sample(9, 50, 10);
    const { sensitivity, specificity } = rocCurve(cells);
    const best = Math.max(...sensitivity.map((s, k) => s + (specificity[k] as number)));
    const points = youdenPoints(cells);
    points.forEach((point) => expect(point.sensitivity + point.specificity).toBeCloseTo(best, 12));
    // Two cut-offs tie: of four participants each class is split by one of them.
    const two = occupiedCells({ positives: Float64Array.of(1, 0, 1), negatives: Float64Array.of(1, 1, 0) }, Float64Array.of(1, 2), null);
    expect(youdenPoints(two).map(({ threshold }) => threshold)).toEqual([2]);
    expect(
      youdenPoints(occupiedCells({ positives: Float64Array.of(1), negatives: Float64Array.of(0) }, new Float64Array(0), null)),
    ).toEqual([]);
  });

  it('read off at false positive rates start at the sensitivity of no false positive and end at 1', () => {
    const { cells } = sample(11, 70, 25);
    const grid = rocOnGrid(cells, 100);
    const { sensitivity, specificity } = rocCurve(cells);
    expect(grid[0]).toBe(Math.max(...sensitivity.filter((_, k) => specificity[k] === 1)));
    expect(grid[100]).toBe(1);
    grid.forEach((s, g) => expect(g === 0 || s >= (grid[g - 1] as number) - 1e-12).toBe(true));
  });
});

describe('precision and recall', () => {
  it('average precision is the step-wise sum over distinct scores', () => {
    const { scores, outcome, cells } = sample(4, 60, 15);
    const { averagePrecision, precision, recall } = precisionRecall(cells);
    const distinct = [...new Set(scores)].sort((a, b) => b - a);
    const positives = outcome.filter((y) => y === 1).length;
    let expected = 0;
    let before = 0;
    distinct.forEach((t, k) => {
      const called = scores.flatMap((s, i) => (s >= t ? [outcome[i] as number] : []));
      const tp = called.filter((y) => y === 1).length;
      expected += (tp / positives - before) * (tp / called.length);
      before = tp / positives;
      expect(precision[k]).toBeCloseTo(tp / called.length, 12);
      expect(recall[k]).toBeCloseTo(before, 12);
    });
    expect(averagePrecision).toBeCloseTo(expected, 12);
  });

  it('is 1 for a perfect score and NaN without positives', () => {
    const perfect = occupiedCells(
      { positives: Float64Array.of(0, 1, 1, 1), negatives: Float64Array.of(3, 0, 0, 0) },
      Float64Array.of(1, 2, 3),
      null,
    );
    expect(precisionRecall(perfect).averagePrecision).toBe(1);
    expect(precisionRecall({ ...perfect, positives: new Float64Array(4) }).averagePrecision).toBeNaN();
  });
});

describe('intervals of an AUC', () => {
  it('Newcombe: bounds are the AUCs that lie 1.96 of their own standard errors away', () => {
    const estimate = { auc: 0.75, positives: 20, negatives: 30 };
    const interval = newcombeInterval(estimate);
    for (const bound of [interval?.low as number, interval?.high as number])
      expect(Math.abs(0.75 - bound) / Math.sqrt(newcombeVariance(bound, 20, 30))).toBeCloseTo(1.959963984540054, 9);
  });

  it('Newcombe: a perfect AUC has a lower bound, none without a class', () => {
    const interval = newcombeInterval({ auc: 1, positives: 20, negatives: 20 });
    expect(interval?.high).toBe(1);
    expect(interval?.low).toBeGreaterThan(0.85);
    expect(interval?.low).toBeLessThan(0.95);
    expect(newcombeInterval({ auc: NaN, positives: 0, negatives: 4 })).toBeNull();
  });

  it('logit: none at 0 and 1 and without variance', () => {
    expect(logitDelongInterval({ auc: 1, variance: 0.1 })).toBeNull();
    expect(logitDelongInterval({ auc: 0.8, variance: 0 })).toBeNull();
    const { low, high } = logitDelongInterval({ auc: 0.8, variance: 0.0025 }) ?? { low: NaN, high: NaN };
    // Symmetric on the logit scale.
    expect(Math.log(low / (1 - low)) + Math.log(high / (1 - high))).toBeCloseTo(2 * Math.log(4), 12);
  });
});

describe('mannWhitney', () => {
  it('W counts pairs in which the negative is higher; p does not exist where all tie', () => {
    const { cells } = sample(7, 50, 10);
    const { auc, positives, negatives } = aucOfCells(cells);
    expect(mannWhitney(cells).w).toBeCloseTo((1 - auc) * positives * negatives, 9);
    expect(mannWhitney({ positives: Float64Array.of(3), negatives: Float64Array.of(4) }).p).toBeNaN();
  });

  it('is wilcox.test(c(1,2,3,4,4), c(2,4,5,6), exact = FALSE, correct = FALSE) of R: W 4.5, p 0.16876', () => {
    // Values 1 to 6 as cells; the second group is the positives.
    const cells = { negatives: Float64Array.of(1, 1, 1, 2, 0, 0), positives: Float64Array.of(0, 1, 0, 1, 1, 1) };
    const { w, p } = mannWhitney(cells);
    expect(w).toBe(4.5);
    expect(p).toBeCloseTo(0.168761228585, 10);
  });
});
