import type { Triple } from '../geometry/geometry.js';

/** How voxels touch: by faces, or by faces, edges and corners. */
export type Connectivity = 6 | 26;

/** Connected parts of a set of voxels. */
export interface Components {
  /** 0 outside, else the number of the part, from 1 in the order of their first voxels. */
  readonly labels: Int32Array;
  /** Voxels of part n at n - 1. */
  readonly sizes: readonly number[];
}

/**
 * Finds the connected parts of a region by flooding.
 * @param voxels not 0 inside
 */
export function connectedComponents(voxels: Uint8Array, dimensions: Triple, connectivity: Connectivity = 26): Components {
  const labels = new Int32Array(voxels.length);
  const stack = new Int32Array(voxels.length);
  const sizes: number[] = [];
  for (let at = 0; at < voxels.length; at++) {
    if (voxels[at] === 0 || labels[at] !== 0) continue;
    sizes.push(flood(voxels, labels, stack, at, sizes.length + 1, dimensions, connectivity));
  }
  return { labels, sizes };
}

/** Labels everything that is connected with a voxel; returns how many voxels that is. */
function flood(
  voxels: Uint8Array,
  labels: Int32Array,
  stack: Int32Array,
  seed: number,
  label: number,
  [ni, nj, nk]: Triple,
  connectivity: Connectivity,
): number {
  const slice = ni * nj;
  let [top, count] = [0, 0];
  const reach = (next: number) => {
    if (voxels[next] === 0 || labels[next] !== 0) return;
    labels[next] = label;
    stack[top++] = next;
  };
  reach(seed);
  while (top > 0) {
    const at = stack[--top] as number;
    count++;
    const k = Math.floor(at / slice);
    const j = Math.floor((at - k * slice) / ni);
    const i = at - k * slice - j * ni;
    if (connectivity === 6) {
      if (i > 0) reach(at - 1);
      if (i < ni - 1) reach(at + 1);
      if (j > 0) reach(at - ni);
      if (j < nj - 1) reach(at + ni);
      if (k > 0) reach(at - slice);
      if (k < nk - 1) reach(at + slice);
    } else
      for (let c = Math.max(0, k - 1); c <= Math.min(nk - 1, k + 1); c++)
        for (let b = Math.max(0, j - 1); b <= Math.min(nj - 1, j + 1); b++)
          for (let a = Math.max(0, i - 1); a <= Math.min(ni - 1, i + 1); a++) reach(a + ni * (b + nj * c));
  }
  return count;
}

/** Voxels of the largest connected part, of the first of those of one size; empty for an empty region. */
export function largestComponent(voxels: Uint8Array, dimensions: Triple, connectivity: Connectivity = 26): Uint8Array {
  const { labels, sizes } = connectedComponents(voxels, dimensions, connectivity);
  const out = new Uint8Array(voxels.length);
  if (sizes.length === 0) return out;
  const chosen = sizes.indexOf(sizes.reduce((most, size) => Math.max(most, size), 0)) + 1;
  for (let at = 0; at < out.length; at++) if (labels[at] === chosen) out[at] = 1;
  return out;
}

/** A region with its holes: what is outside of it and not connected by faces with the border of the grid. */
export function fillHoles(voxels: Uint8Array, dimensions: Triple): Uint8Array {
  const [ni, nj, nk] = dimensions;
  const outside = new Uint8Array(voxels.length);
  for (let at = 0; at < outside.length; at++) if (voxels[at] === 0) outside[at] = 1;
  const labels = new Int32Array(voxels.length);
  const stack = new Int32Array(voxels.length);
  const start = (at: number) => {
    if (outside[at] === 1 && labels[at] === 0) flood(outside, labels, stack, at, 1, dimensions, 6);
  };
  // A single slice has no border in front of it or behind.
  const atEnd = (index: number, count: number) => count > 1 && (index === 0 || index === count - 1);
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const row = ni * (j + nj * k);
      if (atEnd(k, nk) || atEnd(j, nj)) for (let i = 0; i < ni; i++) start(row + i);
      else {
        start(row);
        start(row + ni - 1);
      }
    }
  for (let at = 0; at < outside.length; at++) outside[at] = 1 - (labels[at] as number);
  return outside;
}

/** Fills holes slice by slice; for bodies that the first and last slice cut. */
export function fillHolesInSlices(voxels: Uint8Array, dimensions: Triple): Uint8Array {
  const size = dimensions[0] * dimensions[1];
  const out = new Uint8Array(voxels.length);
  for (let k = 0; k < dimensions[2]; k++)
    out.set(fillHoles(voxels.subarray(k * size, (k + 1) * size), [dimensions[0], dimensions[1], 1]), k * size);
  return out;
}
