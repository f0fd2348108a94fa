import { rowsFromTable } from '@cohortium/testkit';
import { SeededRandom, logistic } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { loess } from '../calibration/loess.js';
import { calibrationInTheLarge, calibrationSlope } from '../calibration/recalibration.js';
import { delongAuc, delongInterval } from '../discrimination/delong.js';
import { columnSource } from '../score-sums/column-source.js';
import type { ColumnEntry } from '../score-sums/column-source.js';
import { scoreQueries } from '../score-sums/score-queries.js';
import { reasonOf, valueOf } from '../score-sums/site-figures.js';
import type { SiteFigures } from '../score-sums/site-figures.js';
import { siteThresholdFigures } from './site-thresholds.js';

const queries = scoreQueries(columnSource);
const entry: ColumnEntry = { score: 'p', outcome: 'y', event: null, missingOutcome: 'exclude', transform: 'none', needs: [], within: [] };
const source = { entries: [entry] };

const random = new SeededRandom(5);
const linear = Float64Array.from({ length: 80 }, () => random.normal());
const p = linear.map(logistic);
const y = linear.map((x) => Number(random.uniform() < logistic(0.4 + 0.7 * x)));

function rowsOf(probabilities: ArrayLike<number>, outcome: ArrayLike<number>) {
  return rowsFromTable({
    site: Array.from(outcome, () => 'A'),
    features: {
      names: ['p', 'y'],
      values: Float64Array.from(Array.from(outcome).flatMap((value, i) => [probabilities[i] as number, value])),
    },
  });
}

const rows = rowsOf(p, y);
const first = (json: unknown) => (json as readonly SiteFigures[])[0] as SiteFigures;
const few = rowsOf([0.2, 0.4, 0.9], [0, 0, 1]);

describe('site-auc', () => {
  const ask = (of = rows, minimumEvents = 10, rocSteps = 0) =>
    first(queries.siteDiscrimination.local(of, { source, minimumEvents, rocSteps }));

  it('is the exact AUC of the site, every figure with the counts behind it', () => {
    const expected = delongAuc(y, p);
    const figures = ask();
    expect(figures['auc']).toEqual({
      state: 'ok',
      value: expected.auc,
      ...delongInterval(expected),
      cells: [expected.positives, expected.negatives],
    });
    expect(figures['variance']).toMatchObject({ value: expected.variance });
    for (const figure of Object.values(figures)) expect(figure).toHaveProperty('cells');
  });

  it('is withheld below the minimum of either class; the counts are not', () => {
    const figures = ask(few);
    expect(figures['auc']).toEqual({ state: 'withheld', reason: 'tooFewEvents' });
    expect(valueOf(figures['participants'])).toBe(3);
    expect(valueOf(ask(few, 1)['auc'])).toBe(1);
  });

  it('reads the curve off on a grid', () => {
    const figures = ask(rows, 10, 4);
    expect(Object.keys(figures).filter((name) => name.startsWith('roc'))).toEqual(['roc 0', 'roc 1', 'roc 2', 'roc 3', 'roc 4']);
    expect(valueOf(figures['roc 4'])).toBe(1);
    expect(reasonOf(ask(few, 10, 4)['roc 0'])).toBe('tooFewEvents');
  });
});

describe('site-thresholds', () => {
  it('counts true and false positives at or above each cut, each with its own cells', () => {
    const answer = queries.siteThresholds.local(few, { source, cuts: Float64Array.of(0.2, 0.4, 0.95) });
    // Counts of everybody, then one object per cut-off: the gate looks at objects one by one.
    expect((answer as unknown as readonly object[][])[0]?.map((part) => Object.keys(part))).toEqual([
      ['participants', 'events'],
      ['tp', 'fp'],
      ['tp', 'fp'],
      ['tp', 'fp'],
    ]);
    const [figures] = siteThresholdFigures(answer) as [SiteFigures];
    expect([0, 1, 2].map((k) => [valueOf(figures[`tp ${k}`]), valueOf(figures[`fp ${k}`])])).toEqual([
      [1, 2],
      [1, 1],
      [0, 0],
    ]);
    expect(figures['fp 1']).toMatchObject({ cells: [1, 1] });
  });
});

describe('site-calibration', () => {
  const ask = (of = rows, smooth = false) =>
    first(queries.siteCalibration.local(of, { source, minimumEvents: 10, infinite: 'refuse', smooth }));

  it('is what the functions for rows in one place give', () => {
    const figures = ask();
    const large = calibrationInTheLarge(y, linear);
    const slope = calibrationSlope(y, linear);
    if (large.state !== 'ok' || slope.state !== 'ok') throw new Error('no estimate');
    expect(valueOf(figures['largeEstimate'])).toBeCloseTo(large.estimate, 9);
    expect(valueOf(figures['largeSe'])).toBeCloseTo(large.standardError, 8);
    expect(valueOf(figures['slope'])).toBeCloseTo(slope.estimate, 9);
    expect(valueOf(figures['slopeSe'])).toBeCloseTo(slope.standardError, 8);
    expect(['original', 'intercept', 'recalibration'][valueOf(figures['closedTestChoice'])]).toBeDefined();
  });

  it('has the loess distances of the site', () => {
    const fitted = loess(p, y);
    const distances = fitted.map((value, i) => Math.abs(value - (p[i] as number)));
    const figures = ask(rows, true);
    expect(valueOf(figures['loess ici'])).toBeCloseTo(distances.reduce((a, b) => a + b, 0) / 80, 12);
    expect(valueOf(figures['loess emax'])).toBe(Math.max(...distances));
  });

  it('gives Brier and observed / expected also with few events, the rest not', () => {
    const figures = ask(few);
    expect(valueOf(figures['brier'])).toBeCloseTo((0.04 + 0.16 + 0.01) / 3, 12);
    expect(reasonOf(figures['slope'])).toBe('tooFewEvents');
  });

  it('says why there is no slope: one probability, a probability of 1, nobody', () => {
    const constant = rowsOf(
      y.map(() => 0.3),
      y,
    );
    expect(reasonOf(ask(constant)['slope'])).toBe('constantPredictor');
    expect(valueOf(ask(constant)['largeEstimate'])).not.toBeNaN();
    const certain = p.slice();
    certain[0] = 1;
    expect(reasonOf(ask(rowsOf(certain, y))['slope'])).toBe('infinitePredictor');
    expect(reasonOf(ask(rowsOf([], []))['slope'])).toBe('noParticipants');
  });
});
