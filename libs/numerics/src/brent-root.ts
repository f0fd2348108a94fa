/** A root of f between two points at which it has opposite signs, with the number of values it took. */
export interface Root {
  readonly root: number;
  readonly evaluations: number;
}

/**
 * Brent's method: inverse quadratic interpolation, secant or bisection, until the bracket is shorter than `tolerance` plus rounding. With equal
 * bracket and tolerance it visits the points that R's `uniroot` visits, so that a root found with a wide tolerance is the same one.
 * Source: Brent 1973, Algorithms for Minimization without Derivatives, chapter 4 (procedure zero).
 * @throws RangeError when the signs do not differ
 */
export function brentRoot(f: (x: number) => number, lower: number, upper: number, tolerance: number, maxEvaluations = 1000): Root {
  let a = lower;
  let b = upper;
  let fa = f(a);
  let fb = f(b);
  if (!(fa * fb <= 0)) throw new RangeError('brentRoot: no change of sign');
  if (fa === 0) return { root: a, evaluations: 2 };
  // c is the point on the other side of the root, b the best so far, a the one before.
  let c = a;
  let fc = fa;
  for (let evaluations = 2; evaluations < maxEvaluations; evaluations++) {
    const lastStep = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      a = b;
      b = c;
      c = a;
      fa = fb;
      fb = fc;
      fc = fa;
    }
    const least = 2 * 2 ** -52 * Math.abs(b) + tolerance / 2;
    const half = (c - b) / 2;
    if (Math.abs(half) <= least || fb === 0) return { root: b, evaluations };
    let step = interpolatedStep({ a, b, c, fa, fb, fc }, lastStep, least) ?? half;
    if (Math.abs(step) < least) step = step > 0 ? least : -least;
    a = b;
    fa = fb;
    b += step;
    fb = f(b);
    if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0)) {
      c = a;
      fc = fa;
    }
  }
  return { root: b, evaluations: maxEvaluations };
}

interface Bracket {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly fa: number;
  readonly fb: number;
  readonly fc: number;
}

/** The interpolated step, or null where bisection is safer. */
function interpolatedStep({ a, b, c, fa, fb, fc }: Bracket, lastStep: number, least: number): number | null {
  if (Math.abs(lastStep) < least || Math.abs(fa) <= Math.abs(fb)) return null;
  const width = c - b;
  let p: number;
  let q: number;
  if (a === c) {
    const ratio = fb / fa;
    p = width * ratio;
    q = 1 - ratio;
  } else {
    const r = fa / fc;
    const s = fb / fc;
    const t = fb / fa;
    p = t * (width * r * (r - s) - (b - a) * (s - 1));
    q = (r - 1) * (s - 1) * (t - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const within = p < 0.75 * width * q - Math.abs(least * q) / 2 && p < Math.abs((lastStep * q) / 2);
  return within ? p / q : null;
}
