/** Two classes of values. */
export interface TwoClasses {
  /** Mean of the darker and of the brighter class. */
  readonly means: readonly [number, number];
  /** Value at which membership in the brighter class is what was asked for. */
  readonly threshold: number;
}

/** Turns that never end come from values that do not fall into two classes; far fewer are needed. */
const mostTurns = 200;

/**
 * Divides values into two classes by fuzzy c-means with the usual exponent of 2, from the extremes on.
 *
 * With means a < b, membership of v in the brighter class is u = 1 / (1 + ((v - b) / (v - a))^2); a and b are the means of all values with weights (1 - u)^2
 * and u^2. Values above b keep to the brighter class, though their distances to both means become alike.
 * @param membership membership that the threshold stands for
 * @returns undefined where all values are the same, or none is a number
 * @see J. C. Bezdek, R. Ehrlich, W. Full 1984, doi:10.1016/0098-3004(84)90020-7
 * @example fuzzyTwoMeans(Float64Array.of(0, 0, 1, 1), 0.5) // means 0 and 1, threshold 0.5
 */
export function fuzzyTwoMeans(values: Float64Array, membership: number): TwoClasses | undefined {
  let [dark, bright] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < dark) dark = value;
    if (value > bright) bright = value;
  }
  if (!(bright > dark)) return undefined;
  const tolerance = 1e-6 * (bright - dark);
  for (let turn = 0; turn < mostTurns; turn++) {
    let [sumDark, weightDark, sumBright, weightBright] = [0, 0, 0, 0];
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      const toDark = (value - dark) * (value - dark);
      const toBright = (value - bright) * (value - bright);
      const share = toDark / (toDark + toBright);
      const w = share * share;
      const v = (1 - share) * (1 - share);
      sumBright += w * value;
      weightBright += w;
      sumDark += v * value;
      weightDark += v;
    }
    const next: readonly [number, number] = [sumDark / weightDark, sumBright / weightBright];
    const change = Math.max(Math.abs(next[0] - dark), Math.abs(next[1] - bright));
    [dark, bright] = next;
    if (change <= tolerance) break;
  }
  if (!(bright > dark)) return undefined;
  // u = m  <=>  (b - v) / (v - a) = sqrt((1 - m) / m) between the two means.
  const ratio = Math.sqrt((1 - membership) / membership);
  return { means: [dark, bright], threshold: (bright + ratio * dark) / (1 + ratio) };
}
