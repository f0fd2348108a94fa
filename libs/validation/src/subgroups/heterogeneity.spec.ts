import { describe, expect, it } from 'vitest';
import { differenceOf, interactionTest } from './heterogeneity.js';

describe('differences of subgroups', () => {
  it('are normal differences of independent estimates', () => {
    const { difference, interval, z } = differenceOf({ estimate: 0.8, standardError: 0.03 }, { estimate: 0.7, standardError: 0.04 });
    expect(difference).toBeCloseTo(0.1, 12);
    expect(z).toBeCloseTo(2, 12);
    expect(interval?.low).toBeCloseTo(0.1 - 1.959963984540054 * 0.05, 12);
  });

  it('do not exist where a group is not shown', () => {
    expect(differenceOf({ estimate: NaN, standardError: NaN }, { estimate: 0.7, standardError: 0.04 })).toMatchObject({
      interval: null,
      p: NaN,
    });
  });
});

describe('interactionTest', () => {
  it('of two groups is the squared z of their difference', () => {
    const groups = [
      { estimate: 0.8, standardError: 0.03 },
      { estimate: 0.7, standardError: 0.04 },
    ] as const;
    const test = interactionTest(groups);
    expect(test?.statistic).toBeCloseTo(differenceOf(...groups).z ** 2, 12);
    expect(test?.p).toBeCloseTo(differenceOf(...groups).p, 12);
  });

  it('leaves out groups that are not shown, and needs two', () => {
    const shown = { estimate: 1, standardError: 0.1 };
    expect(interactionTest([shown, { estimate: NaN, standardError: NaN }])).toBeNull();
    expect(interactionTest([shown, shown, { estimate: NaN, standardError: NaN }])).toMatchObject({ statistic: 0, df: 1, p: 1 });
  });
});
