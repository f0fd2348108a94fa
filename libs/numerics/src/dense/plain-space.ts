import type { DenseSpace } from './space.js';

/** {@link DenseSpace} in the language itself: for engines without WebAssembly and for very much data. Has the bits of the other one. */
export class PlainSpace implements DenseSpace {
  values: Float64Array;
  wholes: Int32Array;

  constructor(doubles: number) {
    this.values = new Float64Array(doubles);
    this.wholes = new Int32Array(this.values.buffer);
  }

  project(list: number, count: number, rows: number, vectors: number, pairs: number, out: number, stride: number): void {
    const { values, wholes } = this;
    for (let k = 0; k < count; k++) {
      const column = (wholes[2 * list + k] as number) / 8;
      for (let m = 0; m < 2 * pairs; m++) values[out + m * stride + k] = this.inner(column, vectors + m * rows, rows);
    }
  }

  addColumns(list: number, weights: number, count: number, rows: number, into: number): void {
    const { values, wholes } = this;
    for (let k = 0; k < count; k += 4) {
      const [a, b, c, d] = [0, 1, 2, 3].map((n) => (wholes[2 * list + k + n] as number) / 8) as [number, number, number, number];
      const wa = values[weights + k] as number;
      const wb = values[weights + k + 1] as number;
      const wc = values[weights + k + 2] as number;
      const wd = values[weights + k + 3] as number;
      for (let i = 0; i < rows; i++)
        values[into + i] =
          (values[into + i] as number) +
          (wa * (values[a + i] as number) +
            wb * (values[b + i] as number) +
            (wc * (values[c + i] as number) + wd * (values[d + i] as number)));
    }
  }

  sweep(size: number, matrix: number, slopes: number, at: number, l1: number, l2: number): number {
    const { values } = this;
    let largest = 0;
    for (let r = 0; r < size; r++) {
      const row = matrix + r * size;
      const h = values[row + r] as number;
      if (!(h > 0)) continue;
      const old = values[at + r] as number;
      const pull = h * old - (values[slopes + r] as number);
      const limit = values[l1 + r] as number;
      const shrunk = pull > limit ? pull - limit : pull < -limit ? pull + limit : 0;
      const next = shrunk / (h + (values[l2 + r] as number));
      const change = next - old;
      if (change === 0) continue;
      values[at + r] = next;
      for (let c = 0; c < size; c++) values[slopes + c] = (values[slopes + c] as number) + change * (values[row + c] as number);
      const moved = Math.abs(change) * h;
      if (moved > largest) largest = moved;
    }
    return largest;
  }

  factor(matrix: number, size: number, singular: number): boolean {
    const { values } = this;
    for (let r = 0; r < size; r++) {
      const row = matrix + r * size;
      const grouped = r - (r % 4);
      for (let c = 0; c < r; c++) {
        const upper = matrix + c * size;
        const inverse = values[upper + c] as number;
        // Two columns are summed as far as the first of them; the second one's last product comes after that.
        const isSecond = c < grouped && c % 2 === 1;
        let rest = (values[row + c] as number) - this.inner(row, upper, isSecond ? c - 1 : c);
        if (isSecond) rest -= (values[row + c - 1] as number) * (values[upper + c - 1] as number);
        values[row + c] = rest * inverse;
      }
      const diagonal = values[row + r] as number;
      const pivot = diagonal - this.inner(row, row, r);
      if (!(pivot > singular * diagonal)) return false;
      values[row + r] = 1 / Math.sqrt(pivot);
    }
    return true;
  }

  substitute(matrix: number, size: number, x: number): void {
    const { values } = this;
    for (let r = 0; r < size; r++) {
      const row = matrix + r * size;
      values[x + r] = ((values[x + r] as number) - this.inner(row, x, r)) * (values[row + r] as number);
    }
    for (let r = size - 1; r >= 0; r--) {
      const row = matrix + r * size;
      const v = (values[x + r] as number) * (values[row + r] as number);
      values[x + r] = v;
      for (let k = 0; k < r; k++) values[x + k] = (values[x + k] as number) - v * (values[row + k] as number);
    }
  }

  /** Even and odd places apart, then what is left. */
  private inner(a: number, b: number, length: number): number {
    const { values } = this;
    let even = 0;
    let odd = 0;
    let i = 0;
    for (; i + 1 < length; i += 2) {
      even += (values[a + i] as number) * (values[b + i] as number);
      odd += (values[a + i + 1] as number) * (values[b + i + 1] as number);
    }
    const sum = even + odd;
    return i < length ? sum + (values[a + i] as number) * (values[b + i] as number) : sum;
  }
}
