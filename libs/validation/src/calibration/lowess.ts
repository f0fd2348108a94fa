/** A point that was fitted by a weighted line, or null where no line exists there. */
interface LineAt {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly left: number;
  readonly right: number;
}

/**
 * Lowess without robustness steps: R's `lowess(x, y, f = 2/3, iter = 0)` read off at the points themselves. Tricube-weighted lines over the
 * nearest floor(f n) points, fitted at points that are more than `delta` apart (1 % of the range) and joined by straight lines between.
 * Source: Cleveland 1979, doi 10.1080/01621459.1979.10481038; Cleveland 1981, doi 10.2307/2683591. Not additive over sites.
 */
export function lowess(x: Float64Array, y: Float64Array, f = 2 / 3): Float64Array {
  const order = [...x.keys()].sort((a, b) => (x[a] as number) - (x[b] as number));
  const xs = Float64Array.from(order, (i) => x[i] as number);
  const ys = Float64Array.from(order, (i) => y[i] as number);
  const smooth = smoothSorted(xs, ys, f);
  const out = new Float64Array(x.length);
  order.forEach((i, k) => (out[i] = smooth[k] as number));
  return out;
}

function smoothSorted(xs: Float64Array, ys: Float64Array, f: number): Float64Array {
  const n = xs.length;
  const out = new Float64Array(n);
  if (n < 2) return Float64Array.from(ys);
  const size = Math.max(2, Math.min(n, Math.floor(f * n + 1e-7)));
  const delta = 0.01 * ((xs[n - 1] as number) - (xs[0] as number));
  let left = 0;
  let last = -1;
  let i = 0;
  while (last < n - 1) {
    while (left + size < n && (xs[i] as number) - (xs[left] as number) > (xs[left + size] as number) - (xs[i] as number)) left++;
    out[i] = lineAt({ xs, ys, left, right: left + size - 1 }, xs[i] as number) ?? (ys[i] as number);
    for (let j = last + 1; j < i; j++) {
      const share = ((xs[j] as number) - (xs[last] as number)) / ((xs[i] as number) - (xs[last] as number));
      out[j] = share * (out[i] as number) + (1 - share) * (out[last] as number);
    }
    last = i;
    const reach = (xs[last] as number) + delta;
    for (i = last + 1; i < n && (xs[i] as number) <= reach; i++) {
      if (xs[i] !== xs[last]) continue;
      out[i] = out[last] as number;
      last = i;
    }
    i = Math.max(last + 1, i - 1);
  }
  return out;
}

/** Value at z of the line over the window; null where all weights are 0. */
function lineAt({ xs, ys, left, right }: LineAt, z: number): number | null {
  const range = (xs[xs.length - 1] as number) - (xs[0] as number);
  const h = Math.max(z - (xs[left] as number), (xs[right] as number) - z);
  const weights: number[] = [];
  let total = 0;
  // Points beyond the window that tie with its border take part too.
  for (let j = left; j < xs.length; j++) {
    const r = Math.abs((xs[j] as number) - z);
    if (r > 0.999 * h && (xs[j] as number) > z) break;
    const weight = r > 0.999 * h ? 0 : r <= 0.001 * h ? 1 : (1 - (r / h) ** 3) ** 3;
    weights.push(weight);
    total += weight;
  }
  if (!(total > 0)) return null;
  let center = 0;
  weights.forEach((w, k) => (center += (w / total) * (xs[left + k] as number)));
  let spread = 0;
  weights.forEach((w, k) => (spread += (w / total) * ((xs[left + k] as number) - center) ** 2));
  const slope = h > 0 && Math.sqrt(spread) > 0.001 * range ? (z - center) / spread : 0;
  let value = 0;
  weights.forEach((w, k) => (value += (w / total) * (1 + slope * ((xs[left + k] as number) - center)) * (ys[left + k] as number)));
  return value;
}
