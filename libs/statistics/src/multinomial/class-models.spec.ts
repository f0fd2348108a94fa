import type { CohortRows } from '@cohortium/federation';
import { ln } from '@cohortium/numerics';
import { rowsFromTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitGlms } from '../glm/fit.js';
import { glmQueries } from '../glm/query.js';
import { interceptTerm } from '../model-matrix/model-matrix.js';
import type { Term } from '../model-matrix/model-matrix.js';
import { fitOrdinal } from '../ordinal/fit.js';
import { linkFunctions, ordinalLinks } from '../ordinal/links.js';
import { runOnRows } from '../program.js';
import { fitMultinomial } from './fit.js';

/** Madsen 1976, R MASS::housing: satisfaction (fastest), influence 3, type of rental 4, contact 2. */
const frequencies = [
  21, 21, 28, 34, 22, 36, 10, 11, 36, 61, 23, 17, 43, 35, 40, 26, 18, 54, 13, 9, 10, 8, 8, 12, 6, 7, 9, 18, 6, 7, 15, 13, 13, 7, 5, 11, 14,
  19, 37, 17, 23, 40, 3, 5, 23, 78, 46, 43, 48, 45, 86, 15, 25, 62, 20, 23, 20, 10, 22, 24, 7, 10, 21, 57, 23, 13, 31, 21, 13, 5, 6, 13,
];

function rowsOf(columns: Readonly<Record<string, ArrayLike<number>>>): CohortRows {
  const names = Object.keys(columns);
  const count = columns[names[0] as string]?.length ?? 0;
  const values = Float64Array.from({ length: count * names.length }, (_, k) => {
    return columns[names[k % names.length] as string]?.[Math.floor(k / names.length)] as number;
  });
  return rowsFromTable({ site: Array.from({ length: count }, (_, i) => 'ABC'[i % 3] as string), features: { names, values } });
}

const index = Array.from({ length: 72 }, (_, i) => i);
const housing = rowsOf({
  sat: index.map((i) => i % 3),
  infl: index.map((i) => Math.floor(i / 3) % 3),
  type: index.map((i) => Math.floor(i / 9) % 4),
  cont: index.map((i) => Math.floor(i / 36)),
  freq: frequencies,
});
const level = (column: string, code: number): Term => ({ name: `${column}${code}`, factors: [{ column, code }] });
const housingTerms = [level('infl', 1), level('infl', 2), level('type', 1), level('type', 2), level('type', 3), level('cont', 1)];
const options = { epsilon: 1e-9, maxRounds: 60, limit: 30 };

function closeTo(found: ArrayLike<number>, expected: readonly number[], digits: number): void {
  expected.forEach((value, j) => expect(found[j]).toBeCloseTo(value, digits));
}

const errors = (covariance: Float64Array) => {
  const m = Math.sqrt(covariance.length);
  return Array.from({ length: m }, (_, j) => Math.sqrt(covariance[j * m + j] as number));
};

describe('housing of Venables & Ripley, section 7.3', () => {
  it('polr(Sat ~ Infl + Type + Cont, weights = Freq)', () => {
    const outcome = { column: 'sat', codes: [0, 1, 2], counts: [24, 24, 24] };
    const fit = runOnRows(fitOrdinal({ outcome, weights: 'freq', terms: housingTerms, link: 'logistic', ...options }), housing);
    closeTo(fit.coefficients, [0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841, -0.4961353, 0.6907083], 5);
    // The Hessian of polr is numerical.
    closeTo(errors(fit.covariance), [0.1046528, 0.1271561, 0.119238, 0.1551733, 0.151486, 0.0955358, 0.1248472, 0.1254719], 5);
    expect(-2 * fit.logLikelihood).toBeCloseTo(3479.149, 3);
    expect(fit).toMatchObject({ rank: 8, weight: 1681, rows: 72 });
  });

  it('multinom(Sat ~ Infl + Type + Cont, weights = Freq)', () => {
    const terms = [interceptTerm, ...housingTerms];
    const fit = runOnRows(fitMultinomial({ outcome: { column: 'sat', codes: [0, 1, 2] }, weights: 'freq', terms, ...options }), housing);
    closeTo(fit.coefficients, [-0.41923, 0.4464, 0.66494, -0.43569, 0.13137, -0.66657, 0.36085], 4);
    closeTo(fit.coefficients.slice(7), [-0.13875, 0.73486, 1.61263, -0.73563, -0.40798, -1.41233, 0.48182], 4);
    expect(-2 * fit.logLikelihood).toBeCloseTo(3470.084, 3);
    expect(fit.rank).toBe(14);
    expect(fit.confusion?.reduce((sum, n) => sum + n, 0)).toBe(72);
  });
});

