import type { CubeCase, CubeConvention } from './cube-cases.js';
import { cubeCases } from './cube-cases.js';

/** Size of a surface mesh. */
export interface MeshSize {
  readonly volumeMm3: number;
  readonly areaMm2: number;
}

/**
 * Volume and area of the marching-cubes mesh of a mask at level 0.5. All vertices lie half-way between voxel centers, so each of the 256
 * cases has a known area and the volume is a sum of whole numbers: one pass over the mask counts the cases and sums where they lie, and no
 * triangle is ever made. Source: IBSI reference manual 0.0.11, section 3.1 (RNU0, C0JK).
 * @param mask ni nj nk voxels, i fastest, 1 inside; everything beyond the box is outside
 */
export function measureMesh(
  mask: Uint8Array,
  dimensions: readonly [number, number, number],
  spacingMm: readonly [number, number, number],
  convention: CubeConvention = 'closed',
): MeshSize {
  const cases = cubeCases(convention);
  const { counts, places } = countCases(mask, dimensions);
  const [hi, hj, hk] = [spacingMm[0] / 2, spacingMm[1] / 2, spacingMm[2] / 2];
  let determinant = 0;
  let areaMm2 = 0;
  for (let c = 1; c < 255; c++) {
    const count = counts[c] as number;
    if (count === 0) continue;
    const { normals, normalSum, ...own } = cases[c] as CubeCase;
    // Moving a triangle by o adds o . normal to its determinant; o is twice the place of the cube.
    const moved = [0, 1, 2].reduce((sum, axis) => sum + 2 * (places[3 * c + axis] as number) * (normalSum[axis] as number), 0);
    determinant += count * own.determinant + moved;
    let area = 0;
    for (let t = 0; t < normals.length; t += 3) {
      const x = (normals[t] as number) * hj * hk;
      const y = (normals[t + 1] as number) * hi * hk;
      const z = (normals[t + 2] as number) * hi * hj;
      area += Math.sqrt(x * x + y * y + z * z) / 2;
    }
    areaMm2 += count * area;
  }
  return { volumeMm3: Math.abs((determinant / 6) * hi * hj * hk), areaMm2 };
}

/**
 * How often each case occurs, and the sums of i, j and k of its cubes, counted from the cube before the first voxel: the volume of a mesh
 * with gaps depends on where it is measured from, and PyRadiomics measures from there.
 */
function countCases(mask: Uint8Array, [ni, nj, nk]: readonly [number, number, number]): { counts: Float64Array; places: Float64Array } {
  const counts = new Float64Array(256);
  const places = new Float64Array(3 * 256);
  const empty = new Uint8Array(ni);
  const rowAt = (j: number, k: number) =>
    j < 0 || j >= nj || k < 0 || k >= nk ? empty : mask.subarray(ni * (j + nj * k), ni * (j + nj * k + 1));
  for (let k = -1; k < nk; k++) {
    for (let j = -1; j < nj; j++) {
      const near = rowAt(j, k);
      const right = rowAt(j + 1, k);
      const above = rowAt(j, k + 1);
      const both = rowAt(j + 1, k + 1);
      let behind = 0;
      for (let i = -1; i < ni; i++) {
        // The four corners ahead, as bits of the corners with i = 0; corners with i = 1 have the bits 1, 2, 5, 6.
        const n = i + 1;
        const ahead =
          n === ni ? 0 : (near[n] as number) | ((right[n] as number) << 3) | ((above[n] as number) << 4) | ((both[n] as number) << 7);
        const cubeCase = behind | ((ahead & 0x11) << 1) | ((ahead & 0x88) >> 1);
        behind = ahead;
        if (cubeCase === 0 || cubeCase === 255) continue;
        counts[cubeCase] = (counts[cubeCase] as number) + 1;
        const at = 3 * cubeCase;
        places[at] = (places[at] as number) + i + 1;
        places[at + 1] = (places[at + 1] as number) + j + 1;
        places[at + 2] = (places[at + 2] as number) + k + 1;
      }
    }
  }
  return { counts, places };
}

