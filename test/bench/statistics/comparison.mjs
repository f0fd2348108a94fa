// How far two fits are from each other.

/** Largest difference of two lists, position by position, as far as both go. */
export function largestDifference(/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) {
  let largest = 0;
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    const difference = Math.abs(/** @type {number} */ (a[k]) - /** @type {number} */ (b[k]));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/**
 * Largest difference of any coefficient at any penalty of a path. Ours are sparse, by name;
 * theirs are dense, in the order of `names`, the intercept first.
 */
export function coefficientDifference(
  /** @type {{ names: readonly string[], models: readonly { intercept: number, terms: Record<string, number> }[] }} */ { names, models },
  /** @type {{ coefficients: Float64Array }} */ { coefficients },
) {
  const width = names.length + 1;
  let largest = 0;
  models.slice(0, coefficients.length / width).forEach(({ intercept, terms }, at) => {
    const own = [intercept, ...names.map((name) => terms[name] ?? 0)];
    largest = Math.max(largest, largestDifference(own, coefficients.subarray(at * width, (at + 1) * width)));
  });
  return largest;
}
