import { logit, logistic } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTau2, weightSums } from './heterogeneity.js';
import { eggerTest, heterogeneityInterval, leaveOneOut, metaAnalysis } from './meta-analysis.js';

// Tuberculosis and no tuberculosis among vaccinated and control in the 13 BCG trials of Colditz et al. 1994, doi 10.1001/jama.1994.03510330076038.
const trials = [
  [4, 119, 11, 128],
  [6, 300, 29, 274],
  [3, 228, 11, 209],
  [62, 13536, 248, 12619],
  [33, 5036, 47, 5761],
  [180, 1361, 372, 1079],
  [8, 2537, 10, 619],
  [505, 87886, 499, 87892],
  [29, 7470, 45, 7232],
  [17, 1699, 65, 1600],
  [186, 50448, 141, 27197],
  [5, 2493, 3, 2338],
  [27, 16886, 29, 17825],
] as const;
const bcg = {
  yi: Float64Array.from(trials, ([a, b, c, d]) => Math.log(a / (a + b) / (c / (c + d)))),
  vi: Float64Array.from(trials, ([a, b, c, d]) => 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)),
};
const aucs = [0.84, 0.79, 0.88, 0.81, 0.76, 0.86];
const aucErrors = [0.035, 0.045, 0.03, 0.05, 0.04, 0.055];
const logitAucs = {
  yi: Float64Array.from(aucs, logit),
  vi: Float64Array.from(aucErrors, (se, k) => (se / ((aucs[k] as number) * (1 - (aucs[k] as number)))) ** 2),
};

const five = { yi: Float64Array.of(0.2, 0.5, 0.31, 0.9, -0.2), vi: Float64Array.of(0.01, 0.04, 0.02, 0.09, 0.03) };

