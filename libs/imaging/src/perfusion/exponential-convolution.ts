import { exp } from '@cohortium/numerics';

/**
 * Convolution of a piecewise linear input with exp(-k t), exact on every interval, and its derivative by k.
 * @param times minutes, ascending
 * @param input values at these times; 0 before the first
 * @param k rate, 1/min, at least 0
 * @param out b(t) = integral of input(s) exp(-k (t - s)) ds, at the same times
 * @param slope db/dk
 */
export function convolveExponential(
  times: Float64Array,
  input: Float64Array,
  k: number,
  out: Float64Array,
  slope: Float64Array = new Float64Array(out.length),
): void {
  out[0] = 0;
  slope[0] = 0;
  const weights = new IntervalWeights();
  let last = NaN;
  let b = 0;
  let db = 0;
  let c0 = input[0] as number;
  for (let at = 1; at < times.length; at++) {
    const step = (times[at] as number) - (times[at - 1] as number);
    // Times in equal steps differ by rounding only, and so do the weights.
    if (!(Math.abs(step - last) <= 1e-12 * step)) {
      weights.set(k * step);
      last = step;
    }
    const c1 = input[at] as number;
    db = db * weights.decay - last * b * weights.decay + last * last * (c0 * weights.beginSlope + c1 * weights.endSlope);
    b = b * weights.decay + last * (c0 * weights.begin + c1 * weights.end);
    out[at] = b;
    slope[at] = db;
    c0 = c1;
  }
}

/** Below it the closed forms cancel; their series is used. */
const seriesBelow = 0.5;
const seriesTerms = 16;

/**
 * Over one interval with x = k * step: decay e^-x; what the values at its begin and end add; and the derivatives of the two by x. With
 * A = (1 - e^-x) / x and B = (1 - A) / x these are A - B and B.
 */
class IntervalWeights {
  decay = 1;
  begin = 0;
  end = 0;
  beginSlope = 0;
  endSlope = 0;

  set(x: number): void {
    this.decay = exp(-x);
    let a = 0;
    let b = 0;
    let aSlope = 0;
    let bSlope = 0;
    if (x < seriesBelow) {
      // A = sum (-x)^n / (n + 1)!, B = sum (-x)^n / (n + 2)!
      let power = 1;
      let factorial = 1;
      for (let n = 0; n < seriesTerms; n++) {
        const next = factorial * (n + 2);
        a += power / factorial;
        b += power / next;
        aSlope -= ((n + 1) * power) / next;
        bSlope -= ((n + 1) * power) / (next * (n + 3));
        power *= -x;
        factorial = next;
      }
    } else {
      a = (1 - this.decay) / x;
      b = (1 - a) / x;
      aSlope = (this.decay - a) / x;
      bSlope = (-aSlope - b) / x;
    }
    this.begin = a - b;
    this.end = b;
    this.beginSlope = aSlope - bSlope;
    this.endSlope = bSlope;
  }
}
