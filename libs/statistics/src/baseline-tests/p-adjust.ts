/** Ways to adjust p values for multiple tests; names as in R's `p.adjust`. */
export const adjustments = ['bonferroni', 'holm', 'hochberg', 'BH', 'BY'] as const;
/** See {@link adjustments}. */
export type Adjustment = (typeof adjustments)[number];

/**
 * Adjusted p values in the order given (R: `p.adjust`); null stays null and is not counted. Bonferroni and Holm 1979 bound the
 * chance of any false finding; Hochberg 1988 under independence; Benjamini & Hochberg 1995 (doi 10.1111/j.2517-6161.1995.tb02031.x) and
 * Benjamini & Yekutieli 2001 (doi 10.1214/aos/1013699998) the share of false findings.
 * @example adjustP([0.01, 0.02, 0.03], 'holm') // [0.03, 0.04, 0.04]
 */
export function adjustP(values: readonly (number | null)[], method: Adjustment): (number | null)[] {
  const kept = [...values.keys()].filter((i) => values[i] !== null);
  const n = kept.length;
  const p = (i: number) => values[i] as number;
  const adjusted: (number | null)[] = values.map(() => null);
  if (method === 'bonferroni') {
    for (const i of kept) adjusted[i] = Math.min(1, n * p(i));
    return adjusted;
  }
  const ascending = kept.sort((a, b) => p(a) - p(b) || a - b);
  if (method === 'holm') {
    let largest = 0;
    ascending.forEach((i, rank) => (adjusted[i] = largest = Math.max(largest, Math.min(1, (n - rank) * p(i)))));
    return adjusted;
  }
  const harmonic = method === 'BY' ? ascending.reduce((sum, _, rank) => sum + 1 / (rank + 1), 0) : 1;
  let smallest = 1;
  for (let rank = n - 1; rank >= 0; rank--) {
    const i = ascending[rank] as number;
    const factor = method === 'hochberg' ? n - rank : (harmonic * n) / (rank + 1);
    adjusted[i] = smallest = Math.min(smallest, factor * p(i));
  }
  return adjusted;
}
