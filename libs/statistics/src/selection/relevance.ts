import { totalMoments } from '../units/moments.js';
import type { ArmMoments } from '../units/moments.js';

/**
 * Correlation of each column with an outcome of two groups (point-biserial, second group positive), from moments by group; NaN where a
 * column is constant or a group is empty.
 */
export function outcomeCorrelations(moments: ArmMoments): Float64Array {
  const { columnCount: p, n, mean } = moments;
  const total = totalMoments(moments);
  return Float64Array.from({ length: p }, (_, j) => {
    const [n0, n1] = [n[j] as number, n[p + j] as number];
    const squares = total.squares[j] as number;
    if (moments.groupCount !== 2 || !(n0 > 0) || !(n1 > 0) || !(squares > 0)) return NaN;
    const difference = (mean[p + j] as number) - (mean[j] as number);
    return Math.max(-1, Math.min(1, difference * Math.sqrt((n0 * n1) / ((n0 + n1) * squares))));
  });
}
