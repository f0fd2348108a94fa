import { log2 } from '@cohortium/numerics';

/** Matrix cells mostly hold small whole counts, whose logarithms come again and again. */
const known = new Float64Array(4096).fill(NaN);

/**
 * n log2 n, the term of an entropy of counts; 0 for none.
 * @example countLogarithm(8) // 24
 */
export function countLogarithm(count: number): number {
  if (count === 0) return 0;
  if (!(count < known.length && Number.isInteger(count))) return count * log2(count);
  const found = known[count] as number;
  if (found === found) return found;
  return (known[count] = count * log2(count));
}
