import type { Json } from '@cohortium/kernel';

/** A number of a result; null where there is none. */
export function orNull(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value;
}

/** Values under their names. */
export function byName(names: readonly string[], values: ArrayLike<number>): Record<string, number | null> {
  return Object.fromEntries(names.map((name, j) => [name, orNull(values[j])]));
}

/** A matrix with names of rows and columns, from row-major values. */
export function namedMatrix(rows: readonly string[], cols: readonly string[], values: ArrayLike<number | null>): Json {
  return {
    rows: [...rows],
    cols: [...cols],
    values: rows.map((_, i) => cols.map((_column, j) => orNull(values[i * cols.length + j]))),
  };
}

/** Names of the limits of an interval, as R prints them: 2.5 %, 97.5 %. */
export function limitNames(level: number): [string, string] {
  const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
  return [percent((1 - level) / 2), percent((1 + level) / 2)];
}

/** Intervals estimate -+ quantile * standard error. */
export function waldMatrix(
  names: readonly string[],
  estimates: ArrayLike<number>,
  errors: ArrayLike<number>,
  quantile: number,
  level: number,
): Json {
  const limits = names.flatMap((_, j) => {
    const [b, reach] = [estimates[j] as number, quantile * (errors[j] as number)];
    return [b - reach, b + reach];
  });
  return namedMatrix(names, limitNames(level), limits);
}

/** Square roots of the diagonal of a row-major p x p matrix times a factor. */
export function standardErrors(covariance: Float64Array, p: number, factor = 1): Float64Array {
  return Float64Array.from({ length: p }, (_, j) => Math.sqrt((covariance[j * p + j] as number) * factor));
}
