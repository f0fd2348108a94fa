import { smallLeastSquares } from './least-squares.js';

/** How {@link loess} smooths. */
export interface LoessOptions {
  /** Share of the points in each neighborhood; R's default is 0.75. */
  readonly span: number;
  /** Degree of the local polynomial. */
  readonly degree: 0 | 1 | 2;
  /** `interpolate`: local fits at the vertices of a tree, blended by cubics, as R does by default. `direct`: a local fit at every point. */
  readonly surface: 'interpolate' | 'direct';
}

/** The smoother of R's `loess(y ~ x)` with default settings. */
export const loessDefaults: LoessOptions = { span: 0.75, degree: 2, surface: 'interpolate' };

/** Largest share of a neighborhood that a leaf of the tree may hold; `loess.control(cell = 0.2)`. */
const cellShare = 0.2;
/** By this share of the range the box of the tree is wider than the points. */
const margin = 0.005;

/** Value and slope of the local polynomial at a point. */
interface LocalFit {
  readonly value: number;
  readonly slope: number;
}

/**
 * Local regression of y on one x, Gaussian family: the fitted value of every point. Local polynomials are weighted by tricube of the
 * distance over that of the q-th nearest point, q = floor(n span). Interpolation: points are halved at the median until a leaf holds at
 * most n span cell of them (never between equal x); fits at the borders of leaves are joined by cubics with their slopes.
 *
 * Source: Cleveland & Grosse 1991, doi 10.1007/BF01890836; Cleveland & Devlin 1988, doi 10.1080/01621459.1988.10478639. Not additive
 * over sites: it needs all rows in one place.
 *
 * @throws RangeError where a neighborhood holds no point or has no width
 */
export function loess(x: Float64Array, y: Float64Array, { span, degree, surface }: LoessOptions = loessDefaults): Float64Array {
  const order = [...x.keys()].sort((a, b) => (x[a] as number) - (x[b] as number));
  const xs = Float64Array.from(order, (i) => x[i] as number);
  const ys = Float64Array.from(order, (i) => y[i] as number);
  const n = xs.length;
  const q = Math.min(n, Math.floor(n * span + 1e-5));
  if (q < degree + 1) throw new RangeError('loess: the span is too small for its degree');
  const at = (z: number) => localFit(xs, ys, z, q, Math.max(1, span), degree);
  const fitted = new Float64Array(n);
  if (surface === 'direct') {
    order.forEach(
      (i, k) => (fitted[i] = k > 0 && xs[k] === xs[k - 1] ? (fitted[order[k - 1] as number] as number) : at(xs[k] as number).value),
    );
    return fitted;
  }
  const borders = cellBorders(xs, Math.floor(n * span * cellShare));
  const fits = borders.map(at);
  let cell = 0;
  order.forEach((i, k) => {
    while (cell < borders.length - 2 && (xs[k] as number) > (borders[cell + 1] as number)) cell++;
    fitted[i] = blend(
      xs[k] as number,
      borders[cell] as number,
      borders[cell + 1] as number,
      fits[cell] as LocalFit,
      fits[cell + 1] as LocalFit,
    );
  });
  return fitted;
}

/** Borders of the leaves of the tree, ascending, the box included. */
function cellBorders(xs: Float64Array, leafSize: number): number[] {
  const low = xs[0] as number;
  const high = xs[xs.length - 1] as number;
  const reach = Math.max(high - low, 1e-10 * Math.max(Math.abs(low), Math.abs(high)) + 1e-30);
  const box = [low - margin * reach, high + margin * reach] as const;
  const cuts: number[] = [];
  const divide = (from: number, to: number, left: number, right: number): void => {
    if (to - from + 1 <= leafSize) return;
    const middle = medianBreak(xs, from, to);
    const cut = xs[middle] as number;
    if (cut === left || cut === right) return;
    cuts.push(cut);
    divide(from, middle, left, cut);
    divide(middle + 1, to, cut, right);
  };
  divide(0, xs.length - 1, box[0], box[1]);
  return [box[0], ...cuts.sort((a, b) => a - b), box[1]];
}

/** The position nearest to the middle after which x changes, looked for alternately above and below; the middle where there is none. */
function medianBreak(xs: Float64Array, from: number, to: number): number {
  // Positions count from 1 in the source, where the middle is floor((from + to) / 2).
  const middle = Math.floor((from + 1 + (to + 1)) / 2) - 1;
  let offset = 0;
  while (middle + offset < to && middle + offset >= from) {
    if (xs[middle + offset] !== xs[middle + offset + 1]) return middle + offset;
    offset = -offset;
    if (offset >= 0) offset++;
  }
  return middle;
}

/** Tricube-weighted polynomial around z over its q nearest points. */
function localFit(xs: Float64Array, ys: Float64Array, z: number, q: number, widen: number, degree: number): LocalFit {
  const [from, to] = nearest(xs, z, q);
  const radius = Math.max(Math.abs((xs[from] as number) - z), Math.abs((xs[to - 1] as number) - z));
  const rho = radius * radius * widen;
  if (!(rho > 0)) throw new RangeError('loess: a neighborhood has no width; a larger span is needed');
  const a = new Float64Array((to - from) * (degree + 1));
  const b = new Float64Array(to - from);
  let rows = 0;
  for (let i = from; i < to; i++) {
    const d = (xs[i] as number) - z;
    if (d * d >= rho) continue;
    const ratio = Math.sqrt((d * d) / rho);
    const weight = Math.sqrt((1 - ratio ** 3) ** 3);
    let power = weight;
    for (let k = 0; k <= degree; k++, power *= d) a[k * (to - from) + rows] = power;
    b[rows++] = weight * (ys[i] as number);
  }
  const packed = new Float64Array(rows * (degree + 1));
  for (let k = 0; k <= degree; k++) packed.set(a.subarray(k * (to - from), k * (to - from) + rows), k * rows);
  const coefficients = smallLeastSquares(packed, b.subarray(0, rows), rows, degree + 1);
  return { value: coefficients[0] as number, slope: coefficients[1] ?? 0 };
}

/** Range [from, to) of the q points nearest to z in ascending x. */
function nearest(xs: Float64Array, z: number, q: number): [number, number] {
  let from = 0;
  let last = xs.length - q;
  while (from < last) {
    const middle = (from + last) >>> 1;
    if (z - (xs[middle] as number) > (xs[middle + q] as number) - z) from = middle + 1;
    else last = middle;
  }
  return [from, from + q];
}

/** Cubic with given values and slopes at both ends. */
function blend(x: number, left: number, right: number, a: LocalFit, b: LocalFit): number {
  const width = right - left;
  const h = (x - left) / width;
  const g = 1 - h;
  return g * g * (1 + 2 * h) * a.value + h * h * (3 - 2 * h) * b.value + (h * g * g * a.slope - h * h * g * b.slope) * width;
}
