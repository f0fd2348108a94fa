import { chiSquareTail } from '@cohortium/numerics';
import type { ChiSquare } from './analysis-of-variance.js';

/** Pearson's chi-square test of a table of counts. */
export interface TableTest extends ChiSquare {
  /** p with Yates' continuity correction, for tables of 2 x 2 only. */
  readonly pYates: number | null;
  /** Smallest expected count: below 5 the approximation is doubtful. */
  readonly smallestExpected: number;
}

/**
 * Pearson's chi-square test of independence (R: `chisq.test(correct = FALSE)`); rows and columns without any count are left out. Null
 * where fewer than two of either remain. Pearson 1900; Yates 1934, doi 10.2307/2983604.
 */
export function chiSquareTest(table: readonly ArrayLike<number>[]): TableTest | null {
  const { rows, rowSums, columnSums, total } = filledTable(table);
  const df = (rowSums.length - 1) * (columnSums.length - 1);
  if (rowSums.length < 2 || columnSums.length < 2) return null;
  const expected = rows.map((row, i) => row.map((_, j) => ((rowSums[i] as number) * (columnSums[j] as number)) / total));
  const statistic = (correction: number) =>
    rows.reduce(
      (sum, row, i) =>
        row.reduce((inner, count, j) => {
          const e = expected[i]?.[j] as number;
          const miss = Math.abs(count - e) - correction;
          return inner + (miss * miss) / e;
        }, sum),
      0,
    );
  const chisq = statistic(0);
  const isFourfold = rowSums.length === 2 && columnSums.length === 2;
  const correction = Math.min(0.5, ...rows.flatMap((row, i) => row.map((count, j) => Math.abs(count - (expected[i]?.[j] as number)))));
  return {
    chisq,
    df,
    p: chiSquareTail(chisq, df),
    pYates: isFourfold ? chiSquareTail(statistic(correction), 1) : null,
    smallestExpected: Math.min(...expected.flat()),
  };
}

/** A table without its empty rows and columns. */
export function filledTable(table: readonly ArrayLike<number>[]): {
  readonly rows: number[][];
  readonly rowSums: number[];
  readonly columnSums: number[];
  readonly total: number;
} {
  const all = table.map((row) => Array.from(row));
  const sum = (counts: readonly number[]) => counts.reduce((total, c) => total + c, 0);
  const width = all[0]?.length ?? 0;
  const kept = Array.from({ length: width }, (_, j) => j).filter((j) => sum(all.map((row) => row[j] as number)) > 0);
  const rows = all.filter((row) => sum(row) > 0).map((row) => kept.map((j) => row[j] as number));
  const rowSums = rows.map(sum);
  return { rows, rowSums, columnSums: kept.map((_, j) => sum(rows.map((row) => row[j] as number))), total: sum(rowSums) };
}
