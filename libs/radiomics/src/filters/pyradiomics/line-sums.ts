import type { Range } from '../boundary.js';
import { answerWeights } from './impulse-response.js';
import type { LineLayout } from './line-layout.js';
import type { RecursiveCoefficients } from './recursive-gaussian.js';
import { sumKernel } from './sum-kernel.js';
import type { SumKernel } from './sum-kernel.js';

/** Answers that are summed together in one walk along a line. */
const together = 4;

/** Sums all answers of two lines. */
interface PairSums {
  /** Eight for each block of four answers: those of the first line, then those of the second. */
  readonly sums: Float64Array;
  /** @param first,second places of the first values of the lines */
  sum(first: number, second: number): void;
}

/**
 * Writes the answers of a kept range of every line as weighted sums of all its values.
 * @param from,to lines of the values and of the answers, equally many in equal groups
 * @param keep range of the answers along the line
 */
export function sumLines(
  values: Float64Array,
  from: LineLayout,
  out: Float64Array,
  to: LineLayout,
  coefficients: RecursiveCoefficients,
  keep: Range,
): void {
  const pair = pairSums(values, from, answerWeights(coefficients, from.count, keep));
  const { sums } = pair;
  for (let group = 0; group < from.groups; group++) {
    for (let line = 0; line < from.lines; line += 2) {
      const first = from.start + group * from.group + line * from.line;
      // The last line of an odd number is summed twice.
      const isPair = line + 1 < from.lines;
      pair.sum(first, isPair ? first + from.line : first);
      writeSums(sums, 0, out, to.start + group * to.group + line * to.line, to);
      if (isPair) writeSums(sums, together, out, to.start + group * to.group + (line + 1) * to.line, to);
    }
  }
}

/** Writes the answers of one line, whose sums are the four from `start` of every eight, in single precision. */
function writeSums(sums: Float64Array, start: number, out: Float64Array, target: number, { count, step }: LineLayout): void {
  for (let j = 0, at = target; j < count; j++, at += step) out[at] = Math.fround(sums[start + j + (j & -together)] as number);
}

/** Both ways of summing give the same bits. */
function pairSums(values: Float64Array, lines: LineLayout, weights: Float64Array): PairSums {
  const kernel = sumKernel();
  const place = kernel?.load(values, weights, lines.count);
  return kernel && place !== undefined ? new KernelSums(kernel, place, lines, weights) : new PlainSums(values, lines, weights);
}

/** In WebAssembly. */
class KernelSums implements PairSums {
  readonly sums: Float64Array;
  private readonly blocks: number;

  constructor(
    private readonly kernel: SumKernel,
    private readonly place: number,
    private readonly lines: LineLayout,
    weights: Float64Array,
  ) {
    this.sums = kernel.sums;
    this.blocks = weights.length / (together * lines.count);
  }

  sum(first: number, second: number): void {
    const { place, lines } = this;
    this.kernel.sum(place + 8 * first, place + 8 * second, 8 * lines.step, lines.count, this.blocks);
  }
}

/** In the language itself: for values that the kernel's memory does not hold, engines without WebAssembly, and as the kernel's twin. */
export class PlainSums implements PairSums {
  readonly sums: Float64Array;

  constructor(
    private readonly values: Float64Array,
    private readonly lines: LineLayout,
    private readonly weights: Float64Array,
  ) {
    this.sums = new Float64Array((2 * weights.length) / lines.count);
  }

  sum(first: number, second: number): void {
    const { values, lines, weights, sums } = this;
    const size = together * lines.count;
    for (let start = 0, at = 0; start < weights.length; start += size, at += 2 * together)
      sumFour(values, first, second, lines.step, weights, start, start + size, sums, at);
  }
}

/**
 * Four weighted sums of the values of two lines.
 * @param weights four for each value, from `start` to before `stop`
 * @param sums takes the sums of the first line, then those of the second, from `at` on
 */
export function sumFour(
  values: Float64Array,
  first: number,
  second: number,
  step: number,
  weights: Float64Array,
  start: number,
  stop: number,
  sums: Float64Array,
  at: number,
): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let w = start, p = first, q = second; w < stop; w += 4, p += step, q += step) {
    const a = values[p] as number;
    const b = values[q] as number;
    const w0 = weights[w] as number;
    const w1 = weights[w + 1] as number;
    const w2 = weights[w + 2] as number;
    const w3 = weights[w + 3] as number;
    a0 += w0 * a;
    a1 += w1 * a;
    a2 += w2 * a;
    a3 += w3 * a;
    b0 += w0 * b;
    b1 += w1 * b;
    b2 += w2 * b;
    b3 += w3 * b;
  }
  sums[at] = a0;
  sums[at + 1] = a1;
  sums[at + 2] = a2;
  sums[at + 3] = a3;
  sums[at + 4] = b0;
  sums[at + 5] = b1;
  sums[at + 6] = b2;
  sums[at + 7] = b3;
}
