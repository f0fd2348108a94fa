import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AndersonAccelerator } from './anderson.js';
import { RidgeStep, proximalStep } from './proximal-step.js';
import type { Subproblem } from './proximal-step.js';

const numRuns = Math.max(1, Math.round(60 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));

/** A random quadratic: curvature A'A of n + 4 rows, gradient and point at random. */
function quadratic(seed: number, n: number, alpha: number, lambda: number): Subproblem {
  const random = new SeededRandom(seed);
  const rows = Array.from({ length: n + 4 }, () => Array.from({ length: n }, () => random.normal()));
  const curvature = new Float64Array(n * n);
  for (const row of rows)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) curvature[i * n + j]! += (row[i] as number) * (row[j] as number);
  return {
    curvature,
    scale: 0.25 / (n + 4),
    gradient: Float64Array.from({ length: n }, () => random.normal() / 4),
    point: Float64Array.from({ length: n }, () => random.normal()),
    alpha,
    lambda,
  };
}

/** Largest violation of the subgradient conditions of the subproblem. */
function violation({ curvature, scale, gradient, point, alpha, lambda }: Subproblem, b: Float64Array): number {
  const n = b.length;
  let worst = 0;
  for (let i = 0; i < n; i++) {
    let slope = gradient[i] as number;
    for (let j = 0; j < n; j++) slope += scale * (curvature[i * n + j] as number) * ((b[j] as number) - (point[j] as number));
    const value = b[i] as number;
    if (i === 0) worst = Math.max(worst, Math.abs(slope));
    else if (value === 0) worst = Math.max(worst, Math.abs(slope) - lambda * alpha);
    else worst = Math.max(worst, Math.abs(slope + lambda * (1 - alpha) * value + lambda * alpha * Math.sign(value)));
  }
  return worst;
}

const shapes = fc.record({ seed: fc.nat(), n: fc.integer({ min: 1, max: 12 }), lambda: fc.constantFrom(0.01, 0.1, 1) });

describe('proximalStep', () => {
  it('ends at the minimum of the penalized quadratic, wherever it starts', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(0, 0.25, 0.5, 1), fc.boolean(), ({ seed, n, lambda }, alpha, atPoint) => {
        const problem = quadratic(seed, n, alpha, lambda);
        const solution = proximalStep(problem, atPoint ? problem.point : new Float64Array(n), 1e-14);
        expect(violation(problem, solution)).toBeLessThan(1e-11);
      }),
      { numRuns },
    );
  });

  it('leaves a column without curvature where it is', () => {
    const problem = { ...quadratic(1, 4, 0.5, 0.1) };
    for (let j = 0; j < 4; j++) problem.curvature[2 * 4 + j] = problem.curvature[j * 4 + 2] = 0;
    problem.gradient[2] = 0;
    const solution = proximalStep(problem, new Float64Array(4), 1e-14);
    expect(solution[2]).toBe(0);
    expect(solution.every(Number.isFinite)).toBe(true);
  });

  it('gives zeros beyond the largest penalty', () => {
    const problem = { ...quadratic(2, 6, 1, 100), point: new Float64Array(6) };
    expect([...proximalStep(problem, new Float64Array(6), 1e-14)].slice(1)).toEqual([0, 0, 0, 0, 0]);
  });

  it('does not change what it is given', () => {
    const problem = quadratic(3, 5, 0.5, 0.1);
    const copy = structuredClone({ ...problem });
    const start = problem.point.slice();
    proximalStep(problem, start, 1e-12);
    expect(start).toEqual(copy.point);
    expect({ ...problem }).toEqual(copy);
  });
});

describe('RidgeStep', () => {
  it('equals the coordinate descent at alpha 0', () => {
    fc.assert(
      fc.property(shapes, ({ seed, n, lambda }) => {
        const problem = quadratic(seed, n, 0, lambda);
        const direct = new RidgeStep().solve(problem, 'a') as Float64Array;
        expect(violation(problem, direct)).toBeLessThan(1e-12);
        const descended = proximalStep(problem, new Float64Array(n), 1e-14);
        for (let j = 0; j < n; j++) expect(Math.abs((direct[j] as number) - (descended[j] as number))).toBeLessThan(1e-9);
      }),
      { numRuns },
    );
  });

  it('keeps factors apart by curvature, scale and penalty', () => {
    const ridge = new RidgeStep();
    const [a, b] = [quadratic(1, 5, 0, 0.1), quadratic(2, 5, 0, 0.1)];
    for (const [problem, key] of [
      [a, 'a'],
      [b, 'b'],
      [{ ...a, lambda: 0.2 }, 'a'],
      [{ ...a, scale: 0.5 }, 'a'],
      [a, 'a'],
    ] as const)
      expect(violation(problem, ridge.solve(problem, key) as Float64Array)).toBeLessThan(1e-12);
  });

  it('says so where the system is singular', () => {
    const problem = { ...quadratic(1, 3, 0, 0), curvature: new Float64Array(9) };
    expect(new RidgeStep().solve(problem, 'a')).toBeNull();
  });
});

describe('AndersonAccelerator', () => {
  /** x -> M x + c with a fixed point at 1, ..., 1; rates 0.95 and less. */
  function linearMap(n: number) {
    const rates = Float64Array.from({ length: n }, (_, j) => 0.95 - j / (2 * n));
    return (x: Float64Array) => x.map((value, j) => 1 + (rates[j] as number) * (value - 1));
  }
  const distance = (a: Float64Array, b: Float64Array) => Math.max(...a.map((x, j) => Math.abs(x - (b[j] as number))));

  it('reaches the fixed point of a linear map in about as many steps as it has dimensions', () => {
    const map = linearMap(6);
    const accelerator = new AndersonAccelerator();
    let point = new Float64Array(6);
    for (let k = 0; k < 12; k++) {
      const image = map(point) as Float64Array<ArrayBuffer>;
      point = accelerator.next(point, image, distance(image, point)) as Float64Array<ArrayBuffer>;
    }
    // The plain iteration would be at 0.95^12 = 0.54.
    expect(distance(point, new Float64Array(6).fill(1))).toBeLessThan(1e-6);
  });

  it('gives the plain image first, after a reset, and after a step that grew', () => {
    const accelerator = new AndersonAccelerator();
    const [point, image] = [Float64Array.of(0, 0), Float64Array.of(1, 2)];
    expect(accelerator.next(point, image, 2)).toBe(image);
    expect(accelerator.next(image, Float64Array.of(1.5, 2.5), 0.5)).not.toEqual(Float64Array.of(1.5, 2.5));
    accelerator.reset();
    expect(accelerator.next(point, image, 2)).toBe(image);
    expect(accelerator.next(point, image, 100)).toBe(image);
  });

  it('gives finite numbers when steps repeat', () => {
    const accelerator = new AndersonAccelerator();
    const [point, image] = [Float64Array.of(0, 0), Float64Array.of(1, 1)];
    for (let k = 0; k < 12; k++) expect(accelerator.next(point, image, 1).every(Number.isFinite)).toBe(true);
  });
});
