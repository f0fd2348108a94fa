import type { CohortRows } from '@cohortium/federation';
import { vectorSchema } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { applyCombat } from './apply.js';
import type { CombatParameters } from './fit.js';
import { addCrossProducts, addLocation, crossProductLength, locationLength } from './local.js';
import { combatQueries } from './query.js';
import { neutralEffects, newSiteEffects, siteEffects } from './site-effects.js';
import { centeredCovariate, covariateColumns, shiftedMean } from './within-site.js';

const options = { site: 'S01', minBatch: 5 };
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

/** One site's rows around a reference with one covariate, `p` features. */
function madeSite(seed: number, rowCount = 12, p = 5) {
  const random = new SeededRandom(seed);
  const normals = (length: number) => Float64Array.from({ length }, () => random.normal());
  const reference: CombatParameters = {
    beta: [normals(p)],
    grandMean: normals(p),
    varPooled: normals(p).map((value) => 0.2 + value * value),
    passedThrough: [],
  };
  return { values: normals(rowCount * p).map((value, k) => 1.5 * value + (k % p) - 1), covariates: [normals(rowCount)], reference };
}

/** The fixed point by its definition, over the rows, with the stop rule of sva; symbols as in the README. */
function slowStars(z: number[][], gammaHat: number[], deltaHat: number[]) {
  const n = z.length;
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const variance = (list: number[]) => list.reduce((a, b) => a + (b - mean(list)) ** 2, 0) / (list.length - 1);
  const [bar, t2, m, v] = [mean(gammaHat), variance(gammaHat), mean(deltaHat), variance(deltaHat)];
  const [a, b] = [(2 * v + m * m) / v, (m * v + m ** 3) / v];
  let stars = gammaHat.map((gamma, f) => ({ gamma, delta: deltaHat[f] as number }));
  for (let change = 1; change > 1e-4;) {
    const next = stars.map(({ delta }, f) => {
      const gamma = (n * t2 * (gammaHat[f] as number) + delta * bar) / (n * t2 + delta);
      const squares = z.reduce((sum, row) => sum + ((row[f] as number) - gamma) ** 2, 0);
      return { gamma, delta: (squares / 2 + b) / (n / 2 + a - 1) };
    });
    change = Math.max(
      ...next.flatMap((star, f) =>
        (['gamma', 'delta'] as const).map((key) => Math.abs(star[key] - (stars[f] as typeof star)[key]) / (stars[f] as typeof star)[key]),
      ),
    );
    stars = next;
  }
  return stars;
}

