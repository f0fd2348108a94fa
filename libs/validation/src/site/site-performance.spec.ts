import type { Figure } from '@cohortium/federation';
import { SeededRandom, logistic } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { figureReasonTexts, figureReasons } from '../figure-reasons.js';
import { sitePerformanceSchema } from '../figures.js';
import { sitePerformance } from './site-performance.js';

function simulate(seed: number, n: number) {
  const random = new SeededRandom(seed);
  const lp = Float64Array.from({ length: n }, () => 3 * random.uniform() - 2.5);
  return { probabilities: lp.map(logistic), outcome: lp.map((x) => (random.uniform() < logistic(x) ? 1 : 0)) };
}

/** What the gate does once its rules are met. */
function withoutCells(figures: Readonly<Record<string, Figure>>) {
  return Object.fromEntries(
    Object.entries(figures).map(([key, figure]) => {
      const copy: Record<string, unknown> = { ...figure };
      delete copy['cells'];
      return [key, copy];
    }),
  );
}

describe('sitePerformance', () => {
  const { probabilities, outcome } = simulate(11, 200);
  const positives = outcome.reduce((s, y) => s + y, 0);

  it('carries the counts behind every figure, and parses once the gate has removed them', () => {
    const figures = sitePerformance(outcome, probabilities, 0.25);
    for (const figure of Object.values(figures)) expect(figure.state).toBe('ok');
    const cells = (figure: Figure) => (figure.state === 'ok' ? (figure.cells ?? []) : []);
    for (const key of ['auc', 'calibrationInTheLarge', 'calibrationSlope', 'brier'] as const)
      expect(cells(figures[key])).toEqual([positives, 200 - positives]);
    const [truePositives, falseNegatives] = cells(figures.sensitivity) as [number, number];
    expect(truePositives + falseNegatives).toBe(positives);
    expect(figures.sensitivity).toMatchObject({ value: truePositives / positives });
    const [trueNegatives, falsePositives] = cells(figures.specificity) as [number, number];
    expect(trueNegatives + falsePositives).toBe(200 - positives);
    expect(figures.specificity).toMatchObject({ value: trueNegatives / (200 - positives) });
    expect(() => sitePerformanceSchema.parse(figures)).toThrow();
    expect(sitePerformanceSchema.safeParse(withoutCells(figures)).success).toBe(true);
  });

  it('withholds ranking and calibration below the smallest number of events or non-events', () => {
    const few = { state: 'withheld', reason: 'tooFewEvents' };
    for (const turned of [outcome, outcome.map((y) => 1 - y)]) {
      const events = turned.reduce((s, y) => s + y, 0);
      const figures = sitePerformance(turned, probabilities, 0.25, Math.min(events, 200 - events) + 1);
      expect(figures).toMatchObject({ auc: few, calibrationInTheLarge: few, calibrationSlope: few });
      expect([figures.brier.state, figures.sensitivity.state, figures.specificity.state]).toEqual(['ok', 'ok', 'ok']);
      expect(sitePerformance(turned, probabilities, 0.25, Math.min(events, 200 - events)).auc.state).toBe('ok');
    }
  });

  it('shows nothing of a class that is absent, whatever the minimum', () => {
    const figures = sitePerformance(new Float64Array(30), probabilities.slice(0, 30), 0.25, 0);
    const few = { state: 'withheld', reason: 'tooFewEvents' };
    expect(figures).toMatchObject({ auc: few, calibrationSlope: few, sensitivity: few, specificity: { state: 'ok' } });
    const nobody = sitePerformance(new Float64Array(0), new Float64Array(0), 0.5);
    expect(nobody).toMatchObject({ brier: { state: 'withheld', reason: 'noParticipants' }, specificity: few });
  });

  it('reports separated classes, equal and extreme probabilities as such', () => {
    const y = Float64Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1));
    const separated = sitePerformance(
      y,
      y.map((_, i) => 0.01 + i / 50),
      0.5,
    );
    expect(separated.auc).toEqual({ state: 'ok', value: 1, cells: [20, 20] });
    expect(separated.calibrationSlope).toEqual({ state: 'error', reason: 'notConverged' });
    const constant = sitePerformance(y, new Float64Array(40).fill(0.5 - 1e-13), 0.5);
    expect(constant.auc).toEqual({ state: 'ok', value: 0.5, cells: [20, 20] });
    expect(constant.calibrationInTheLarge).toMatchObject({ state: 'ok' });
    expect(constant.calibrationSlope).toEqual({ state: 'error', reason: 'constantPredictor' });
    expect(constant.sensitivity).toMatchObject({ value: 1, cells: [20, 0] });
    const extreme = sitePerformance(
      y,
      y.map((_, i) => (i === 3 ? 0 : 0.3 + (i % 7) / 20)),
      0.5,
    );
    expect(extreme.calibrationInTheLarge).toEqual({ state: 'error', reason: 'infinitePredictor' });
  });

  it('has a text in both languages for every reason', () => {
    for (const reason of figureReasons) {
      expect(figureReasonTexts.en[reason].length).toBeGreaterThan(5);
      expect(figureReasonTexts.zh[reason]).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
