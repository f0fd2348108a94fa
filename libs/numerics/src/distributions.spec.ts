import { describe, expect, it } from 'vitest';
import {
  betaQuantile,
  chiSquareQuantile,
  chiSquareTail,
  fQuantile,
  fTail,
  lnGamma,
  normalTail,
  normalTwoSided,
  regularizedBeta,
  tQuantile,
  tTail,
  tTwoSided,
} from './distributions.js';

/** |a - b| relative to b. */
const relative = (a: number, b: number) => Math.abs(a - b) / Math.abs(b);

describe('tails, against closed forms', () => {
  it.each([0.1, 1, 3.5, 20, 60])('t with 2 df: 1/2 - t / (2 sqrt(2 + t^2)), as a difference that loses nothing (t = %d)', (t) => {
    const root = Math.sqrt(2 + t * t);
    expect(relative(tTail(t, 2), 1 / (root * (root + t)))).toBeLessThan(1e-13);
    expect(relative(tTwoSided(-t, 2), 2 / (root * (root + t)))).toBeLessThan(1e-13);
    expect(tTail(-t, 2)).toBeCloseTo(1 - tTail(t, 2), 15);
  });

  it.each([0.5, 3, 80, 900])('F with 2 and d df: (1 + 2 f / d)^(-d / 2) (f = %d)', (f) => {
    for (const d of [3, 10, 57]) expect(relative(fTail(f, 2, d), Math.pow(1 + (2 * f) / d, -d / 2))).toBeLessThan(1e-12);
  });

  it.each([0.3, 5, 100, 1000])('chi-square with 2 df: exp(-x / 2) (x = %d)', (x) => {
    expect(relative(chiSquareTail(x, 2), Math.exp(-x / 2))).toBeLessThan(1e-12);
  });

  it('normal: a chi-square with 1 df, squared; and a p value of 1e-50 has its digits', () => {
    for (const z of [0.2, 1.96, 7, 14.9]) expect(relative(normalTwoSided(z), chiSquareTail(z * z, 1))).toBeLessThan(1e-12);
    expect(normalTail(-1)).toBeCloseTo(1 - normalTail(1), 15);
    // R 4.2: 2 * pnorm(-14.9645067235366)
    expect(relative(normalTwoSided(14.9645067235366), 1.25249130880751e-50)).toBeLessThan(1e-11);
  });

  it('beta: polynomials for whole parameters', () => {
    for (const x of [0.01, 0.4, 0.93]) expect(relative(regularizedBeta(x, 2, 1), x * x)).toBeLessThan(1e-13);
    expect(lnGamma(11)).toBeCloseTo(Math.log(3628800), 12);
  });
});

describe('quantiles', () => {
  it.each([1e-6, 0.025, 0.5, 0.9, 0.975, 0.9999])('invert the tails (p = %d)', (p) => {
    for (const df of [1, 4.5, 57]) {
      expect(1 - tTail(tQuantile(p, df), df)).toBeCloseTo(p, 11);
      expect(1 - chiSquareTail(chiSquareQuantile(p, df), df)).toBeCloseTo(p, 11);
      expect(1 - fTail(fQuantile(p, df, 12), df, 12)).toBeCloseTo(p, 11);
      expect(regularizedBeta(betaQuantile(p, df, 3), df, 3)).toBeCloseTo(p, 11);
    }
  });

  it('are those of R', () => {
    expect(tQuantile(0.975, 5)).toBeCloseTo(2.570581835636314, 10);
    expect(fQuantile(0.975, 5, 18)).toBeCloseTo(3.381967805875243, 10);
    expect(chiSquareQuantile(0.95, 1)).toBeCloseTo(3.841458820694124, 10);
  });
});

describe('edges', () => {
  it('are values, not NaN', () => {
    expect(tTwoSided(Infinity, 4)).toBe(0);
    expect([fTail(0, 2, 3), fTail(-1, 2, 3), fTail(Infinity, 2, 3)]).toEqual([1, 1, 0]);
    expect([chiSquareTail(0, 3), chiSquareTail(Infinity, 3)]).toEqual([1, 0]);
    expect(tTwoSided(0, 9)).toBe(1);
  });
});
