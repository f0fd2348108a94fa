/**
 * Place of the largest value of a function on a range: the best of equal steps, then golden section between its neighbors.
 * @param steps enough that between two of them there is at most one peak
 */
export function largestOn(from: number, to: number, steps: number, value: (x: number) => number): number {
  const width = (to - from) / steps;
  let best = from;
  let most = -Infinity;
  for (let n = 0; n <= steps; n++) {
    const found = value(from + n * width);
    if (found > most) [most, best] = [found, from + n * width];
  }
  let [low, high] = [Math.max(from, best - width), Math.min(to, best + width)];
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [fa, fb] = [value(a), value(b)];
  for (let n = 0; n < 60 && high - low > 1e-12 * (1 + Math.abs(high)); n++) {
    if (fa >= fb) {
      [high, b, fb] = [b, a, fa];
      a = high - golden * (high - low);
      fa = value(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + golden * (high - low);
      fb = value(b);
    }
  }
  const middle = 0.5 * (low + high);
  return value(middle) >= most ? middle : best;
}