describe('siteEffects', () => {
  it('equals the definition, evaluated slowly, to 1e-10', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 5, max: 30 }), fc.integer({ min: 2, max: 9 }), (seed, rowCount, p) => {
        const { values, covariates, reference } = madeSite(seed, rowCount, p);
        const z1 = Array.from({ length: rowCount }, (_, i) =>
          Array.from({ length: p }, (_, f) => {
            const expected = (reference.grandMean[f] as number) + (covariates[0]?.[i] as number) * (reference.beta[0]?.[f] as number);
            return ((values[i * p + f] as number) - expected) / Math.sqrt(reference.varPooled[f] as number);
          }),
        );
        const found = siteEffects(values, covariates, reference, options);
        const means = Array.from({ length: p }, (_, f) => z1.reduce((sum, row) => sum + (row[f] as number), 0) / rowCount);
        const variances = means.map((mean, f) => z1.reduce((sum, row) => sum + ((row[f] as number) - mean) ** 2, 0) / (rowCount - 1));
        slowStars(z1, means, variances).forEach(({ gamma, delta }, f) => {
          expect(Math.abs((found.gammaHat[f] as number) - (means[f] as number))).toBeLessThan(
            1e-12 * Math.max(1, Math.abs(means[f] as number)),
          );
          expect(Math.abs((found.gammaStar[f] as number) - gamma)).toBeLessThan(1e-10 * Math.max(1, Math.abs(gamma)));
          expect(Math.abs((found.deltaStar[f] as number) - delta)).toBeLessThan(1e-10 * delta);
        });
      }),
    );
  });

  it('keeps the sign of the old value in the stop rule, so a site and its mirror image may stop at different steps', () => {
    const reference: CombatParameters = { beta: [], grandMean: [0, 0, 0], varPooled: [1, 1, 1], passedThrough: [] };
    const differs = Array.from({ length: 100 }, (_, seed) => {
      const { values } = madeSite(seed, 5, 3);
      const mirrored = values.map((value) => -value);
      return siteEffects(values, [], reference, options).iterations !== siteEffects(mirrored, [], reference, options).iterations;
    });
    expect(differs).toContain(true);
    expect(differs).toContain(false);
  });

  it('shrinks towards the priors', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { values, covariates, reference } = madeSite(seed);
        const { gammaHat, gammaStar, deltaStar, prior } = siteEffects(values, covariates, reference, options);
        const bar = prior?.gammaBar as number;
        gammaStar.forEach((gamma, f) => {
          expect(Math.abs(gamma - bar)).toBeLessThanOrEqual(Math.abs((gammaHat[f] as number) - bar) * (1 + 1e-12));
          expect(deltaStar[f]).toBeGreaterThan(0);
        });
      }),
    );
  });

  it('leaves out features that the reference passes through or that do not vary here, also from the priors', () => {
    const { values, covariates, reference } = madeSite(3, 12, 5);
    const constantHere = values.map((value, k) => (k % 5 === 4 ? 0.1 : value));
    const found = siteEffects(constantHere, covariates, { ...reference, passedThrough: [1] }, options);
    const keep = [0, 2, 3];
    const narrow = (list: ArrayLike<number>) => Float64Array.from(keep, (f) => list[f] as number);
    const rest = siteEffects(
      constantHere.filter((_, k) => keep.includes(k % 5)),
      covariates,
      {
        beta: reference.beta.map(narrow),
        grandMean: narrow(reference.grandMean),
        varPooled: narrow(reference.varPooled),
        passedThrough: [],
      },
      options,
    );
    expect(found.prior).toEqual(rest.prior);
    expect(narrow(found.gammaStar)).toEqual(rest.gammaStar);
    for (const f of [1, 4]) expect([found.gammaHat[f], found.deltaHat[f], found.gammaStar[f], found.deltaStar[f]]).toEqual([0, 1, 0, 1]);
    const after = applyCombat(constantHere, covariates, { ...reference, passedThrough: [1] }, found);
    constantHere.forEach((value, k) => [1, 4].includes(k % 5) && expect(after[k]).toBe(value));
  });

  it('takes the limit where the variances of all features are equal', () => {
    const column = [0.4, -1.1, 2, 0.3, 1.9];
    const values = Float64Array.from(column.flatMap((value) => [value, value]));
    const found = siteEffects(values, [], { beta: [], grandMean: [0, 0], varPooled: [1, 1], passedThrough: [] }, options);
    expect(found.prior).toMatchObject({ tau2: 0, aPrior: Infinity });
    expect(found.deltaStar).toEqual(found.deltaHat);
    expect(found.gammaStar[0]).toBeCloseTo(found.gammaHat[0] as number, 14);
  });

  it('refuses too few rows, one varying feature, missing cells and shapes that do not fit', () => {
    const { values, covariates, reference } = madeSite(5, 6, 3);
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return 'no error';
    };
    expect(code(() => siteEffects(values, covariates, reference, { site: 'S01', minBatch: 7 }))).toBe('HARMONIZATION.BATCH_TOO_SMALL');
    expect(code(() => siteEffects(values, covariates, { ...reference, passedThrough: [0, 1] }, options))).toBe(
      'HARMONIZATION.TOO_FEW_FEATURES',
    );
    expect(code(() => siteEffects(values.with(4, NaN), covariates, reference, options))).toBe('HARMONIZATION.NOT_FINITE');
    expect(code(() => siteEffects(values.slice(1), covariates, reference, options))).toBe('HARMONIZATION.BAD_SHAPE');
    expect(code(() => siteEffects(values, [], reference, options))).toBe('HARMONIZATION.BAD_SHAPE');
    expect(code(() => siteEffects(values, covariates, { ...reference, passedThrough: [0, 1, 2] }, options))).toBe('no error');
  });
});

