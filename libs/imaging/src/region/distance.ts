import type { Triple } from '../geometry/geometry.js';

/**
 * Squared Euclidean distance, in square millimeters, from each voxel's center to the center of the nearest voxel of a region; exact, in time linear in the
 * number of voxels. Infinite everywhere for an empty region.
 * Method: lower envelope of parabolas, axis by axis. P. Felzenszwalb, D. Huttenlocher, Distance transforms of sampled functions, Theory Comput. 8
 * (2012), doi 10.4086/toc.2012.v008a019.
 * @param voxels the region, not 0 inside
 * @param inside value of the voxels that distances are measured to: 1 the region, 0 what is outside of it
 * @example squaredDistances(Uint8Array.of(1, 0, 0), [3, 1, 1], [2, 1, 1]) // 0, 4, 16
 */
export function squaredDistances(voxels: Uint8Array, [ni, nj, nk]: Triple, spacingMm: Triple, inside: 0 | 1 = 1): Float64Array {
  const out = new Float64Array(voxels.length);
  alongRows(voxels, ni, spacingMm[0], inside, out);
  const envelope = new Envelope(Math.max(nj, nk));
  const slice = ni * nj;
  if (nj > 1) for (let k = 0; k < nk; k++) for (let i = 0; i < ni; i++) envelope.transform(out, k * slice + i, nj, ni, spacingMm[1]);
  if (nk > 1) for (let at = 0; at < slice; at++) envelope.transform(out, at, nk, slice, spacingMm[2]);
  return out;
}

/**
 * Distance, in millimeters, from each voxel outside of a region to the region's surface; 0 inside. A region of voxels tells its surface up to half
 * a voxel: it lies behind the centers of the outermost voxels inside, and on average at the faces between inside and outside, of which the
 * nearest one sticks out. The distance to the nearest center is too long and the one to the nearest face's center too short by about the same,
 * so their mean is taken. A shell of 3 mm around a sphere of 1 mm voxels then has the volume of the formula within 1 %; with the first alone
 * it misses 5 % (`region.spec.ts`; more in docs/adr/0019-regions.md).
 */
export function surfaceDistances(voxels: Uint8Array, dimensions: Triple, spacingMm: Triple): Float64Array {
  const out = squaredDistances(voxels, dimensions, spacingMm);
  const nearest = squaredFaceDistances(voxels, dimensions, spacingMm, 0);
  for (const axis of [1, 2] as const) {
    const faces = squaredFaceDistances(voxels, dimensions, spacingMm, axis);
    for (let at = 0; at < faces.length; at++) if ((faces[at] as number) < (nearest[at] as number)) nearest[at] = faces[at] as number;
  }
  for (let at = 0; at < out.length; at++)
    out[at] = voxels[at] === 0 ? (Math.sqrt(out[at] as number) + Math.sqrt(nearest[at] as number)) / 2 : 0;
  return out;
}

/** Squared distance from each voxel's center to the center of the nearest face across one axis where inside meets outside. */
function squaredFaceDistances(voxels: Uint8Array, dimensions: Triple, spacingMm: Triple, across: 0 | 1 | 2): Float64Array {
  const [ni, nj, nk] = dimensions;
  const strides: Triple = [1, ni, ni * nj];
  const stride = strides[across];
  const out = new Float64Array(voxels.length).fill(Infinity);
  for (let at = 0; at + stride < voxels.length; at++) {
    if ((voxels[at] === 0) === (voxels[at + stride] === 0)) continue;
    if (Math.floor(at / stride) % dimensions[across] < dimensions[across] - 1) out[at] = 0;
  }
  const envelope = new Envelope(Math.max(ni, nj, nk));
  const shift = (axis: number) => (axis === across ? 0.5 : 0);
  for (let row = 0; row < voxels.length; row += ni) envelope.transform(out, row, ni, 1, spacingMm[0], shift(0));
  for (let k = 0; k < nk; k++) for (let i = 0; i < ni; i++) envelope.transform(out, k * strides[2] + i, nj, ni, spacingMm[1], shift(1));
  for (let at = 0; at < strides[2]; at++) envelope.transform(out, at, nk, strides[2], spacingMm[2], shift(2));
  return out;
}

/** Along the first axis distances are counted: to the last voxel seen on the way forth, and on the way back. */
function alongRows(voxels: Uint8Array, ni: number, spacing: number, inside: 0 | 1, out: Float64Array): void {
  for (let row = 0; row < voxels.length; row += ni) {
    let steps = Infinity;
    for (let at = row; at < row + ni; at++) {
      steps = (voxels[at] !== 0) === (inside === 1) ? 0 : steps + 1;
      out[at] = steps;
    }
    steps = Infinity;
    for (let at = row + ni - 1; at >= row; at--) {
      steps = out[at] === 0 ? 0 : steps + 1;
      const mm = Math.min(steps, out[at] as number) * spacing;
      out[at] = mm * mm;
    }
  }
}

/** Lower envelope of the parabolas that stand over the samples of one line. */
class Envelope {
  private readonly heights: Float64Array;
  /** Samples whose parabolas form the envelope, and where each begins to be the lowest. */
  private readonly feet: Int32Array;
  private readonly starts: Float64Array;

  constructor(longest: number) {
    this.heights = new Float64Array(longest);
    this.feet = new Int32Array(longest);
    this.starts = new Float64Array(longest);
  }

  /**
   * Replaces a line of squared distances in other directions by those that also go along the line.
   * @param shift where the samples lie behind the voxels' centers, in voxels: features between voxels have one half
   */
  transform(values: Float64Array, start: number, count: number, stride: number, spacing: number, shift = 0): void {
    const { heights, feet, starts } = this;
    const square = spacing * spacing;
    let last = -1;
    for (let q = 0, at = start; q < count; q++, at += stride) {
      const height = values[at] as number;
      heights[q] = height;
      if (height === Infinity) continue;
      let begin = -Infinity;
      while (last >= 0) {
        const p = feet[last] as number;
        // Where the parabolas over p and q meet.
        begin = ((height - (heights[p] as number)) / square + (q * q - p * p)) / (2 * (q - p));
        if (begin > (starts[last] as number)) break;
        last--;
      }
      last++;
      feet[last] = q;
      starts[last] = last === 0 ? -Infinity : begin;
    }
    if (last < 0) return;
    for (let q = 0, at = start, piece = 0; q < count; q++, at += stride) {
      while (piece < last && (starts[piece + 1] as number) < q - shift) piece++;
      const foot = feet[piece] as number;
      const steps = q - shift - foot;
      values[at] = square * steps * steps + (heights[foot] as number);
    }
  }
}
