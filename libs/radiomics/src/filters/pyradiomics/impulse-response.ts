import type { Range } from '../boundary.js';
import type { Four, RecursiveCoefficients } from './recursive-gaussian.js';

/** Answers whose weights lie side by side. */
const together = 4;

/**
 * Weights of the values before and after a kept range in what a recursion remembers at its two ends: four for each value, the answers at
 * the four places before (after) the range. The outermost value counts for all that go on beyond it.
 * @param before values before the range; weights are made for one at least, the border's
 */
export function memoryWeights(
  { n, m, d, forthBorder, backBorder }: RecursiveCoefficients,
  before: number,
  after: number,
): { forthWeights: Float64Array; backWeights: Float64Array } {
  const forth = impulseResponse(n, d, before);
  const back = impulseResponse([0, ...m], d, after);
  const [beforeCount, afterCount] = [Math.max(before, 1), Math.max(after, 1)];
  const forthWeights = new Float64Array(together * beforeCount);
  const backWeights = new Float64Array(together * afterCount);
  for (let j = 0; j < together; j++) {
    // Place `before - 4 + j` answers to the value at t with the response at their distance.
    fillForth(forthWeights, j, beforeCount, before - together + j, forth, forthBorder);
    // Place j behind the range answers to the values from there on.
    fillBack(backWeights, j, afterCount, j, back, backBorder);
  }
  return { forthWeights, backWeights };
}

/**
 * Weights of all values of a line in each answer of a kept range.
 * @param count values of the line
 * @returns blocks of four answers, one after the other: the weight of value t in answer j of block b is at 4 (b count + t) + j; the last
 * block may hold zeros
 */
export function answerWeights({ n, m, d, forthBorder, backBorder }: RecursiveCoefficients, count: number, [from, to]: Range): Float64Array {
  const forth = impulseResponse(n, d, count);
  const back = impulseResponse([0, ...m], d, count);
  const size = together * count;
  const weights = new Float64Array(Math.ceil((to - from) / together) * size);
  for (let place = from, start = 0; place < to; place += together, start += size) {
    const block = weights.subarray(start, start + size);
    for (let j = 0; j < together && place + j < to; j++) {
      fillForth(block, j, count, place + j, forth, forthBorder);
      fillBack(block, j, count, place + j, back, backBorder);
    }
  }
  return weights;
}

/** Adds the weights of the values up to a place; the first value gets all that is left of the whole. */
function fillForth(weights: Float64Array, j: number, count: number, place: number, response: Float64Array, whole: number): void {
  let rest = whole;
  for (let t = count - 1; t >= 0; t--) {
    const weight = t === 0 ? rest : (response[place - t] ?? 0);
    weights[together * t + j] = (weights[together * t + j] as number) + weight;
    rest -= weight;
  }
}

/** Adds the weights of the values behind a place; the last value gets all that is left of the whole. */
function fillBack(weights: Float64Array, j: number, count: number, place: number, response: Float64Array, whole: number): void {
  let rest = whole;
  for (let t = 0; t < count; t++) {
    const weight = t === count - 1 ? rest : (response[t - place] ?? 0);
    weights[together * t + j] = (weights[together * t + j] as number) + weight;
    rest -= weight;
  }
}

/** The first answers of y(t) = sum f_s x(t - s) - d1 y(t-1) - d2 y(t-2) - d3 y(t-3) - d4 y(t-4) to a single 1. */
function impulseResponse(f: readonly number[], [d1, d2, d3, d4]: Four, length: number): Float64Array {
  const y = new Float64Array(length);
  const at = (t: number) => y[t] ?? 0;
  for (let t = 0; t < length; t++) y[t] = (f[t] ?? 0) - (d1 * at(t - 1) + d2 * at(t - 2) + d3 * at(t - 3) + d4 * at(t - 4));
  return y;
}