describe('applyCombat', () => {
  it('gives each feature the location and spread of the reference when the raw site moments are used', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { values, covariates, reference } = madeSite(seed);
        const before = values.slice();
        const { gammaHat, deltaHat } = siteEffects(values, covariates, reference, options);
        const after = applyCombat(values, covariates, reference, { gammaStar: gammaHat, deltaStar: deltaHat });
        const moments = siteEffects(after, covariates, reference, options);
        moments.gammaHat.forEach((gamma) => expect(Math.abs(gamma)).toBeLessThan(1e-12));
        moments.deltaHat.forEach((delta) => expect(Math.abs(delta - 1)).toBeLessThan(1e-12));
        expect(values).toEqual(before);
      }),
    );
  });

  it('changes no bit under neutral effects, which is what a new site gets under `none`', () => {
    const { values, covariates, reference } = madeSite(9);
    expect(applyCombat(values, covariates, reference, neutralEffects(5))).toEqual(values);
    expect(newSiteEffects('none', values.slice(0, 5), [covariates[0]?.slice(0, 1) as Float64Array], reference, options)).toEqual(
      neutralEffects(5),
    );
    expect(newSiteEffects('frozenLocalEb', values, covariates, reference, options)).toEqual(
      siteEffects(values, covariates, reference, options),
    );
  });
});

describe('within a site', () => {
  it('a constant vector has exactly its value as mean and exactly zero as deviation', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.integer({ min: 1, max: 40 }), (value, length) => {
        const vector = new Float64Array(length).fill(value);
        expect(shiftedMean(vector)).toBe(value + 0);
        expect(centeredCovariate(vector).every((deviation) => deviation === 0)).toBe(true);
      }),
    );
  });

  it('the shares of two sites add up, and do not depend on where a site lies in round 1', () => {
    const a = { rowCount: 2, columnCount: 1, values: Float64Array.of(1, 3), covariates: [Float64Array.of(0, 2)] };
    const b = { rowCount: 3, columnCount: 1, values: Float64Array.of(10, 10, 13), covariates: [Float64Array.of(5, 5, 8)] };
    const first = new Float64Array(crossProductLength(1, 1));
    addCrossProducts(first, a);
    addCrossProducts(first, b);
    // Deviations: a x (-1 1), y (-1 1); b x (-1 -1 2), y (-1 -1 2).
    expect([...first]).toEqual([2 + 6, 2 + 6, 5]);
    const second = new Float64Array(locationLength(1));
    addLocation(second, a, Float64Array.of(0.5));
    addLocation(second, b, Float64Array.of(0.5));
    // Intercepts: a 2 - 1/2, b 11 - 3; residuals half of each deviation.
    expect([...second]).toEqual([2 * 1.5 + 3 * 8, (2 + 6) / 4, 0, 5, 2]);
  });
});

describe('parameters', () => {
  const queries = combatQueries(
    'full',
    () => ({ rowCount: 0, columnCount: 3, values: new Float64Array(0) }),
    z.strictObject({ width: z.int(), center: vectorSchema }),
    ({ width }) => width,
  );
  const arm = { heldOut: null, recipe: new Frozen({ width: 3, center: new Float64Array(3) }) };
  const base = { arms: [arm], covariates: ['age'], minBatch: 5 };
  const slope = { beta: new Float64Array(3), participants: 40 };

  it('must fit together', () => {
    const accepts = (params: unknown) => queries.location.params.safeParse(params).success;
    expect(accepts({ ...base, slopes: [slope] })).toBe(true);
    expect(accepts({ ...base, slopes: [] })).toBe(false);
    expect(accepts({ ...base, slopes: [{ ...slope, beta: new Float64Array(4) }] })).toBe(false);
    expect(accepts({ ...base, covariates: [], slopes: [slope] })).toBe(false);
    expect(accepts({ ...base, covariates: [], slopes: [] })).toBe(true);
    expect(accepts({ ...base, minBatch: 1, slopes: [slope] })).toBe(false);
    expect(queries.crossProducts.params.safeParse({ ...base, covariates: [] }).success).toBe(false);
  });

  it('state their free coefficients and the participants behind them', () => {
    expect(queries.location.freeParameters?.({ ...base, slopes: [slope] })).toBe(1);
    expect(queries.location.scopeParticipants?.({ ...base, slopes: [slope] })).toBe(40);
    expect(queries.location.freeParameters?.({ ...base, covariates: [], slopes: [] })).toBe(0);
    expect(queries.location.length({ ...base, slopes: [slope] })).toBe(11);
    expect(queries.crossProducts.length(base)).toBe(5);
  });

  it('a covariate is looked up among the columns only', () => {
    const rows = { rowCount: 1, covariates: { age: Float64Array.of(50) } } as unknown as CohortRows;
    expect(covariateColumns(rows, ['age'])).toEqual([Float64Array.of(50)]);
    expect(() => covariateColumns(rows, ['constructor'])).toThrow('HARMONIZATION.UNKNOWN_COVARIATE');
  });
});