describe('models of classes', () => {
  const x = [1.2, -0.4, 0.3, 2.1, -1.7, 0.9, 0.1, -0.6, 1.5, -1.1, 0.4, 0.8];
  const y = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1];
  const rows = rowsOf({ x, y });
  const slope: Term = { name: 'x', factors: [{ column: 'x' }] };
  const glm = runOnRows(
    fitGlms(glmQueries('full'), {
      family: 'binomial',
      outcome: { column: 'y', code: null },
      weights: null,
      offset: null,
      terms: [interceptTerm, slope],
      heldOut: [null],
      firth: false,
      ...options,
    }),
    rows,
  ).fits[0];

  it('of two classes both are logistic regression', () => {
    const outcome = { column: 'y', codes: [0, 1], counts: [6, 6] };
    const several = runOnRows(fitMultinomial({ outcome, weights: null, terms: [interceptTerm, slope], ...options }), rows);
    closeTo(several.coefficients, [...(glm?.coefficients ?? [])], 10);
    closeTo(several.covariance, [...(glm?.covariance ?? [])], 10);
    const ordered = runOnRows(fitOrdinal({ outcome, weights: null, terms: [slope], link: 'logistic', ...options }), rows);
    closeTo(ordered.coefficients, [glm?.coefficients[1] as number, -(glm?.coefficients[0] as number)], 10);
  });

  it('without columns the classes have their shares, whatever the link', () => {
    const three = rowsOf({ y: [0, 0, 0, 0, 0, 1, 1, 1, 2, 2] });
    const outcome = { column: 'y', codes: [0, 1, 2], counts: [5, 3, 2] };
    for (const link of ordinalLinks) {
      const fit = runOnRows(fitOrdinal({ outcome, weights: null, terms: [], link, ...options }), three);
      const { between } = linkFunctions[link];
      expect(between(-Infinity, fit.coefficients[0] as number)).toBeCloseTo(0.5, 12);
      expect(between(fit.coefficients[0] as number, fit.coefficients[1] as number)).toBeCloseTo(0.3, 12);
      expect(between(fit.coefficients[1] as number, Infinity)).toBeCloseTo(0.2, 12);
      expect(fit.logLikelihood).toBeCloseTo(5 * ln(0.5) + 3 * ln(0.3) + 2 * ln(0.2), 12);
    }
  });

  it('the score of every link vanishes at its fit: likelihoods nearby are lower', () => {
    const three = rowsOf({ x, y: [2, 0, 1, 2, 0, 1, 1, 0, 2, 0, 1, 2].map((k, i) => (i === 5 ? 0 : i === 7 ? 1 : k)) });
    const outcome = { column: 'y', codes: [0, 1, 2], counts: [4, 4, 4] };
    for (const link of ordinalLinks) {
      const fit = runOnRows(fitOrdinal({ outcome, weights: null, terms: [slope], link, ...options }), three);
      expect(fit.converged, link).toBe(true);
      const { between } = linkFunctions[link];
      const likelihood = (b: readonly number[]) =>
        x.reduce((sum, _, i) => {
          // Rows are in the order of sites, not of the lists above.
          const [at, k] = [three.features[2 * i] as number, three.features[2 * i + 1] as number];
          const bounds = [-Infinity, (b[1] as number) - (b[0] as number) * at, (b[2] as number) - (b[0] as number) * at, Infinity];
          return sum + ln(between(bounds[k] as number, bounds[k + 1] as number));
        }, 0);
      const best = likelihood([...fit.coefficients]);
      expect(best).toBeCloseTo(fit.logLikelihood, 12);
      for (let j = 0; j < 3; j++)
        for (const move of [1e-3, -1e-3])
          expect(likelihood(fit.coefficients.map((b, k) => (k === j ? b + move : b)) as unknown as number[])).toBeLessThan(best);
    }
  });

  it('separation of classes is told', () => {
    const three = rowsOf({ x: [1, 2, 3, 4, 5, 6], y: [0, 0, 1, 1, 2, 2] });
    const outcome = { column: 'y', codes: [0, 1, 2] };
    const fit = runOnRows(fitMultinomial({ outcome, weights: null, terms: [interceptTerm, slope], ...options }), three);
    expect(fit).toMatchObject({ converged: false, confusion: null });
    expect(fit.separation).not.toBeNull();
    const ordered = { ...outcome, counts: [2, 2, 2] };
    expect(runOnRows(fitOrdinal({ outcome: ordered, weights: null, terms: [slope], link: 'logistic', ...options }), three).converged).toBe(
      false,
    );
  });
});
