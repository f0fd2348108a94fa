import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cos, exp, expm1, ln, log1p, log2, logistic, logit, normalCdf, normalQuantile, pow, sin, softplus } from './special.js';

// Values to 25 digits by mpmath; test/golden/numerics/special_functions.py made them.
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/golden/numerics/special-functions.json'), 'utf8'),
) as Record<string, readonly { readonly at: readonly number[]; readonly value: string }[]>;

const functions: Readonly<Record<string, (...at: number[]) => number>> = {
  exp: (x = NaN) => exp(x),
  expm1: (x = NaN) => expm1(x),
  sin: (x = NaN) => sin(x),
  cos: (x = NaN) => cos(x),
  ln: (x = NaN) => ln(x),
  log1p: (x = NaN) => log1p(x),
  pow: (x = NaN, y = NaN) => pow(x, y),
  logistic: (x = NaN) => logistic(x),
  softplus: (x = NaN) => softplus(x),
  logit: (p = NaN) => logit(p),
  normalCdf: (x = NaN) => normalCdf(x, 0, 1),
  normalQuantile: (p = NaN) => normalQuantile(p, 0, 1),
};

/**
 * Allowed relative errors, in units of 2^-52: one is what the msun functions promise; compositions add up their parts. In normalCdf
 * the error of the square in the exponent counts z^2 / 2 times.
 */
const unitsAllowed: Readonly<Record<string, number>> = {
  exp: 1,
  expm1: 1,
  sin: 1,
  cos: 1,
  ln: 1,
  log1p: 1,
  pow: 1,
  logistic: 2,
  softplus: 2,
  logit: 2,
  normalCdf: 4,
  normalQuantile: 4,
};

/** What else is lost, absolute: the quantile is computed from 2 p - 1, whose last digit is worth 2^-53 / density. */
function alsoAllowed(name: string, expected: number): number {
  return name === 'normalQuantile' ? 2 ** -53 * Math.sqrt(2 * Math.PI) * Math.exp((expected * expected) / 2) : 0;
}

describe('special functions', () => {
  it('all have golden values', () => expect(Object.keys(golden).sort()).toEqual(Object.keys(functions).sort()));

  for (const [name, cases] of Object.entries(golden)) {
    it.each(cases)(`${name}($at) = $value`, ({ at, value }) => {
      const found = (functions[name] as (...at: number[]) => number)(...at);
      const expected = Number(value);
      const units = (unitsAllowed[name] as number) * (name === 'normalCdf' ? 1 + ((at[0] as number) * (at[0] as number)) / 2 : 1);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(units * 2 ** -52 * Math.abs(expected) + alsoAllowed(name, expected));
    });
  }

  it('have their limits at infinity', () => {
    expect([exp(-Infinity), exp(Infinity), exp(710), exp(-746), ln(0), ln(Infinity), expm1(-Infinity), log1p(-1)]).toEqual([
      0,
      Infinity,
      Infinity,
      0,
      -Infinity,
      Infinity,
      -1,
      -Infinity,
    ]);
    expect([logistic(-Infinity), logistic(Infinity), softplus(-Infinity), softplus(Infinity)]).toEqual([0, 1, 0, Infinity]);
    expect([logit(0), logit(1), logit(0.5)]).toEqual([-Infinity, Infinity, 0]);
    expect([ln(-1), logit(1.1), logistic(NaN), softplus(NaN)].every(Number.isNaN)).toBe(true);
  });

  it('logistic is a probability that rises, with logistic(-x) = 1 - logistic(x), and logit undoes it', () => {
    const predictors = fc.double({ min: -800, max: 800, noNaN: true });
    fc.assert(
      fc.property(predictors, predictors, (a, b) => {
        const p = logistic(a);
        expect(p >= 0 && p <= 1).toBe(true);
        if (a < b) expect(p).toBeLessThanOrEqual(logistic(b));
        expect(Math.abs(p + logistic(-a) - 1)).toBeLessThanOrEqual(2 ** -52);
        // The error of p is multiplied by 1 / (p (1 - p)).
        if (Math.abs(a) < 12) expect(Math.abs(logit(p) - a)).toBeLessThan(4 * 2 ** -52 * (Math.abs(a) + 1 / (p * (1 - p))));
      }),
    );
  });

  it('softplus is the integral of logistic, above both x and 0', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expect(softplus(x)).toBeGreaterThanOrEqual(Math.max(0, x));
        expect(Math.abs(softplus(x) - softplus(-x) - x)).toBeLessThanOrEqual(2 ** -51 * Math.max(1, Math.abs(x)));
      }),
    );
  });

  it('normalQuantile undoes normalCdf, with mean and SD', () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), fc.double({ min: -50, max: 50, noNaN: true }), (z, mu) => {
        const p = normalCdf(mu + 3 * z, mu, 3);
        const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
        const allowed = 4e-15 * (1 + Math.abs(z) + Math.abs(mu)) + (4 * 2 ** -53) / density;
        expect(Math.abs((normalQuantile(p, mu, 3) - mu) / 3 - z)).toBeLessThan(allowed);
      }),
    );
  });
});

describe('log2', () => {
  it('is exact at 1 and within two units in the last place at powers of two', () => {
    expect(log2(1)).toBe(0);
    for (let power = -1000; power <= 1000; power += 7)
      expect(Math.abs(log2(2 ** power) - power)).toBeLessThanOrEqual(2 * 2 ** -52 * Math.abs(power));
  });
});
