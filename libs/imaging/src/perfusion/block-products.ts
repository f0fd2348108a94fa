/** Rows that are multiplied together in one walk along two curves. */
const together = 4;

/**
 * Products of fixed rows with the curves of many voxels. Two curves and four rows are walked along together: each number that is read serves several
 * products, which is three times as fast as one product after the other.
 */
export class BlockProducts {
  /** Four rows of each group, interleaved: group, time, row. */
  private readonly weights: Float64Array;
  private readonly groups: number;
  private readonly times: number;
  private out = new Float64Array(0);

  /** @param rows of one length */
  constructor(rows: readonly Float64Array[]) {
    this.groups = Math.ceil(rows.length / together);
    this.times = rows[0]?.length ?? 0;
    this.weights = new Float64Array(this.groups * together * this.times);
    rows.forEach((row, n) =>
      row.forEach((value, t) => (this.weights[together * ((n >> 2) * this.times + t) + (n & (together - 1))] = value)),
    );
  }

  /** Multiplies all rows with `count` curves that lie one after the other. */
  compute(curves: Float64Array, count: number): void {
    const size = this.groups * together;
    if (this.out.length < count * size) this.out = new Float64Array(count * size);
    for (let voxel = 0; voxel < count; voxel += 2) {
      // The last of an odd number is computed twice.
      const second = Math.min(voxel + 1, count - 1);
      for (let group = 0; group < this.groups; group++)
        multiplyFour(this.weights, group * together * this.times, this.times, curves, voxel * this.times, second * this.times, this.out, [
          voxel * size + group * together,
          second * size + group * together,
        ]);
    }
  }

  /** Product of a voxel's curve with a row. */
  at(voxel: number, row: number): number {
    return this.out[voxel * this.groups * together + row] as number;
  }
}

function multiplyFour(
  weights: Float64Array,
  from: number,
  times: number,
  curves: Float64Array,
  first: number,
  second: number,
  out: Float64Array,
  [toFirst, toSecond]: readonly [number, number],
): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let t = 0, w = from; t < times; t++, w += together) {
    const a = curves[first + t] as number;
    const b = curves[second + t] as number;
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
  out[toFirst] = a0;
  out[toFirst + 1] = a1;
  out[toFirst + 2] = a2;
  out[toFirst + 3] = a3;
  out[toSecond] = b0;
  out[toSecond + 1] = b1;
  out[toSecond + 2] = b2;
  out[toSecond + 3] = b3;
}
