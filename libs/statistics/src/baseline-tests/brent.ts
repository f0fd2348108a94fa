/** A root of a function of one variable, and how it is searched. */
export interface RootSearch {
  readonly low: number;
  readonly high: number;
  /** Half-width of the last bracket, about. */
  readonly tolerance: number;
}

/**
 * Root of a continuous function that changes sign between low and high, by Brent's method: inverse quadratic or linear interpolation
 * guarded by bisection. The steps are those of the published algorithm, so that a search which stops early stops where R's `uniroot`
 * does. Source: Brent 1973, Algorithms for Minimization without Derivatives, chapter 4.
 */
export function brentRoot(f: (x: number) => number, { low, high, tolerance }: RootSearch): number {
  // a: the iterate before; b: the best; c: the other end of the bracket.
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  let [c, fc] = [a, fa];
  for (let iteration = 0; iteration < 1000; iteration++) {
    const before = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const smallest = 2 * Number.EPSILON * Math.abs(b) + tolerance / 2;
    const half = (c - b) / 2;
    if (Math.abs(half) <= smallest || fb === 0) return b;
    let step = half;
    if (Math.abs(before) >= smallest && Math.abs(fa) > Math.abs(fb)) {
      const [p, q] = interpolation(a, b, c, fa, fb, fc);
      const fits = p < 0.75 * (c - b) * q - Math.abs(smallest * q) / 2 && p < Math.abs((before * q) / 2);
      if (fits) step = p / q;
    }
    if (Math.abs(step) < smallest) step = step > 0 ? smallest : -smallest;
    [a, fa] = [b, fb];
    b += step;
    fb = f(b);
    if (fb > 0 === fc > 0 && fb !== 0) [c, fc] = [a, fa];
  }
  return b;
}

/** The interpolated step as a fraction p / q with p >= 0. */
function interpolation(a: number, b: number, c: number, fa: number, fb: number, fc: number): [number, number] {
  const width = c - b;
  let p: number;
  let q: number;
  if (a === c) {
    const ratio = fb / fa;
    p = width * ratio;
    q = 1 - ratio;
  } else {
    const far = fa / fc;
    const near = fb / fc;
    const last = fb / fa;
    p = last * (width * far * (far - near) - (b - a) * (near - 1));
    q = (far - 1) * (near - 1) * (last - 1);
  }
  return p > 0 ? [p, -q] : [-p, q];
}
