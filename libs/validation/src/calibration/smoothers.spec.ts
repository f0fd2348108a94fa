import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { smallLeastSquares } from './least-squares.js';
import { loess, loessDefaults } from './loess.js';
import { lowess } from './lowess.js';

// R 4.2.2: x <- (1:24) / 25 + 0.01 * ((1:24) %% 3); y <- as.integer((1:24) %% 4 == 0 | (1:24) > 19); xt <- ceiling(x * 10 - 1e-9) / 10
const x = Float64Array.from({ length: 24 }, (_, k) => (k + 1) / 25 + 0.01 * ((k + 1) % 3));
const y = Float64Array.from({ length: 24 }, (_, k) => Number((k + 1) % 4 === 0 || k + 1 > 19));
const tied = x.map((v) => Math.ceil(v * 10 - 1e-9) / 10);

/** Every fourth value, which R printed to 15 digits. */
function closeTo(found: Float64Array, expected: readonly number[]): void {
  expected.forEach((value, k) => expect(Math.abs((found[4 * k] as number) - value)).toBeLessThanOrEqual(1e-12));
}

describe('loess', () => {
  it('is fitted(loess(y ~ x)) of R, interpolated between vertices', () => {
    closeTo(
      loess(x, y),
      [0.0397425221395554, 0.2441358310826796, 0.2700831955485151, 0.2333909868090491, 0.299321044055989, 0.6720105817582505],
    );
  });

  it('fits at every point with surface direct, and lines with degree 1', () => {
    closeTo(
      loess(x, y, { ...loessDefaults, surface: 'direct' }),
      [0.0399020923460728, 0.2442392910570966, 0.2700831955485151, 0.2478891962875205, 0.2949586446845995, 0.6720105817582505],
    );
    closeTo(
      loess(x, y, { span: 0.6, degree: 1, surface: 'interpolate' }),
      [0.101139007301571, 0.211946779161522, 0.261024400553059, 0.251295212937641, 0.346790351565008, 0.735490634069708],
    );
  });

  it('never divides equal x, and gives them one value', () => {
    const fitted = loess(tied, y);
    closeTo(
      fitted,
      [0.0842179542587037, 0.2694382619116009, 0.2662085756992462, 0.1795344768087362, 0.1738876769190131, 0.7218851841215866],
    );
    for (let k = 1; k < 24; k++) if (tied[k] === tied[k - 1]) expect(fitted[k]).toBe(fitted[k - 1]);
  });

  it('reproduces parabolas, whatever the points', () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = new SeededRandom(seed);
      const at = Float64Array.from({ length: 20 + random.below(60) }, () => Math.round(random.normal() * 100) / 100);
      const parabola = at.map((v) => 1 - 2 * v + 0.5 * v * v);
      // A neighborhood of a few distinct points at the edge of the data is badly conditioned.
      loess(at, parabola).forEach((value, i) => expect(Math.abs(value - (parabola[i] as number))).toBeLessThan(1e-9));
    }
  });

  it('has no answer where a neighborhood has no width', () => {
    expect(() => loess(Float64Array.of(1, 1, 1, 1), Float64Array.of(0, 1, 0, 1))).toThrow(RangeError);
    expect(() => loess(Float64Array.of(1, 2), Float64Array.of(0, 1))).toThrow(RangeError);
  });
});

describe('lowess', () => {
  it('is lowess(x, y, iter = 0) of R at the points, with and without ties', () => {
    closeTo(
      lowess(x, y),
      [0.113751300101514, 0.206837647159822, 0.256332957658837, 0.254637602360975, 0.414079691063935, 0.73297612863415],
    );
    closeTo(
      lowess(tied, y),
      [0.134060866418004, 0.231902735233201, 0.246156382184941, 0.236056315181088, 0.293275537988332, 0.774299162481925],
    );
  });

  it('joins points that are closer than a hundredth of the range by straight lines', () => {
    const dense = Float64Array.from({ length: 400 }, (_, k) => k / 400);
    const smooth = lowess(
      dense,
      dense.map((v) => Math.sin(6 * v)),
    );
    const kinks = [...smooth.keys()].slice(1, -1).filter((k) => {
      const bend = (smooth[k + 1] as number) - 2 * (smooth[k] as number) + (smooth[k - 1] as number);
      return Math.abs(bend) > 1e-9;
    });
    expect(kinks.length).toBeLessThan(150);
  });

  it('gives single points and constant x back as means', () => {
    expect([...lowess(Float64Array.of(0.5), Float64Array.of(1))]).toEqual([1]);
    expect(lowess(Float64Array.of(2, 2, 2), Float64Array.of(0, 1, 0))[1]).toBeCloseTo(1 / 3, 12);
  });
});

describe('smallLeastSquares', () => {
  it('finds the minimum-norm solution where columns depend on each other', () => {
    const ones = [1, 1, 1];
    const solution = smallLeastSquares(Float64Array.from([...ones, ...ones]), Float64Array.of(1, 2, 3), 3, 2);
    solution.forEach((value) => expect(value).toBeCloseTo(1, 12));
    expect([...smallLeastSquares(Float64Array.from([...ones, 0, 0, 0]), Float64Array.of(3, 3, 3), 3, 2)].map((v) => Math.round(v))).toEqual(
      [3, 0],
    );
  });
});
