/** Which columns of a design a model may use: indices into the columns, ascending. */
export type Columns = readonly number[];

/** Rows and columns of grams that models of some columns need, kept since a fit asks for the same ones in every round. */
export class GramParts {
  private readonly parts = new Map<string, Float64Array>();

  /** The gram over the intercept and some columns. @param width columns and intercept of the whole gram */
  of(gram: Float64Array, width: number, arm: number, columns: Columns): Float64Array {
    const key = `${arm} ${columns.join(',')}`;
    const known = this.parts.get(key);
    if (known) return known;
    const picked = withIntercept(columns);
    const part = new Float64Array(picked.length * picked.length);
    picked.forEach((row, r) => picked.forEach((column, c) => (part[r * picked.length + c] = gram[row * width + column] as number)));
    this.parts.set(key, part);
    return part;
  }
}

/** The intercept and some columns of a coefficient vector. */
export function pickColumns(values: Float64Array, columns: Columns): Float64Array {
  return Float64Array.from(withIntercept(columns), (at) => values[at] as number);
}

/** A coefficient vector of all columns, zero outside of some. */
export function spreadColumns(values: Float64Array, columns: Columns, length: number): Float64Array {
  const spread = new Float64Array(length);
  withIntercept(columns).forEach((at, k) => (spread[at] = values[k] as number));
  return spread;
}

function withIntercept(columns: Columns): number[] {
  return [0, ...columns.map((column) => column + 1)];
}
