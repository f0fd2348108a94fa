import { log2 } from '@cohortium/numerics';
import { countLogarithm } from '../texture/count-logarithm.js';
import type { CooccurrenceMatrix } from './cooccurrence-matrix.js';

/**
 * What the co-occurrence features are made of. Symbols: p_ij the share of the pairs with gray levels i and j, p_i. and p_.j its sums
 * over columns and rows, p_{i-j},k and p_{i+j},k the shares of pairs with |i - j| = k and i + j = k, Ng the number of gray levels.
 */
export interface CooccurrenceSummary {
  readonly matrix: CooccurrenceMatrix;
  /** Pairs that were counted; 0 leaves every feature undefined. */
  readonly total: number;
  readonly levelCount: number;
  /** Gray level of each row and column. */
  readonly levels: Float64Array;
  /** p_i. */
  readonly rowShares: Float64Array;
  /** p_.j */
  readonly columnShares: Float64Array;
  /** p_{i-j},k at index k. */
  readonly differenceShares: Float64Array;
  /** p_{i+j},k at index k. */
  readonly sumShares: Float64Array;
  /** max p_ij */
  readonly largestShare: number;
  /** sum p_ij^2 */
  readonly squaredShares: number;
  /** sum i j p_ij */
  readonly meanProduct: number;
  /** -sum p_ij log2 p_ij */
  readonly jointEntropy: number;
  /** Entropies, means and variances of the row and column sums. */
  readonly rowEntropy: number;
  readonly columnEntropy: number;
  readonly rowMean: number;
  readonly columnMean: number;
  readonly rowVariance: number;
  readonly columnVariance: number;
}

/** One pass over the cells of a matrix. */
export function summarizeCooccurrence(matrix: CooccurrenceMatrix): CooccurrenceSummary {
  const { levels, levelCount, rows, columns, counts } = matrix;
  const highest = levels[levels.length - 1] as number;
  const rowShares = new Float64Array(levels.length);
  const columnShares = new Float64Array(levels.length);
  const differenceShares = new Float64Array(highest - (levels[0] as number) + 1);
  const sumShares = new Float64Array(2 * highest + 1);
  let total = 0;
  for (let c = 0; c < counts.length; c++) total += counts[c] as number;
  let largestShare = 0;
  let squaredShares = 0;
  let meanProduct = 0;
  let logarithms = 0;
  for (let c = 0; c < counts.length; c++) {
    const p = (counts[c] as number) / total;
    const row = (rows[c] as number) - 1;
    const column = (columns[c] as number) - 1;
    const i = levels[row] as number;
    const j = levels[column] as number;
    const difference = i > j ? i - j : j - i;
    rowShares[row] = (rowShares[row] as number) + p;
    columnShares[column] = (columnShares[column] as number) + p;
    differenceShares[difference] = (differenceShares[difference] as number) + p;
    sumShares[i + j] = (sumShares[i + j] as number) + p;
    if (p > largestShare) largestShare = p;
    squaredShares += p * p;
    meanProduct += i * j * p;
    logarithms += countLogarithm(counts[c] as number);
  }
  // -sum p log2 p with p = n / N is log2 N - (sum n log2 n) / N, which for a single cell is 0 and not what rounding leaves.
  const jointEntropy = counts.length > 1 ? log2(total) - logarithms / total : 0;
  const rowMean = mean(levels, rowShares);
  const columnMean = mean(levels, columnShares);
  const rowVariance = centralMoment(levels, rowShares, rowMean, 2);
  const columnVariance = centralMoment(levels, columnShares, columnMean, 2);
  const [rowEntropy, columnEntropy] = [entropy(rowShares), entropy(columnShares)];
  // One literal: engines make a new shape for every object that is spread from others, and read objects of many shapes slowly.
  return {
    matrix,
    total,
    levelCount,
    levels,
    rowShares,
    columnShares,
    differenceShares,
    sumShares,
    largestShare,
    squaredShares,
    meanProduct,
    jointEntropy,
    rowEntropy,
    columnEntropy,
    rowMean,
    columnMean,
    rowVariance,
    columnVariance,
  };
}

/** sum x p */
export function mean(values: Float64Array, shares: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < shares.length; c++) sum += (values[c] as number) * (shares[c] as number);
  return sum;
}

/** sum (x - center)^power p, for a power from 2 to 4. */
export function centralMoment(values: ArrayLike<number>, shares: Float64Array, center: number, power: number): number {
  let sum = 0;
  for (let c = 0; c < shares.length; c++) {
    const d = (values[c] as number) - center;
    let factor = d * d;
    for (let q = 2; q < power; q++) factor *= d;
    sum += factor * (shares[c] as number);
  }
  return sum;
}

/** -sum p log2 p over the shares above 0. */
export function entropy(shares: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < shares.length; c++) {
    const p = shares[c] as number;
    if (p > 0) sum -= p * log2(p);
  }
  return sum;
}
