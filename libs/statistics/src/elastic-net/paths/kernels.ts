// Dense loops over a column-major matrix. Several sums are kept at once, so that each number that is loaded is used more than once.

/** Columns of one site's design, one after another; column 0 is 1 in every row. */
export interface Columns {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Column-major `columnCount x rowCount`. */
  readonly values: Float64Array;
}

/** Adds `sum of weights[k] * column[columns[k]]`, k from `from` below `to`, to `into`. */
export function addColumns(
  { rowCount: n, values }: Columns,
  columns: Int32Array,
  weights: Float64Array,
  from: number,
  to: number,
  into: Float64Array,
): void {
  let k = from;
  for (; k + 3 < to; k += 4) {
    const a = (columns[k] as number) * n;
    const b = (columns[k + 1] as number) * n;
    const c = (columns[k + 2] as number) * n;
    const d = (columns[k + 3] as number) * n;
    const wa = weights[k] as number;
    const wb = weights[k + 1] as number;
    const wc = weights[k + 2] as number;
    const wd = weights[k + 3] as number;
    for (let i = 0; i < n; i++)
      into[i] =
        (into[i] as number) +
        (wa * (values[a + i] as number) +
          wb * (values[b + i] as number) +
          (wc * (values[c + i] as number) + wd * (values[d + i] as number)));
  }
  for (; k < to; k++) {
    const a = (columns[k] as number) * n;
    const w = weights[k] as number;
    for (let i = 0; i < n; i++) into[i] = (into[i] as number) + w * (values[a + i] as number);
  }
}

/** Inner products of two vectors with some columns: `out[first + at[k]]` and `out[second + at[k]]` for column `columns[k]`. */
export function projectPair(
  { rowCount: n, values }: Columns,
  columns: Int32Array,
  at: Int32Array,
  v: Float64Array,
  w: Float64Array,
  out: Float64Array,
  first: number,
  second: number,
): void {
  const count = columns.length;
  let k = 0;
  for (; k + 3 < count; k += 4) {
    const a = (columns[k] as number) * n;
    const b = (columns[k + 1] as number) * n;
    const c = (columns[k + 2] as number) * n;
    const d = (columns[k + 3] as number) * n;
    let v0 = 0;
    let v1 = 0;
    let v2 = 0;
    let v3 = 0;
    let w0 = 0;
    let w1 = 0;
    let w2 = 0;
    let w3 = 0;
    for (let i = 0; i < n; i++) {
      const x0 = values[a + i] as number;
      const x1 = values[b + i] as number;
      const x2 = values[c + i] as number;
      const x3 = values[d + i] as number;
      const vi = v[i] as number;
      const wi = w[i] as number;
      v0 += vi * x0;
      v1 += vi * x1;
      v2 += vi * x2;
      v3 += vi * x3;
      w0 += wi * x0;
      w1 += wi * x1;
      w2 += wi * x2;
      w3 += wi * x3;
    }
    out[first + (at[k] as number)] = v0;
    out[first + (at[k + 1] as number)] = v1;
    out[first + (at[k + 2] as number)] = v2;
    out[first + (at[k + 3] as number)] = v3;
    out[second + (at[k] as number)] = w0;
    out[second + (at[k + 1] as number)] = w1;
    out[second + (at[k + 2] as number)] = w2;
    out[second + (at[k + 3] as number)] = w3;
  }
  for (; k < count; k++) projectOne(values, (columns[k] as number) * n, v, w, out, first + (at[k] as number), second + (at[k] as number));
}

function projectOne(
  values: Float64Array,
  from: number,
  v: Float64Array,
  w: Float64Array,
  out: Float64Array,
  first: number,
  second: number,
): void {
  let sv = 0;
  let sw = 0;
  for (let i = 0; i < v.length; i++) {
    const x = values[from + i] as number;
    sv += (v[i] as number) * x;
    sw += (w[i] as number) * x;
  }
  out[first] = sv;
  out[second] = sw;
}

/**
 * Weighted cross products `sum of w x_a x_b` of some columns (`left`) with others (`right`): row-major `left.length x right.length`. With
 * `lowerOnly` the two lists are the same and only entries on and below the diagonal are made.
 */
export function crossProducts(design: Columns, left: Int32Array, right: Int32Array, w: Float64Array, lowerOnly: boolean): Float64Array {
  const { rowCount: n, values } = design;
  const width = right.length;
  const out = new Float64Array(left.length * width);
  const u = new Float64Array(n);
  const v = new Float64Array(n);
  for (let r = 0; r < left.length; r += 2) {
    const paired = r + 1 < left.length;
    scaleColumn(values, (left[r] as number) * n, w, u);
    if (paired) scaleColumn(values, (left[r + 1] as number) * n, w, v);
    const columns = lowerOnly ? right.subarray(0, paired ? r + 2 : r + 1) : right;
    projectPair(design, columns, positions(columns.length), u, paired ? v : u, out, r * width, paired ? (r + 1) * width : r * width);
  }
  return out;
}

function scaleColumn(values: Float64Array, from: number, w: Float64Array, into: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (values[from + i] as number) * (w[i] as number);
}

let counting = Int32Array.from({ length: 1024 }, (_, k) => k);

/** 0, 1, 2, ...: a view of a list that grows as needed. */
function positions(count: number): Int32Array {
  if (count > counting.length) counting = Int32Array.from({ length: 2 * count }, (_, k) => k);
  return counting.subarray(0, count);
}