/**
 * The mesh vertices that can be corners of its convex hull, as doubled voxel indices (three whole numbers per vertex). A vertex lies on a
 * line between two voxel centers, one inside and one outside; of those on one line only the first and the last can be a corner.
 */
export function outerVertices(mask: Uint8Array, dimensions: readonly [number, number, number]): Int32Array {
  const [ni, nj, nk] = dimensions;
  const alongI = extremes(nj * nk);
  const alongJ = extremes(ni * nk);
  const alongK = extremes(ni * nj);
  for (let k = 0, v = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, v++) {
        if (mask[v] === 0) continue;
        widen(alongI, j + nj * k, i);
        widen(alongJ, i + ni * k, j);
        widen(alongK, i + ni * j, k);
      }
    }
  }
  const vertices: number[] = [];
  const collect = ({ first, last }: Extremes, vertexOf: (line: number, place: number) => [number, number, number]) => {
    for (let line = 0; line < first.length; line++) {
      const low = first[line] as number;
      if (low < 0) continue;
      vertices.push(...vertexOf(line, 2 * low - 1), ...vertexOf(line, 2 * (last[line] as number) + 1));
    }
  };
  collect(alongI, (line, place) => [place, 2 * (line % nj), 2 * Math.floor(line / nj)]);
  collect(alongJ, (line, place) => [2 * (line % ni), place, 2 * Math.floor(line / ni)]);
  collect(alongK, (line, place) => [2 * (line % ni), 2 * Math.floor(line / ni), place]);
  return cornersBySlice(Int32Array.from(vertices));
}

/** A factor above every coordinate, which packs i and j into one number that sorts by i, then by j. */
const packing = 2 ** 20;

/** Of points in the same plane of constant k, only the corners of their convex outline, found exactly (Andrew's monotone chain). */
function cornersBySlice(vertices: Int32Array): Int32Array {
  const slices = new Map<number, number[]>();
  for (let v = 0; v < vertices.length; v += 3) {
    const k = vertices[v + 2] as number;
    const keys = slices.get(k) ?? [];
    if (keys.length === 0) slices.set(k, keys);
    keys.push((vertices[v] as number) * packing + (vertices[v + 1] as number));
  }
  const corners: number[] = [];
  for (const [k, keys] of slices) {
    const sorted = Float64Array.from(keys).sort();
    const outline = sorted.length === 1 ? sorted : [...halfOutline(sorted), ...halfOutline(sorted.toReversed())];
    for (const key of outline) corners.push(Math.round(key / packing), key - Math.round(key / packing) * packing, k);
  }
  return Int32Array.from(corners);
}

/** Half of an outline, from the first point to before the last, turning left only. */
function halfOutline(sorted: Float64Array): number[] {
  const kept: number[] = [];
  const i: number[] = [];
  const j: number[] = [];
  for (const key of sorted) {
    const ci = Math.round(key / packing);
    const cj = key - ci * packing;
    for (let n = kept.length; n > 1; n--) {
      const [ai, aj, bi, bj] = [i[n - 2] as number, j[n - 2] as number, i[n - 1] as number, j[n - 1] as number];
      if ((bi - ai) * (cj - aj) > (bj - aj) * (ci - ai)) break;
      kept.pop();
      i.pop();
      j.pop();
    }
    kept.push(key);
    i.push(ci);
    j.push(cj);
  }
  return kept.slice(0, -1);
}

/** First and last voxel of the mask on each of some parallel lines; -1 where there is none. */
interface Extremes {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

const extremes = (lines: number): Extremes => ({ first: new Int32Array(lines).fill(-1), last: new Int32Array(lines).fill(-1) });

function widen({ first, last }: Extremes, line: number, place: number): void {
  if ((first[line] as number) < 0) first[line] = place;
  last[line] = place;
}
