import type { CohortRows } from '@cohortium/federation';
import { harmonizationErrors } from '../errors.js';

/**
 * A feature whose SD within a site is at most this counts as constant there. Features arrive standardized (SD near 1), so it is
 * an absolute bound, far below any real spread and far above rounding.
 */
export const constantSd = 1e-9;

/** Rows of one site: features (row-major, rowCount x columnCount) and covariates (one vector of rowCount values each). */
export interface SiteBlock {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly values: Float64Array;
  readonly covariates: readonly Float64Array[];
}

/**
 * The covariates of some rows, in the order of `names`; views, nothing is copied.
 * @param from first row, @param to row after the last
 * @throws `HARMONIZATION.UNKNOWN_COVARIATE`
 */
export function covariateColumns(rows: CohortRows, names: readonly string[], from = 0, to = rows.rowCount): Float64Array[] {
  return names.map((covariate) => {
    const column = Object.hasOwn(rows.covariates, covariate) ? rows.covariates[covariate] : undefined;
    if (!column) throw harmonizationErrors.error('HARMONIZATION.UNKNOWN_COVARIATE', { covariate });
    return column.subarray(from, to);
  });
}

/** Mean of a vector, taken around its first value so that a constant vector has exactly that mean. Not for empty vectors. */
export function shiftedMean(values: Float64Array): number {
  const first = values[0] as number;
  let sum = 0;
  for (const value of values) sum += value - first;
  return first + sum / values.length;
}

/**
 * A covariate minus its mean within the site. All zero where its SD is at most 1e-9 of its largest magnitude: what is left then
 * is rounding, and must not pass for variation within the site.
 */
export function centeredCovariate(values: Float64Array): Float64Array {
  const mean = shiftedMean(values);
  const centered = values.map((value) => value - mean);
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    squares += (centered[i] as number) * (centered[i] as number);
    largest = Math.max(largest, Math.abs(values[i] as number));
  }
  return Math.sqrt(squares / Math.max(1, values.length - 1)) <= 1e-9 * largest ? centered.fill(0) : centered;
}

/** Mean of each feature, taken around the first row so that a constant feature has exactly that mean. */
export function columnMeans(block: SiteBlock): Float64Array {
  const { rowCount, columnCount, values } = block;
  const means = new Float64Array(columnCount);
  for (let i = 1; i < rowCount; i++) {
    for (let f = 0; f < columnCount; f++)
      means[f] = (means[f] as number) + ((values[i * columnCount + f] as number) - (values[f] as number));
  }
  for (let f = 0; f < columnCount; f++) means[f] = (values[f] as number) + (means[f] as number) / rowCount;
  return means;
}

/** 1 for each feature that is constant in the block (SD with n - 1 at most {@link constantSd}), else 0. */
export function constantColumns(block: SiteBlock, means: Float64Array): Uint8Array {
  const { rowCount, columnCount, values } = block;
  const squares = new Float64Array(columnCount);
  for (let i = 0; i < rowCount; i++) {
    for (let f = 0; f < columnCount; f++) {
      const deviation = (values[i * columnCount + f] as number) - (means[f] as number);
      squares[f] = (squares[f] as number) + deviation * deviation;
    }
  }
  return Uint8Array.from(squares, (sum) => (Math.sqrt(sum / Math.max(1, rowCount - 1)) <= constantSd ? 1 : 0));
}
