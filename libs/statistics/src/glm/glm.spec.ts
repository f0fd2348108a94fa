import type { CohortRows } from '@cohortium/federation';
import { ln } from '@cohortium/numerics';
import { rowsFromTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { interceptTerm } from '../model-matrix/model-matrix.js';
import type { Term } from '../model-matrix/model-matrix.js';
import { runOnRows } from '../program.js';
import { fitGlms } from './fit.js';
import type { GlmFit, GlmProblem } from './fit.js';
import { firthProfiles } from './firth-profile.js';
import { profileIntervals } from './profile.js';
import { glmQueries } from './query.js';

const queries = glmQueries('leaveOneSiteOut');

/** Rows of columns of numbers, dealt to sites A, B, C in turn. */
function rowsOf(columns: Readonly<Record<string, readonly number[]>>, site?: readonly string[]): CohortRows {
  const names = Object.keys(columns);
  const count = columns[names[0] as string]?.length ?? 0;
  const values = Float64Array.from({ length: count * names.length }, (_, k) => {
    const [i, j] = [Math.floor(k / names.length), k % names.length];
    return columns[names[j] as string]?.[i] as number;
  });
  return rowsFromTable({ site: site ?? Array.from({ length: count }, (_, i) => 'ABC'[i % 3] as string), features: { names, values } });
}

const column = (name: string): Term => ({ name, factors: [{ column: name }] });

function problem(parts: Partial<GlmProblem> & { readonly y: string; readonly x: readonly Term[] }): GlmProblem {
  const { y, x, ...rest } = parts;
  return {
    family: 'binomial',
    outcome: { column: y, code: null },
    weights: null,
    offset: null,
    terms: x,
    heldOut: [null],
    firth: false,
    epsilon: 1e-9,
    maxRounds: 60,
    limit: 30,
    ...rest,
  };
}

const fit = (rows: CohortRows, asked: GlmProblem): GlmFit => runOnRows(fitGlms(queries, asked), rows).fits[0] as GlmFit;
const errors = ({ covariance, dispersion, rank }: GlmFit) =>
  Array.from({ length: rank }, (_, j) => Math.sqrt((covariance[j * rank + j] as number) * dispersion));

function closeTo(found: ArrayLike<number>, expected: readonly number[], digits: number): void {
  expected.forEach((value, j) => expect(found[j]).toBeCloseTo(value, digits));
}

/** R datasets::mtcars, columns wt and am. */
const cars = {
  wt: [
    2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424, 5.345, 2.2, 1.615, 1.835, 2.465,
    3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78,
  ],
  am: [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1],
};

describe('generalized linear models against published results', () => {
  it('logistic: glm(am ~ wt, binomial, mtcars)', () => {
    const found = fit(rowsOf(cars), problem({ y: 'am', x: [interceptTerm, column('wt')] }));
    closeTo(found.coefficients, [12.04037, -4.02397], 5);
    closeTo(errors(found), [4.51, 1.4365], 3);
    expect(found.deviance).toBeCloseTo(19.176, 3);
    expect(found.nullDeviance).toBeCloseTo(43.23, 3);
  });

  it('weights that are not whole numbers: glm(am ~ wt, binomial, mtcars, weights = w) in R 4.2.2', () => {
    const w = cars.wt.map((_, i) => ((i % 7) + 0.5) / 4);
    const found = fit(rowsOf({ ...cars, w }), problem({ y: 'am', x: [interceptTerm, column('wt')], weights: 'w' }));
    expect(found.converged).toBe(true);
    expect(found.rounds).toBeLessThan(12);
    closeTo(found.coefficients, [9.78797741895, -3.53141475624], 8);
    closeTo(errors(found), [3.58961689245, 1.23139220181], 8);
    expect(found.deviance).toBeCloseTo(13.8413022949, 8);
    expect(found.nullDeviance).toBeCloseTo(35.6897933621, 8);
    expect(4 - 2 * found.logLikelihood).toBeCloseTo(19.3558174251, 8);
  });

  it('shares of 20 with prior weights, no intercept, profile intervals: budworms in Venables & Ripley, section 8.4', () => {
    const dead = [1, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16];
    const rows = rowsOf({
      share: dead.map((count) => count / 20),
      trials: dead.map(() => 20),
      female: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
      male: [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
      ldose: [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5],
    });
    const asked = problem({ y: 'share', x: [column('female'), column('male'), column('ldose')], weights: 'trials' });
    const fits = runOnRows(fitGlms(queries, asked), rows);
    const [found] = fits.fits as [GlmFit];
    closeTo(found.coefficients, [-3.473155, -2.372412, 1.064214], 5);
    closeTo(errors(found), [0.46852, 0.38551, 0.13108], 5);
    expect(found.deviance).toBeCloseTo(6.757064, 5);
    // AIC 42.867.
    expect(6 - 2 * found.logLikelihood).toBeCloseTo(42.867, 3);
    const intervals = runOnRows(profileIntervals(queries, asked, fits, 0.95), rows);
    closeTo(intervals[0] as [number, number], [-4.4581438], 6);
    closeTo(intervals[1] as [number, number], [-3.1728745, -1.655117], 6);
    closeTo(intervals[2] as [number, number], [0.8228708, 1.339058], 6);
  });

  it('poisson: Dobson 1990, randomized controlled trial of ?glm; everything is a logarithm of margins', () => {
    const is = (k: number, gap: number) => Array.from({ length: 9 }, (_, i) => Number((gap === 1 ? i % 3 : Math.floor(i / 3)) === k));
    const rows = rowsOf({ counts: [18, 17, 15, 20, 10, 20, 25, 13, 12], o2: is(1, 1), o3: is(2, 1), t2: is(1, 3), t3: is(2, 3) });
    const found = fit(rows, problem({ y: 'counts', x: [interceptTerm, ...['o2', 'o3', 't2', 't3'].map(column)], family: 'poisson' }));
    closeTo(found.coefficients, [ln(21), ln(40 / 63), ln(47 / 63), 0, 0], 12);
    closeTo(errors(found).slice(1), [Math.sqrt(1 / 63 + 1 / 40), Math.sqrt(1 / 63 + 1 / 47), 0.2, 0.2], 12);
    expect(found.deviance).toBeCloseTo(5.12914, 5);
    expect(found.nullDeviance).toBeCloseTo(10.58145, 5);
    expect(10 - 2 * found.logLikelihood).toBeCloseTo(56.76132, 5);
  });

  it('gaussian: cars weight on two columns equals its normal equations', () => {
    const y = cars.wt;
    const rows = rowsOf({ y, a: cars.am, b: y.map((_, i) => 1000 + i) });
    const found = fit(rows, problem({ y: 'y', x: [interceptTerm, column('a'), column('b')], family: 'gaussian' }));
    // Residuals are orthogonal to every column.
    const residuals = y.map(
      (value, i) =>
        value -
        (found.coefficients[0] as number) -
        (found.coefficients[1] as number) * (cars.am[i] as number) -
        (found.coefficients[2] as number) * (1000 + i),
    );
    for (const x of [y.map(() => 1), cars.am, y.map((_, i) => i)])
      expect(residuals.reduce((sum, r, i) => sum + r * (x[i] as number), 0)).toBeCloseTo(0, 9);
    expect(found.deviance).toBeCloseTo(
      residuals.reduce((sum, r) => sum + r * r, 0),
      10,
    );
    expect(found.dispersion).toBeCloseTo(found.deviance / 29, 12);
  });
});

describe("Firth's penalty has closed forms in saturated tables", () => {
  const exposed = [0, 0, 0, 0, 0, 1, 1, 1];
  it('2 x 2: half added to each cell, also where a cell is empty', () => {
    const found = fit(
      rowsOf({ x: exposed, y: [0, 0, 0, 1, 1, 1, 1, 1] }),
      problem({ y: 'y', x: [interceptTerm, column('x')], firth: true }),
    );
    expect(found.converged).toBe(true);
    closeTo(found.coefficients, [ln(2.5 / 3.5), ln(3.5 / 0.5) - ln(2.5 / 3.5)], 9);
    // Penalty of the raw design: half of ln det X'WX.
    const [p0, p1] = [2.5 / 6, 3.5 / 4];
    const [w0, w1] = [5 * p0 * (1 - p0), 3 * p1 * (1 - p1)];
    expect((found.penalizedLogLikelihood as number) - found.logLikelihood).toBeCloseTo(ln((w0 + w1) * w1 - w1 * w1) / 2, 9);
  });

  it('poisson counts: half added to each', () => {
    const found = fit(
      rowsOf({ x: [0, 1], y: [0, 4] }, ['A', 'A']),
      problem({ y: 'y', x: [interceptTerm, column('x')], family: 'poisson', firth: true }),
    );
    closeTo(found.coefficients, [ln(0.5), ln(4.5 / 0.5)], 9);
  });
});

describe("profiles of Firth's likelihood", () => {
  // Two binary columns and a separated one, 24 rows; expected values by brute force over the other coefficients below.
  const a = Array.from({ length: 24 }, (_, i) => i % 2);
  const b = Array.from({ length: 24 }, (_, i) => Number(i % 3 === 0));
  const y = a.map((ai, i) => Number(ai === 1 && i % 5 < 3));
  const rows = rowsOf({ a, b, y });
  const asked = problem({ y: 'y', x: [interceptTerm, column('a'), column('b')], firth: true });

  /** Penalized log-likelihood of raw coefficients, row by row. */
  function penalized([b0, b1, b2]: readonly [number, number, number]): number {
    let value = 0;
    const information = [0, 0, 0, 0, 0, 0];
    y.forEach((yi, i) => {
      const x = [1, a[i] as number, b[i] as number];
      const eta = b0 + b1 * (a[i] as number) + b2 * (b[i] as number);
      const mean = 1 / (1 + Math.exp(-eta));
      value += yi === 1 ? Math.log(mean) : Math.log(1 - mean);
      let at = 0;
      for (let r = 0; r < 3; r++)
        for (let c = 0; c <= r; c++, at++)
          information[at] = (information[at] as number) + mean * (1 - mean) * (x[r] as number) * (x[c] as number);
    });
    const [i00 = 0, i10 = 0, i11 = 0, i20 = 0, i21 = 0, i22 = 0] = information;
    const determinant = i00 * (i11 * i22 - i21 * i21) - i10 * (i10 * i22 - i21 * i20) + i20 * (i10 * i21 - i11 * i20);
    return value + Math.log(determinant) / 2;
  }

  /** Maximum over two coordinates by alternating golden sections: slow, but simple. */
  function profileAt(j: number, value: number, start: readonly number[]): number {
    const point = [...start] as [number, number, number];
    point[j] = value;
    for (let sweep = 0; sweep < 200; sweep++) {
      for (let k = 0; k < 3; k++) {
        if (k === j) continue;
        let [low, high] = [(point[k] as number) - 2, (point[k] as number) + 2];
        const at = (x: number) => penalized(point.map((old, m) => (m === k ? x : old)) as [number, number, number]);
        for (let step = 0; step < 45; step++) {
          const [left, right] = [low + 0.382 * (high - low), low + 0.618 * (high - low)];
          if (at(left) < at(right)) low = left;
          else high = right;
        }
        point[k] = (low + high) / 2;
      }
    }
    return penalized(point);
  }

  it('limits lie where twice the penalized likelihood has fallen by 3.84, tests compare with 0', () => {
    const fits = runOnRows(fitGlms(queries, asked), rows);
    const [found] = fits.fits as [GlmFit];
    const best = penalized([...found.coefficients] as [number, number, number]);
    expect(best).toBeCloseTo(found.penalizedLogLikelihood as number, 9);
    const profiles = runOnRows(firthProfiles(queries, asked, fits, 0.95), rows);
    profiles.forEach(({ interval, chisq }, j) => {
      for (const limit of interval) expect(2 * (best - profileAt(j, limit as number, [...found.coefficients]))).toBeCloseTo(3.841459, 4);
      expect(chisq).toBeCloseTo(2 * (best - profileAt(j, 0, [...found.coefficients])), 5);
    });
  });
});

describe('what cannot be estimated', () => {
  const twelve = {
    y: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
    all: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    quasi: [1, 1, 2, 2, 3, 5, 5, 6, 6, 7, 8, 9],
  };
  it('complete separation: found, deviance 0 in the limit', () => {
    const found = fit(rowsOf(twelve), problem({ y: 'y', x: [interceptTerm, column('all')] }));
    expect(found).toMatchObject({ converged: false, separation: { kind: 'complete' } });
    expect(found.separation?.terms).toContain('all');
    expect(found.deviance).toBeLessThan(1e-9);
  });

  it('quasi-complete separation: the two rows that tie are fitted by halves', () => {
    const found = fit(rowsOf(twelve), problem({ y: 'y', x: [interceptTerm, column('quasi')] }));
    expect(found).toMatchObject({ converged: false, separation: { kind: 'quasi' } });
    expect(found.deviance).toBeCloseTo(4 * ln(2), 9);
  });

  it('under a narrow limit the fit stops there', () => {
    const found = fit(rowsOf(twelve), problem({ y: 'y', x: [interceptTerm, column('all')], limit: 12 }));
    expect(found).toMatchObject({ converged: false, separation: { kind: 'complete' } });
    expect(found.deviance).toBeGreaterThan(1e-3);
  });

  it('a category without events separates a Poisson model', () => {
    const found = fit(
      rowsOf({ y: [0, 0, 0, 2, 1, 3], x: [1, 1, 1, 0, 0, 0] }),
      problem({ y: 'y', x: [interceptTerm, column('x')], family: 'poisson' }),
    );
    expect(found).toMatchObject({ converged: false, separation: { kind: 'quasi', terms: ['x'] } });
  });

  it('one class only', () => {
    const found = fit(rowsOf({ y: [1, 1, 1, 1], x: [1, 2, 3, 5] }), problem({ y: 'y', x: [interceptTerm, column('x')] }));
    expect(found).toMatchObject({ converged: false, separation: { kind: 'complete' } });
  });

  it('redundant, constant and empty columns are left out, the later of two', () => {
    const wt = cars.wt.map((w) => w * 1000);
    const rows = rowsOf({ ...cars, kg: wt, constant: wt.map(() => 1e6 + 0.1), none: wt.map(() => 0) });
    const found = fit(rows, problem({ y: 'am', x: [interceptTerm, column('none'), column('wt'), column('kg'), column('constant')] }));
    expect([...found.estimated]).toEqual([1, 0, 1, 0, 0]);
    expect(found.coefficients[2]).toBeCloseTo(-4.02397, 5);
    expect(found.coefficients[3]).toBeNaN();
    expect(found.rank).toBe(2);
  });

  it.each([
    ['an outcome above 1', { y: [0, 1, 2], x: [1, 2, 3] }, {}],
    ['a negative weight', { y: [0, 1, 1], x: [1, 2, 3], w: [1, -1, 1] }, { weights: 'w' }],
    ['no complete row', { y: [0, NaN, NaN], x: [NaN, 1, 2] }, {}],
    ['an offset out of bounds', { y: [0, 1, 1], x: [1, 2, 3], o: [0, 50, 0] }, { offset: 'o' }],
  ])('%s is refused', (_, columns, more) =>
    expect(() =>
      fit(rowsOf(columns as unknown as Record<string, number[]>), problem({ y: 'y', x: [interceptTerm, column('x')], ...more })),
    ).toThrow('CANNOT_FIT'),
  );
});

describe('left-out sites', () => {
  it('each arm is the fit without that site', () => {
    const rows = rowsOf(cars);
    const asked = problem({ y: 'am', x: [interceptTerm, column('wt')], heldOut: ['A', 'B', 'C'] });
    const { fits } = runOnRows(fitGlms(queries, asked), rows);
    ['A', 'B', 'C'].forEach((site, k) => {
      const keep = cars.wt.map((_, i) => 'ABC'[i % 3] !== site);
      const pick = (values: readonly number[]) => values.filter((_, i) => keep[i]);
      const alone = fit(rowsOf({ wt: pick(cars.wt), am: pick(cars.am) }), problem({ y: 'am', x: [interceptTerm, column('wt')] }));
      closeTo(fits[k]?.coefficients ?? [], [...alone.coefficients], 9);
      expect(fits[k]?.rows).toBe(alone.rows);
    });
  });

  it('only the family of its own may leave out a site', () => {
    const asked = problem({ y: 'am', x: [interceptTerm, column('wt')], heldOut: ['A'] });
    expect(() => runOnRows(fitGlms(glmQueries('full'), asked), rowsOf(cars))).toThrow('SITE_FOLDS_REFUSED');
  });
});
