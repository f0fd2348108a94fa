import { centeredCovariate, columnMeans, constantColumns, shiftedMean } from './within-site.js';
import type { SiteBlock } from './within-site.js';

/** Elements of one arm of round 1: X'X (upper triangle by rows), X'Y (covariates x features), participants. */
export function crossProductLength(covariateCount: number, columnCount: number): number {
  return (covariateCount * (covariateCount + 1)) / 2 + covariateCount * columnCount + 1;
}

/** Elements of one arm of round 2: intercept sums, residual squares, constant flags (each by feature), participants, sites. */
export function locationLength(columnCount: number): number {
  return 3 * columnCount + 2;
}

/**
 * Adds one site's share of round 1 to `into` (see {@link crossProductLength}): with covariates X and features Y, both minus
 * their means within the site, X'X and X'Y. The site's means themselves stay at home.
 */
export function addCrossProducts(into: Float64Array, block: SiteBlock): void {
  const { rowCount, columnCount, values } = block;
  const means = columnMeans(block);
  const centered = block.covariates.map(centeredCovariate);
  let at = 0;
  const add = (value: number) => {
    into[at] = (into[at] as number) + value;
    at++;
  };
  centered.forEach((a, index) => {
    for (const b of centered.slice(index)) add(a.reduce((sum, x, i) => sum + x * (b[i] as number), 0));
  });
  for (const x of centered) {
    const products = new Float64Array(columnCount);
    for (let i = 0; i < rowCount; i++) {
      const xi = x[i] as number;
      for (let f = 0; f < columnCount; f++) {
        products[f] = (products[f] as number) + xi * ((values[i * columnCount + f] as number) - (means[f] as number));
      }
    }
    products.forEach(add);
  }
  add(rowCount);
}

/**
 * Adds one site's share of round 2 to `into` (see {@link locationLength}): by feature n_i * gammaHat_i, where the site's
 * intercept gammaHat_i = mean(y) - mean(x) B; the sum of squared residuals (y - mean(y)) - (x - mean(x)) B; 1 if the feature is
 * constant in the site; then n_i and 1.
 * @param beta covariate effects B, row-major covariates x features
 */
export function addLocation(into: Float64Array, block: SiteBlock, beta: Float64Array): void {
  const { rowCount, columnCount, values } = block;
  const means = columnMeans(block);
  const centered = block.covariates.map(centeredCovariate);
  const covariateMeans = block.covariates.map(shiftedMean);
  const constant = constantColumns(block, means);
  for (let f = 0; f < columnCount; f++) {
    let intercept = means[f] as number;
    covariateMeans.forEach((mean, c) => (intercept -= mean * (beta[c * columnCount + f] as number)));
    into[f] = (into[f] as number) + rowCount * intercept;
    into[2 * columnCount + f] = (into[2 * columnCount + f] as number) + (constant[f] as number);
  }
  for (let i = 0; i < rowCount; i++) {
    for (let f = 0; f < columnCount; f++) {
      let residual = (values[i * columnCount + f] as number) - (means[f] as number);
      for (let c = 0; c < centered.length; c++)
        residual -= ((centered[c] as Float64Array)[i] as number) * (beta[c * columnCount + f] as number);
      into[columnCount + f] = (into[columnCount + f] as number) + residual * residual;
    }
  }
  into[3 * columnCount] = (into[3 * columnCount] as number) + rowCount;
  into[3 * columnCount + 1] = (into[3 * columnCount + 1] as number) + 1;
}
