import type { Axis } from '../block.js';
import type { Range } from '../boundary.js';
import { memoryWeights } from './impulse-response.js';
import { linesAlong, wholePart } from './line-layout.js';
import type { GridPart, LineLayout } from './line-layout.js';
import { sumFour, sumLines } from './line-sums.js';
import type { RecursiveCoefficients } from './recursive-gaussian.js';

/** Lines that are filtered side by side, so that one's recursion does not wait for itself. */
const linesAtOnce = 16;

/** Values before and after a line that the recursion of fourth order looks at, and sums that are made together. */
const memory = 4;

/** Up to this many answers per line, a sum of all values for each is cheaper than the recursion. */
const mostDirect = 24;

/**
 * Filters every line along an axis. Computed in double precision and rounded to single, as ITK stores it between its passes; the array
 * is of doubles all the same, since engines are faster with one kind of array.
 *
 * Few answers per line are sums of its values with the impulse response as weights. For more, the recursion runs, but over the kept range
 * only: what it remembers where that begins are four such sums of the values before.
 * @param part voxels; at least 4 along the axis. Its values must not change afterwards: large ones are known again by their array
 * @param keep range of the result along the axis
 */
export function recursivePass(part: GridPart, axis: Axis, coefficients: RecursiveCoefficients, keep: Range): GridPart {
  const kept = keep[1] - keep[0];
  const outSize: [number, number, number] = [...part.size];
  outSize[axis] = kept;
  const out = wholePart(new Float64Array(outSize[0] * outSize[1] * outSize[2]), outSize);
  const filter = kept <= mostDirect ? sumLines : runLines;
  const [from, to] = linesAlong([part, out], axis);
  filter(part.values, from, out.values, to, coefficients, keep);
  return out;
}

/** Lines side by side, with what the recursion remembers on both sides. */
class LaneBuffers {
  readonly input: Float64Array;
  readonly forth: Float64Array;
  readonly back: Float64Array;

  constructor(readonly kept: number) {
    const size = (kept + 2 * memory) * linesAtOnce;
    this.input = new Float64Array(size);
    this.forth = new Float64Array(size);
    this.back = new Float64Array(size);
  }
}

/** The recursion over the kept range. */
function runLines(
  values: Float64Array,
  from: LineLayout,
  out: Float64Array,
  to: LineLayout,
  coefficients: RecursiveCoefficients,
  [low, high]: Range,
): void {
  const { forthWeights, backWeights } = memoryWeights(coefficients, low, from.count - high);
  const lanes = new LaneBuffers(to.count);
  const [begin, end] = [memory * linesAtOnce, (memory + to.count) * linesAtOnce];
  const afterStart = (from.count - backWeights.length / memory) * from.step;
  for (let group = 0; group < from.groups; group++) {
    for (let line = 0; line < from.lines; line += linesAtOnce) {
      const width = Math.min(linesAtOnce, from.lines - line);
      const start = from.start + group * from.group + line * from.line;
      gather(values, start, from, low, width, lanes);
      remember(values, start, from, width, forthWeights, lanes.forth, 0);
      remember(values, start + afterStart, from, width, backWeights, lanes.back, end);
      runForth(lanes.input, lanes.forth, begin, end, coefficients);
      runBack(lanes.input, lanes.back, begin, end, coefficients);
      scatter(lanes, out, to.start + group * to.group + line * to.line, to, width);
    }
  }
}

/** The kept range of some lines and four values around it; the border values go on for ever. */
function gather(
  values: Float64Array,
  start: number,
  { count, step, line }: LineLayout,
  low: number,
  width: number,
  lanes: LaneBuffers,
): void {
  const { input, kept } = lanes;
  for (let t = -memory, row = 0; t < kept + memory; t++, row += linesAtOnce) {
    const place = Math.min(Math.max(low + t, 0), count - 1);
    for (let b = 0, at = start + place * step; b < width; b++, at += line) input[row + b] = values[at] as number;
  }
}

/** Writes four weighted sums of each line into four rows. */
function remember(
  values: Float64Array,
  start: number,
  { step, line }: LineLayout,
  width: number,
  weights: Float64Array,
  rows: Float64Array,
  first: number,
): void {
  const sums = new Float64Array(2 * memory);
  for (let b = 0; b < width; b += 2) {
    const at = start + b * line;
    sumFour(values, at, b + 1 < width ? at + line : at, step, weights, 0, weights.length, sums, 0);
    for (let j = 0, row = first + b; j < memory; j++, row += linesAtOnce) {
      rows[row] = sums[j] as number;
      rows[row + 1] = sums[memory + j] as number;
    }
  }
}

function scatter({ forth, back, kept }: LaneBuffers, out: Float64Array, start: number, { step, line }: LineLayout, width: number): void {
  for (let t = 0, row = memory * linesAtOnce; t < kept; t++, row += linesAtOnce)
    for (let b = 0, at = start + t * step; b < width; b++, at += line)
      out[at] = Math.fround((forth[row + b] as number) + (back[row + b] as number));
}

const w = linesAtOnce;

/** y(t) = n0 x(t) + n1 x(t-1) + n2 x(t-2) + n3 x(t-3) - d1 y(t-1) - d2 y(t-2) - d3 y(t-3) - d4 y(t-4). */
function runForth(x: Float64Array, y: Float64Array, begin: number, end: number, { n, d }: RecursiveCoefficients): void {
  const [n0, n1, n2, n3] = n;
  const [d1, d2, d3, d4] = d;
  for (let at = begin; at < end; at++) {
    const input = (x[at] as number) * n0 + (x[at - w] as number) * n1 + (x[at - 2 * w] as number) * n2 + (x[at - 3 * w] as number) * n3;
    y[at] =
      input -
      ((y[at - w] as number) * d1 + (y[at - 2 * w] as number) * d2 + (y[at - 3 * w] as number) * d3 + (y[at - 4 * w] as number) * d4);
  }
}

/** y(t) = m1 x(t+1) + m2 x(t+2) + m3 x(t+3) + m4 x(t+4) - d1 y(t+1) - d2 y(t+2) - d3 y(t+3) - d4 y(t+4). */
function runBack(x: Float64Array, y: Float64Array, begin: number, end: number, { m, d }: RecursiveCoefficients): void {
  const [m1, m2, m3, m4] = m;
  const [d1, d2, d3, d4] = d;
  for (let at = end - 1; at >= begin; at--) {
    const input =
      (x[at + w] as number) * m1 + (x[at + 2 * w] as number) * m2 + (x[at + 3 * w] as number) * m3 + (x[at + 4 * w] as number) * m4;
    y[at] =
      input -
      ((y[at + w] as number) * d1 + (y[at + 2 * w] as number) * d2 + (y[at + 3 * w] as number) * d3 + (y[at + 4 * w] as number) * d4);
  }
}
