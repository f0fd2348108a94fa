import { SeededRandom, exp, ln, logistic, softplus } from '@cohortium/numerics';
import { rowsFromTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { interceptTerm } from '../model-matrix/model-matrix.js';
import { runOnRows } from '../program.js';
import { fitMixed } from './fit.js';
import type { MixedProblem } from './fit.js';
import { siteLogLikelihood, siteMode } from './site-likelihood.js';
import type { SiteRows } from './site-likelihood.js';

/** Rows of one site: an intercept and one normal column. */
function madeSite(random: SeededRandom, count: number, shift: number): SiteRows {
  const values = new Float64Array(2 * count);
  const outcome = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    values[2 * i] = 1;
    values[2 * i + 1] = random.normal();
    outcome[i] = Number(random.uniform() < logistic(-0.4 + shift + 0.8 * (values[2 * i + 1] as number)));
  }
  return { columnCount: 2, values, outcome };
}

const theta = Float64Array.of(-0.3, 0.7, 0.6);

/** The marginal log-likelihood by the trapezoidal rule on [-9, 9], which for this integrand is exact to rounding. */
function slowLogLikelihood({ values, outcome }: SiteRows, at: Float64Array): number {
  const [b0, b1, sigma] = at as unknown as [number, number, number];
  const step = 1 / 16;
  let sum = 0;
  for (let u = -9; u <= 9; u += step) {
    let l = (-u * u) / 2;
    outcome.forEach((y, i) => {
      const eta = b0 + b1 * (values[2 * i + 1] as number) + sigma * u;
      l += y * eta - softplus(eta);
    });
    sum += exp(l);
  }
  return ln((sum * step) / Math.sqrt(2 * Math.PI));
}

/** Central differences with one extrapolation: errors near h^4 and rounding / h. */
function slope(f: (x: number) => number, h: number): number {
  const d = (k: number) => (f(k) - f(-k)) / (2 * k);
  return (4 * d(h) - d(2 * h)) / 3;
}

const moved = (at: Float64Array, j: number, by: number) => at.map((x, k) => (k === j ? x + by : x));

describe('marginal likelihood of one site', () => {
  const random = new SeededRandom(4);
  const sites = [1, 4, 30, 120].map((count) => madeSite(random, count, 0.5));

  it('with many points is the integral', () => {
    for (const site of sites) expect(siteLogLikelihood(site, theta, 30).value).toBeCloseTo(slowLogLikelihood(site, theta), 11);
  });

  it("Laplace's approximation comes closer as a site grows", () => {
    const errors = sites.map((site) => Math.abs(siteLogLikelihood(site, theta, 1).value - slowLogLikelihood(site, theta)));
    expect(errors[3] as number).toBeLessThan(2e-3);
    expect(errors[3] as number).toBeLessThan(errors[1] as number);
  });

  it.each([1, 2, 7])('%i points: derivatives are those of the value', (points) => {
    for (const site of sites) {
      for (const at of [theta, Float64Array.of(0.5, -1.2, 1.7), Float64Array.of(-2, 0.1, -0.4)]) {
        const jet = siteLogLikelihood(site, at, points);
        for (let a = 0; a < 3; a++) {
          expect(slope((h) => siteLogLikelihood(site, moved(at, a, h), points).value, 1e-3)).toBeCloseTo(jet.gradient[a] as number, 8);
          for (let b = 0; b < 3; b++) {
            const found = slope((h) => siteLogLikelihood(site, moved(at, a, h), points).gradient[b] as number, 1e-3);
            const expected = jet.hessian[3 * a + b] as number;
            expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-9);
          }
        }
      }
    }
  });

  it('without variance it is the likelihood of the plain model', () => {
    const site = sites[2] as SiteRows;
    const at = Float64Array.of(-0.3, 0.7, 0);
    let plain = 0;
    site.outcome.forEach((y, i) => {
      const eta = -0.3 + 0.7 * (site.values[2 * i + 1] as number);
      plain += y * eta - softplus(eta);
    });
    for (const points of [1, 5]) expect(siteLogLikelihood(site, at, points).value).toBeCloseTo(plain, 12);
  });

  it('the mode solves its equation, also for one class and a wide prior', () => {
    const one: SiteRows = { columnCount: 2, values: Float64Array.of(1, 0, 1, 3, 1, -2), outcome: Float64Array.of(1, 1, 1) };
    for (const [site, at] of [
      [one, Float64Array.of(-8, 2, 6)],
      [sites[3] as SiteRows, theta],
    ] as const) {
      const { mode } = siteMode(site, at);
      let residual = 0;
      site.outcome.forEach(
        (y, i) =>
          (residual += y - logistic((at[0] as number) + (at[1] as number) * (site.values[2 * i + 1] as number) + (at[2] as number) * mode)),
      );
      expect((at[2] as number) * residual).toBeCloseTo(mode, 10);
    }
  });
});

describe('fitMixed', () => {
  const random = new SeededRandom(11);
  const shifts = [-0.9, 0.7, 0.1, 1.1, -0.6, 0.2];
  const sites = shifts.map((shift) => madeSite(random, 60, shift));
  const rows = rowsFromTable({
    site: sites.flatMap((site, s) => Array.from(site.outcome, () => `S${s}`)),
    features: {
      names: ['x', 'y'],
      values: Float64Array.from(
        sites.flatMap((site) => Array.from(site.outcome, (y, i) => [100 + 5 * (site.values[2 * i + 1] as number), y]).flat()),
      ),
    },
  });
  const problem: MixedProblem = {
    outcome: { column: 'y', code: null },
    terms: [interceptTerm, { name: 'x', factors: [{ column: 'x' }] }],
    points: 9,
    hessian: 'exact',
    epsilon: 1e-9,
    maxRounds: 60,
    limit: 30,
  };

  it('finds the maximum of the summed likelihoods, in raw units', () => {
    const fit = runOnRows(fitMixed(problem), rows);
    expect(fit).toMatchObject({ converged: true, rows: 360, sites: 6 });
    const slope5 = 5 * (fit.coefficients[1] as number);
    const at = Float64Array.of((fit.coefficients[0] as number) + 100 * (fit.coefficients[1] as number), slope5, fit.sd);
    const total = (point: Float64Array) => sites.reduce((sum, site) => sum + slowLogLikelihood(site, point), 0);
    expect(total(at)).toBeCloseTo(fit.logLikelihood, 5);
    for (let j = 0; j < 3; j++) for (const move of [0.02, -0.02]) expect(total(moved(at, j, move))).toBeLessThan(total(at));
    // More likely than without site intercepts: their spread is real here.
    expect(fit.logLikelihood).toBeGreaterThan(fit.plain.logLikelihood + 3);
  });

  it('sites that do not differ: an SD of 0 and the plain model', () => {
    const alike = rowsFromTable({
      site: Array.from({ length: 80 }, (_, i) => 'ABCD'[i % 4] as string),
      features: {
        names: ['x', 'y'],
        values: Float64Array.from(
          Array.from({ length: 80 }, (_, i) => [Math.floor(i / 4) % 5, Number(Math.floor(i / 4) % 3 === 0)]).flat(),
        ),
      },
    });
    const fit = runOnRows(fitMixed({ ...problem, points: 1 }), alike);
    expect(fit.sd).toBeLessThan(1e-6);
    expect(fit.logLikelihood).toBeCloseTo(fit.plain.logLikelihood, 10);
    expect(fit.coefficients[1]).toBeCloseTo(fit.plain.coefficients[1] as number, 8);
  });
});
