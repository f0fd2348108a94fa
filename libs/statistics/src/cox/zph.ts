import { chiSquareTail, choleskyFactor, choleskySolve, unpackTriangle } from '@cohortium/numerics';
import type { ZphSums } from './local.js';

/** One test of proportional hazards. */
export interface ZphTest {
  readonly chisq: number;
  readonly df: number;
  readonly p: number;
}

/**
 * Score tests of coefficients that change with time, beta + theta (g(t) - mean g): for each term alone, then for all together.
 * Source: Grambsch & Therneau 1994, doi 10.1093/biomet/81.3.515, in the exact form of R's `cox.zph` (survival 3.0 and later).
 * @param sums sums at the fit
 * @param information of the fit, row-major p x p
 * @param terms columns of each term
 */
export function zphTests(
  sums: ZphSums,
  information: Float64Array,
  terms: readonly (readonly number[])[],
): { tests: (ZphTest | null)[]; global: ZphTest | null } {
  const p = sums.score.length;
  const mean = sums.g / sums.events;
  // At the fit the plain score is 0, so centering g leaves the weighted score alone.
  const weighted = unpackTriangle(sums.once, p);
  const once = weighted.map((v, k) => v - mean * (information[k] as number));
  const twice = unpackTriangle(sums.twice, p).map(
    (v, k) => v - 2 * mean * (weighted[k] as number) + mean * mean * (information[k] as number),
  );
  const columns = [...new Set(terms.flat())].sort((a, b) => a - b);
  const test = (of: readonly number[]): ZphTest | null => scoreTest({ information, once, twice }, sums.score, columns, of);
  return { tests: terms.map(test), global: test(columns) };
}

/** Score test of the time-varying parts of some columns, beside the constant parts of all. */
function scoreTest(
  { information, once, twice }: { readonly information: Float64Array; readonly once: Float64Array; readonly twice: Float64Array },
  score: Float64Array,
  columns: readonly number[],
  of: readonly number[],
): ZphTest | null {
  const p = score.length;
  const size = columns.length + of.length;
  const matrix = new Float64Array(size * size);
  const place = [...columns.map((j) => ({ j, varies: false })), ...of.map((j) => ({ j, varies: true }))];
  place.forEach((a, row) =>
    place.forEach((b, column) => {
      const block = a.varies && b.varies ? twice : a.varies || b.varies ? once : information;
      matrix[row * size + column] = block[a.j * p + b.j] as number;
    }),
  );
  const factor = choleskyFactor(matrix, size, 1e-13);
  if (!factor) return null;
  const u = Float64Array.from(place, ({ j, varies }) => (varies ? (score[j] as number) : 0));
  const solved = choleskySolve(factor, size, u.slice());
  const chisq = u.reduce((sum, value, k) => sum + value * (solved[k] as number), 0);
  return { chisq, df: of.length, p: chiSquareTail(chisq, of.length) };
}
