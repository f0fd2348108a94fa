import { describe, expect, it } from 'vitest';
import { categoryDifference } from './category-difference.js';

describe('categoryDifference', () => {
  it('of two levels is the difference of shares over the mean SD', () => {
    expect(categoryDifference([30, 10], [10, 10])).toBeCloseTo(0.25 / Math.sqrt((0.25 * 0.75 + 0.25) / 2), 12);
  });

  it('does not depend on which level is left out, and ignores levels that nobody has', () => {
    const first = [12, 5, 0, 9];
    const second = [4, 8, 0, 11];
    const turned = (counts: readonly number[]) => [...counts].reverse();
    expect(categoryDifference(turned(first), turned(second))).toBeCloseTo(categoryDifference(first, second) as number, 12);
    expect(categoryDifference([12, 5, 9], [4, 8, 11])).toBe(categoryDifference(first, second));
  });

  it('does not exist without values, with one level, or where groups share no level', () => {
    expect(categoryDifference([0, 0], [3, 4])).toBeNull();
    expect(categoryDifference([3, 0], [4, 0])).toBeNull();
    expect(categoryDifference([3, 0], [0, 4])).toBeNull();
  });
});
