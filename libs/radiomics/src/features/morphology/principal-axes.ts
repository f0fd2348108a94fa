/** A symmetric 3 x 3 matrix as xx, xy, xz, yy, yz, zz. */
export type Symmetric3 = readonly [number, number, number, number, number, number];

/** Eigenvalues from largest to smallest, and their unit eigenvectors. */
export interface Eigen3 {
  readonly values: readonly [number, number, number];
  readonly vectors: readonly (readonly [number, number, number])[];
}

/** Eigenvalues and eigenvectors of a symmetric 3 x 3 matrix by Jacobi rotations (Golub & Van Loan, 4th ed., section 8.5). */
export function eigen3([xx, xy, xz, yy, yz, zz]: Symmetric3): Eigen3 {
  const a = [xx, xy, xz, xy, yy, yz, xz, yz, zz];
  const v = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const offDiagonal = () => Math.abs(a[1] as number) + Math.abs(a[2] as number) + Math.abs(a[5] as number);
  const scale = a.reduce((sum, x) => sum + Math.abs(x), 0);
  for (let sweep = 0; sweep < 50 && offDiagonal() > 1e-17 * scale; sweep++) {
    rotate(a, v, 0, 1);
    rotate(a, v, 0, 2);
    rotate(a, v, 1, 2);
  }
  const order = [0, 1, 2].sort((p, q) => (a[4 * q] as number) - (a[4 * p] as number));
  return {
    values: order.map((p) => a[4 * p]) as [number, number, number],
    vectors: order.map((p) => [v[p], v[3 + p], v[6 + p]] as [number, number, number]),
  };
}

/** One rotation that makes element (p, q) zero. */
function rotate(a: number[], v: number[], p: number, q: number): void {
  const apq = a[3 * p + q] as number;
  if (apq === 0) return;
  const theta = ((a[4 * q] as number) - (a[4 * p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (m: number[], first: number, second: number) => {
    const x = m[first] as number;
    const y = m[second] as number;
    m[first] = c * x - s * y;
    m[second] = s * x + c * y;
  };
  for (let r = 0; r < 3; r++) turn(a, 3 * r + p, 3 * r + q);
  for (let r = 0; r < 3; r++) turn(a, 3 * p + r, 3 * q + r);
  for (let r = 0; r < 3; r++) turn(v, 3 * r + p, 3 * r + q);
}

/** Position and spread of the voxel centers of a mask. */
export interface VoxelMoments {
  readonly count: number;
  /** Mean position in mm, the center of voxel (0, 0, 0) being the origin. */
  readonly centerMm: readonly [number, number, number];
  /** Variances along the principal axes in mm^2, from largest to smallest, with N - 1 in the denominator; null for a single voxel. */
  readonly variancesMm2: readonly [number, number, number] | null;
}

/** Moments of the voxel centers. Sums are of whole numbers, so a flat region has a variance of exactly 0 across. */
export function voxelMoments(
  mask: Uint8Array,
  [ni, nj, nk]: readonly [number, number, number],
  [si, sj, sk]: readonly [number, number, number],
): VoxelMoments {
  const sums = [0, 0, 0];
  const products = [0, 0, 0, 0, 0, 0];
  let count = 0;
  // Places are counted from the first voxel of the mask.
  const start = mask.indexOf(1);
  const origin = [start % ni, Math.floor(start / ni) % nj, Math.floor(start / (ni * nj))] as const;
  for (let k = 0, v = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      // Sums over one row, then its share of the sums over the box.
      let n = 0;
      let first = 0;
      let second = 0;
      for (let i = -origin[0]; i < ni - origin[0]; i++, v++) {
        if (mask[v] === 0) continue;
        n++;
        first += i;
        second += i * i;
      }
      if (n === 0) continue;
      count += n;
      const [y, z] = [j - origin[1], k - origin[2]];
      [first, n * y, n * z].forEach((x, axis) => (sums[axis] = (sums[axis] as number) + x));
      [second, first * y, first * z, n * y * y, n * y * z, n * z * z].forEach((x, p) => (products[p] = (products[p] as number) + x));
    }
  }
  const spacing = [si, sj, sk] as const;
  const centerMm = spacing.map((s, axis) => (origin[axis as 0] + (sums[axis] as number) / count) * s) as [number, number, number];
  if (count === 1) return { count, centerMm, variancesMm2: null };
  const pairs = [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
    [2, 2],
  ] as const;
  const covariance = pairs.map(([p, q], at) => {
    // N sum xy - sum x sum y is a whole number, exact while below 2^53; 0 where the region does not extend.
    const centered = count * (products[at] as number) - (sums[p] as number) * (sums[q] as number);
    return (centered / count / (count - 1)) * spacing[p] * spacing[q];
  }) as unknown as Symmetric3;
  const { values } = eigen3(covariance);
  // Centers in an oblique plane leave a rounded zero; a real extent is at least 1 voxel in some thousands, so a variance above 1e-8.
  const kept = values.map((x) => (x > 1e-12 * values[0] ? x : 0)) as [number, number, number];
  return { count, centerMm, variancesMm2: kept };
}
