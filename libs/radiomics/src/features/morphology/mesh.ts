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
    let moved = 0;
    for (let axis = 0; axis < 3; axis++) moved += 2 * (places[3 * c + axis] as number) * (normalSum[axis] as number);
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
