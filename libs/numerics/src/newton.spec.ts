import { describe, expect, it } from 'vitest';
import { NewtonSearch } from './newton.js';
import type { NewtonOptions, NewtonReply } from './newton.js';
import { exp, logistic, softplus } from './special.js';

function run(options: NewtonOptions, f: (x: Float64Array) => NewtonReply | null): NewtonSearch {
  const search = new NewtonSearch(options);
  while (search.status === 'searching') search.tell(f(search.point));
  return search;
}

/** Log-likelihood of a logistic model with an intercept and one column. */
function logisticReply(x: readonly number[], y: readonly number[]): (b: Float64Array) => NewtonReply {
  return (b) => {
    let value = 0;
    const gradient = new Float64Array(2);
    const information = new Float64Array(4);
    x.forEach((xi, i) => {
      const eta = (b[0] as number) + (b[1] as number) * xi;
      const mu = logistic(eta);
      value += (y[i] as number) * eta - softplus(eta);
      [1, xi].forEach((za, a) => {
        gradient[a] = (gradient[a] as number) + za * ((y[i] as number) - mu);
        [1, xi].forEach((zb, c) => (information[2 * a + c] = (information[2 * a + c] as number) + za * zb * mu * (1 - mu)));
      });
    });
    return { value, gradient, information };
  };
}

const base = { start: new Float64Array(2), epsilon: 1e-9, maxRounds: 60 };

describe('NewtonSearch', () => {
  it('finds a logistic fit: R glm(c(0,0,1,0,1,1) ~ c(1,2,3,4,5,6))', () => {
    const f = logisticReply([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1]);
    const search = run(base, f);
    expect(search.status).toBe('converged');
    const { gradient } = f(search.estimate);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-13);
    expect(search.rounds).toBeLessThan(9);
  });

  it('halves steps that overshoot: ln(1 + x^2) from far away', () => {
    // Newton on -ln cosh x overshoots from |x| > 1.09.
    const search = run({ start: Float64Array.of(1.6), epsilon: 1e-10, maxRounds: 60 }, ([x = 0]) => {
      const t = (exp(2 * x) - 1) / (exp(2 * x) + 1);
      return { value: -Math.log((exp(x) + exp(-x)) / 2), gradient: Float64Array.of(-t), information: Float64Array.of(1 - t * t) };
    });
    expect(search.status).toBe('converged');
    expect(search.estimate[0]).toBeCloseTo(0, 12);
  });

  it('damps where the function is not concave: x^4 / 4 - x^2 / 2 from its hill', () => {
    const f = ([x = 0]: Float64Array): NewtonReply => ({
      value: x ** 2 / 2 - x ** 4 / 4,
      gradient: Float64Array.of(x - x ** 3),
      information: Float64Array.of(3 * x ** 2 - 1),
    });
    const options = { start: Float64Array.of(0.1), epsilon: 1e-10, maxRounds: 60 };
    const search = run({ ...options, indefinite: 'damp' }, f);
    expect(search.status).toBe('converged');
    expect(search.estimate[0]).toBeCloseTo(1, 12);
    expect(run(options, f).status).toBe('stalled');
  });

  it('keeps fixed coordinates, leaves redundant ones where they are', () => {
    const quadratic = (x: Float64Array): NewtonReply => {
      // -(x0 + 2 x1 - 3)^2 / 2: two columns, the second twice the first.
      const r = 3 - (x[0] as number) - 2 * (x[1] as number);
      return { value: (-r * r) / 2, gradient: Float64Array.of(r, 2 * r), information: Float64Array.of(1, 2, 2, 4) };
    };
    const redundant = run({ ...base, independence: 1e-10 }, quadratic);
    expect([...redundant.moving]).toEqual([1, 0]);
    expect([...redundant.estimate]).toEqual([3, 0]);
    const fixed = run({ ...base, start: Float64Array.of(1, 0), free: Uint8Array.of(0, 1) }, quadratic);
    expect([...fixed.estimate]).toEqual([1, 1]);
  });

  it('without anything to move it is done at once', () => {
    const search = run({ ...base, free: new Uint8Array(2) }, () => ({
      value: -1,
      gradient: Float64Array.of(1, 1),
      information: Float64Array.of(1, 0, 0, 1),
    }));
    expect(search).toMatchObject({ status: 'converged', rounds: 1 });
  });

  it('ends at the limit of rounds on separated data, and where the function does not exist', () => {
    expect(run({ ...base, maxRounds: 8 }, logisticReply([1, 2, 3, 4], [0, 0, 1, 1])).status).toBe('exhausted');
    expect(run(base, () => null).status).toBe('stalled');
    const wall = run(base, (x) => (Math.abs(x[1] as number) > 5 ? null : logisticReply([1, 2, 3, 4], [0, 0, 1, 1])(x)));
    expect(wall.status).toBe('stalled');
  });
});