describe('meta-analysis of sites', () => {
  it.each([
    ['SJ', 0.11399986053283, 0.08304590228937, 0.30105795135999],
    ['HE', 0.12482, 0.11638804148193, 0.30330898347527],
    ['HS', 0.03818839929498, 0.03365837846145, 0.27271030950651],
  ] as const)('%s: tau2, its standard error and the mean of metafor 3.8-1', (method, tau2, error, mean) => {
    const fit = metaAnalysis(five, method, 'z');
    expect(fit.tau2).toBeCloseTo(tau2, 12);
    expect(fit.tau2StandardError).toBeCloseTo(error, 12);
    expect(fit.estimate).toBeCloseTo(mean, 12);
  });

  it('another level: rma(level = 90) of metafor 3.8-1', () => {
    const { interval } = metaAnalysis(five, 'REML', 'z', 'metafor', 0.9);
    // Its scoring stops at a change of 1e-5 in tau2.
    expect(interval?.low).toBeCloseTo(0.03922475587, 5);
    expect(interval?.high).toBeCloseTo(0.5491432671, 5);
  });

  it('BCG trials, REML: golden values of metafor 3.8', () => {
    const [plain, hartung] = [metaAnalysis(bcg, 'REML', 'z'), metaAnalysis(bcg, 'REML', 'knha')];
    expect(plain.estimate).toBeCloseTo(-0.71453235, 7);
    expect(plain.tau2).toBeCloseTo(0.31324333, 6);
    expect(plain.standardError).toBeCloseTo(0.17978153, 6);
    expect(hartung.standardError).toBeCloseTo(0.18079175, 7);
    expect([hartung.interval?.low, hartung.interval?.high].map((v) => Math.round((v as number) * 1e5))).toEqual([-110844, -32062]);
    expect([hartung.predictionOfTest?.low, hartung.predictionOfTest?.high].map((v) => Math.round((v as number) * 1e5))).toEqual([
      -199602, 56695,
    ]);
    expect(plain.q).toBeCloseTo(152.233008082373, 9);
    expect(plain.i2).toBeCloseTo(92.2213845, 5);
  });

  it('six AUCs on the logit scale: golden values, both conventions of the prediction interval', () => {
    const fit = metaAnalysis(logitAucs, 'REML', 'knha');
    expect(fit.estimate).toBeCloseTo(1.519519, 6);
    expect(fit.tau2).toBeCloseTo(0.037752, 6);
    // The golden values have four digits.
    const back = (interval: { low: number; high: number } | null, low: number, high: number) => {
      expect(Math.abs(logistic(interval?.low as number) - low)).toBeLessThan(1e-4);
      expect(Math.abs(logistic(interval?.high as number) - high)).toBeLessThan(1e-4);
    };
    expect(logistic(fit.estimate)).toBeCloseTo(0.8205, 4);
    back(fit.interval, 0.7647, 0.8654);
    back(fit.predictionOfTest, 0.714, 0.8933);
    back(fit.predictionKMinus2, 0.704, 0.8978);
  });

  it('the floor keeps Hartung-Knapp from being narrower than the normal standard error', () => {
    const [plain, hartung, floored] = (['z', 'knha', 'hksj-floor'] as const).map((test) => metaAnalysis(logitAucs, 'REML', test));
    expect(hartung?.varianceFactor).toBeCloseTo(0.873, 3);
    expect(hartung?.standardError).toBeCloseTo(0.1327, 4);
    expect(plain?.standardError).toBeCloseTo(0.142, 4);
    expect(floored?.standardError).toBe(plain?.standardError);
    const heterogeneous = (['knha', 'hksj-floor'] as const).map((test) => metaAnalysis(bcg, 'DL', test).standardError);
    expect(heterogeneous[0]).toBe(heterogeneous[1]);
  });

  it('tau2 at its border is 0, not a small number', () => {
    const alike = { yi: Float64Array.of(0.5, 0.51, 0.49, 0.5), vi: Float64Array.of(0.1, 0.2, 0.15, 0.1) };
    for (const method of ['REML', 'ML', 'DL', 'PM'] as const)
      expect(metaAnalysis(alike, method, 'z')).toMatchObject({ tau2: 0, i2: 0, h2: 1 });
    expect(heterogeneityInterval(alike, metaAnalysis(alike, 'REML', 'z'))?.tau2[0]).toBe(0);
  });

  it('one site keeps its own estimate; two have no prediction interval', () => {
    const one = metaAnalysis({ yi: Float64Array.of(0.3), vi: Float64Array.of(0.04) }, 'REML', 'z');
    expect(one).toMatchObject({ k: 1, estimate: 0.3, tau2: 0, q: 0, qP: 1, predictionOfTest: null });
    expect(one.standardError).toBeCloseTo(0.2, 12);
    const two = metaAnalysis({ yi: Float64Array.of(0.3, 0.9), vi: Float64Array.of(0.04, 0.02) }, 'REML', 'knha');
    expect(two.predictionOfTest).toBeNull();
    expect(two.predictionKMinus2).toBeNull();
    expect(two.interval).not.toBeNull();
  });

  it('Paule-Mandel puts the generalized Q at its degrees of freedom', () => {
    const { tau2 } = estimateTau2(bcg, 'PM', 'exact');
    expect(weightSums(bcg, tau2).q).toBeCloseTo(12, 9);
  });

  it('REML maximizes its likelihood: the score is 0 inside', () => {
    const { tau2 } = estimateTau2(bcg, 'REML');
    const { q2, s1, s2 } = weightSums(bcg, tau2);
    expect(q2 - (s1 - s2 / s1)).toBeCloseTo(0, 9);
  });

  it('does not depend on the order of sites, and scales with the estimates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true })), {
          minLength: 3,
          maxLength: 12,
        }),
        (rows) => {
          const sites = (scale: number, order: typeof rows) => ({
            yi: Float64Array.from(order, ([y]) => scale * y),
            vi: Float64Array.from(order, ([, s]) => (scale * s) ** 2),
          });
          const fit = metaAnalysis(sites(1, rows), 'REML', 'knha');
          const turned = metaAnalysis(sites(1, [...rows].reverse()), 'REML', 'knha');
          expect(turned.estimate).toBeCloseTo(fit.estimate, 8);
          expect(turned.tau2).toBeCloseTo(fit.tau2, 8);
          expect(metaAnalysis(sites(2, rows), 'REML', 'knha').tau2).toBeCloseTo(4 * fit.tau2, 7);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('leaving one out is the analysis of the others', () => {
    const [first] = leaveOneOut(bcg, 'REML', 'z');
    expect(first?.estimate).toBeCloseTo(-0.707084, 6);
    expect(first?.k).toBe(12);
  });

  it('Egger: none with two sites or equal standard errors', () => {
    expect(eggerTest(bcg)?.t).toBeCloseTo(-1.401282, 6);
    expect(eggerTest({ yi: Float64Array.of(1, 2), vi: Float64Array.of(1, 2) })).toBeNull();
    expect(eggerTest({ yi: Float64Array.of(1, 2, 4), vi: Float64Array.of(1, 1, 1) })).toBeNull();
  });
});
