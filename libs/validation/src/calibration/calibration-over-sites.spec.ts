import { scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { SeededRandom, logistic, logit } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { columnSource } from '../score-sums/column-source.js';
import { scoreQueries } from '../score-sums/score-queries.js';
import { closedTest } from './closed-test.js';
import { fitCurves, lineOf } from './fit-curves.js';
import type { CurveFit, CurveTask } from './fit-curves.js';
import { curveDistances, curvePoints } from './flexible.js';
import { hosmerLemeshow, quantilePlace, reliability, scoreQuantiles, sortedQuantile } from './groups.js';
import { calibrationTasks, likelihoodIndexes, slopeModel } from './measures.js';
import { calibrationInTheLarge, calibrationSlope } from './recalibration.js';

const random = new SeededRandom(20240711);
const n = 300;
const linear = Float64Array.from({ length: n }, () => 1.3 * random.normal() - 0.8);
const p = linear.map(logistic);
const y = linear.map((x) => Number(random.uniform() < logistic(0.3 + 0.4 * x)));
const table: TestTable = {
  site: Array.from(y, (_, i) => `S${i % 5}`),
  features: { names: ['p', 'y'], values: Float64Array.from([...y].flatMap((value, i) => [p[i] as number, value])) },
};
const source = {
  entries: [{ score: 'p', outcome: 'y', event: null, missingOutcome: 'exclude', transform: 'none', needs: [], within: [] }],
} as const;
const evaluation = () => ({
  federation: simulatedFederationOf(table),
  scope: scopeOf(table),
  queries: scoreQueries(columnSource),
  source: source as never,
  entryCount: 1,
});
const ok = (fit: CurveFit | undefined) => {
  if (fit?.state !== 'ok') throw new Error('no fit');
  return fit;
};

async function sumsOf() {
  const { federation, scope, queries } = evaluation();
  return (await federation.sum(queries.probabilitySums, { source: source as never, entryCount: 1 }, scope)).value[0] as never as Parameters<
    typeof calibrationTasks
  >[0];
}

describe('calibration over sites', () => {
  it('in the large and slope are those of one table, their likelihoods too', async () => {
    const sums = await sumsOf();
    const { shift, line } = calibrationTasks(sums, 0, 'refuse');
    const [large, slope] = (await fitCurves(evaluation(), [shift, line])).map(ok);
    const [largeHere, slopeHere] = [calibrationInTheLarge(y, linear), calibrationSlope(y, linear)];
    if (largeHere.state !== 'ok' || slopeHere.state !== 'ok' || !large || !slope) throw new Error('no estimate');
    expect(large.coefficients[0]).toBeCloseTo(largeHere.estimate, 10);
    expect(lineOf(slope).slope).toBeCloseTo(slopeHere.estimate, 10);
    expect(Math.sqrt(lineOf(slope).covariance[3] as number)).toBeCloseTo(slopeHere.standardError, 9);
    const logLikelihood = (a: number, b: number) =>
      linear.reduce((sum, x, i) => sum + Math.log(logistic((y[i] === 1 ? 1 : -1) * (a + b * x))), 0);
    expect(slope.startLogLikelihood).toBeCloseTo(logLikelihood(0, 1), 9);
    const model = slopeModel(slope);
    expect(model.logLikelihood).toBeCloseTo(logLikelihood(model.intercept.estimate, model.slope.estimate), 9);
    // The intercept of the line is that of the line, not of the standardized one.
    const step = 1e-5;
    expect(logLikelihood(model.intercept.estimate + step, model.slope.estimate)).toBeLessThan(model.logLikelihood);
    expect(logLikelihood(model.intercept.estimate - step, model.slope.estimate)).toBeLessThan(model.logLikelihood);
  });

  it('the closed test keeps the original where it fits, and recalibrates where slope and intercept are off', async () => {
    const { shift, line } = calibrationTasks(await sumsOf(), 0, 'refuse');
    const [large, slope] = (await fitCurves(evaluation(), [shift, line])).map(ok);
    const test = closedTest(large as never, slope as never);
    expect(test.choice).toBe('recalibration');
    expect(test.againstOriginal.df).toBe(2);
    expect(test.againstOriginal.statistic).toBeGreaterThan(test.againstIntercept.statistic);
    expect(closedTest(large as never, slope as never, 1e-30).choice).toBe('original');
  });

  it('likelihood indexes: D of the prevalence itself is -1 / n, Q = D - U', () => {
    const prevalence = 0.3;
    const value = 300 * (0.3 * Math.log(0.3) + 0.7 * Math.log(0.7));
    const none = { estimate: 0, standardError: 1, interval: { low: 0, high: 0 } };
    const indexes = likelihoodIndexes(
      { intercept: none, slope: none, lrStatistic: 0, lrP: 1, logLikelihood: value, startLogLikelihood: value },
      300,
      300 * prevalence,
    );
    expect(indexes.d).toBeCloseTo(-1 / 300, 12);
    expect(indexes.r2).toBeCloseTo(0, 12);
    expect(indexes.q).toBeCloseTo(-1 / 300 + 2 / 300, 12);
  });

  it('a spline without curvature is the line; its distances are those of the participants', async () => {
    const { line } = calibrationTasks(await sumsOf(), 0, 'refuse');
    const knots = Float64Array.of(-1.5, -0.5, 0.5, 1.5);
    const spline: CurveTask = { entry: 0, basis: { ...line.basis, kind: 'spline', knots } };
    const [fit] = (await fitCurves(evaluation(), [spline])).map(ok);
    if (!fit) throw new Error('no fit');
    // Beyond the outer knots the curve is straight: equal steps of the log odds give equal steps of the curve.
    const at = (x: number) => logit(curvePoints(fit, [logistic(x)])[0]?.observed as number);
    expect(at(6) - at(5)).toBeCloseTo(at(5) - at(4), 8);
    expect(at(-6) - at(-5)).toBeCloseTo(at(-5) - at(-4), 8);
    const [distances] = await curveDistances(evaluation(), [fit], 2000);
    const here = p.map((q) => Math.abs(q - (curvePoints(fit, [q])[0]?.observed as number)));
    expect(distances?.ici).toBeCloseTo(here.reduce((a, b) => a + b, 0) / n, 12);
    expect(Math.abs((distances?.emax as number) - Math.max(...here))).toBeLessThanOrEqual(distances?.halfWidth as number);
    // The quantile of the histogram lies within a cell of the order statistic it stands for.
    expect(Math.abs((distances?.e90 as number) - (here.slice().sort()[Math.ceil(0.9 * n) - 1] as number))).toBeLessThanOrEqual(
      distances?.halfWidth as number,
    );
  });

  it('Hosmer-Lemeshow groups at searched quantiles are those of the sorted scores', async () => {
    const shares = [0, 0.25, 0.5, 0.75, 1];
    const [breaks] = await scoreQuantiles(evaluation(), [n], shares);
    const sorted = p.slice().sort();
    expect([...(breaks as Float64Array)]).toEqual(shares.map((share) => sortedQuantile(sorted, share)));
    const [groups] = await hosmerLemeshow(evaluation(), [breaks as Float64Array]);
    expect([...(groups?.participants ?? [])]).toEqual([75, 75, 75, 75]);
    let statistic = 0;
    for (let g = 0; g < 4; g++) {
      const members = [...p.keys()].filter(
        (i) => (p[i] as number) <= (breaks?.[g + 1] as number) && (g === 0 || (p[i] as number) > (breaks?.[g] as number)),
      );
      const [o, e] = [members.reduce((sum, i) => sum + (y[i] as number), 0), members.reduce((sum, i) => sum + (p[i] as number), 0)];
      statistic += (o - e) ** 2 / (e * (1 - e / members.length));
    }
    expect(groups?.statistic).toBeCloseTo(statistic, 9);
    expect(groups).toMatchObject({ dfDevelopment: 2, dfValidation: 4 });
  });

  it('expected calibration error: bins that close on the left', async () => {
    const [bins] = await reliability(evaluation(), 10);
    const gaps = Array.from({ length: 10 }, (_, b) => {
      const members = [...p.keys()].filter((i) => Math.min(9, Math.floor((p[i] as number) * 10)) === b);
      return Math.abs(members.reduce((sum, i) => sum + (y[i] as number) - (p[i] as number), 0));
    });
    expect(bins?.ece).toBeCloseTo(gaps.reduce((a, b) => a + b, 0) / n, 12);
  });
});

describe('quantiles of type 7', () => {
  it('lie between order statistics as quantile() of R puts them', () => {
    expect(sortedQuantile(Float64Array.of(1, 2, 4, 8), 0.4)).toBeCloseTo(2.4, 12);
    expect(sortedQuantile(Float64Array.of(7), 0.9)).toBe(7);
    expect(sortedQuantile(new Float64Array(0), 0.5)).toBeNaN();
    expect(quantilePlace(11, 0.5)).toEqual({ low: 6, high: 6, weight: 0 });
  });
});
