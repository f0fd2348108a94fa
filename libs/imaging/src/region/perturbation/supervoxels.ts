import type { Random } from '@cohortium/kernel';
import type { Triple } from '../../geometry/geometry.js';
import { boundingBox, boxSize, widenBox } from '../../interpolation/grid.js';
import { copyBlock, copyMask } from '../../interpolation/resample.js';
import type { RoiMask, Volume } from '../../volume.js';

/** Surroundings of the region that are divided into supervoxels. */
const marginMm = 25;
/** Volume of a supervoxel; smaller where the surroundings would have fewer than a thousand, but at least so many voxels. */
const supervoxelSize = { mm3: 250, leastCount: 1000, leastVoxels: 20 };
/** Weight of distance against signal, both scaled to one supervoxel and to the range of the signal. */
const compactness = 0.05;
const turns = 10;
/** Supervoxels with this much of the region always belong to it; with less than the lower share never; between by lot. */
const alwaysShare = 0.9;
const neverShare = 0.2;

/**
 * Draws the contour of a region anew along borders that are in the image: of the supervoxels that the region overlaps, those that it fills are
 * taken, others with a chance equal to the share that it covers.
 * @see A. Zwanenburg et al. 2019, doi:10.1038/s41598-018-36938-4
 */
export function randomizeContour({ values }: Volume, { geometry, voxels }: RoiMask, random: Random): RoiMask {
  const { dimensions, spacingMm } = geometry;
  const region = boundingBox(voxels, dimensions);
  if (region === undefined) return { geometry, voxels };
  const box = widenBox(region, spacingMm.map((spacing) => Math.ceil(marginMm / spacing)) as unknown as Triple, dimensions);
  const size = boxSize(box);
  const labels = supervoxels(copyBlock({ dimensions, values }, box), size, spacingMm);
  const inside = copyMask(voxels, dimensions, box);
  const count = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const [sizes, covered] = [new Float64Array(count), new Float64Array(count)];
  labels.forEach((label, at) => {
    sizes[label] = (sizes[label] as number) + 1;
    covered[label] = (covered[label] as number) + (inside[at] as number);
  });
  const shares = covered.map((part, label) => (sizes[label] === 0 ? 0 : part / (sizes[label] as number)));
  const chosen = Uint8Array.from(shares, (share) =>
    share >= alwaysShare ? 1 : share < neverShare ? 0 : random.uniform() <= share ? 1 : 0,
  );
  // A region is never lost.
  if (!chosen.includes(1)) chosen[shares.indexOf(Math.max(...shares))] = 1;
  const out = new Uint8Array(voxels.length);
  const [ni, nj] = dimensions;
  for (let k = box.from[2], at = 0; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++)
      for (let i = box.from[0]; i < box.to[0]; i++) out[i + ni * (j + nj * k)] = chosen[labels[at++] as number] as number;
  return { geometry, voxels: out };
}

/**
 * Divides an image into small parts of like signal: k-means in signal and place, each part looking no farther than its size beyond itself.
 * Distances are in millimeters, so that parts are as wide between slices as within.
 * @returns the number of each voxel's part, from 0
 * @see R. Achanta et al. 2012, doi:10.1109/TPAMI.2012.120
 */
export function supervoxels(values: Float64Array, size: Triple, spacingMm: Triple): Int32Array {
  const voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
  const wanted = Math.min(supervoxelSize.mm3, (voxelMm3 * values.length) / supervoxelSize.leastCount);
  const step = cubeRoot(Math.max(wanted, supervoxelSize.leastVoxels * voxelMm3));
  const signal = scaledSignal(values);
  const [ni, nj, nk] = size;
  // As many parts along an axis as fit, at least one; distances count in steps.
  const parts = size.map((count, axis) => Math.max(1, Math.round((count * (spacingMm[axis] as number)) / step))) as unknown as Triple;
  const scale = spacingMm.map((spacing) => spacing / step) as unknown as Triple;
  const reach = size.map((count, axis) => Math.ceil(count / (parts[axis] as number)) + 1) as unknown as Triple;
  const count = parts[0] * parts[1] * parts[2];
  const centers = firstCenters(signal, size, parts);
  const labels = new Int32Array(values.length);
  const nearest = new Float64Array(values.length);
  const weight = compactness * compactness;
  for (let turn = 0; turn < turns; turn++) {
    nearest.fill(Infinity);
    for (let label = 0; label < count; label++) {
      const [ci, cj, ck, cs] = [0, 1, 2, 3].map((part) => centers[4 * label + part]) as [number, number, number, number];
      const [i0, j0, k0] = [Math.round(ci), Math.round(cj), Math.round(ck)];
      for (let k = Math.max(0, k0 - reach[2]); k <= Math.min(nk - 1, k0 + reach[2]); k++) {
        const z = ((k - ck) * scale[2]) ** 2;
        for (let j = Math.max(0, j0 - reach[1]); j <= Math.min(nj - 1, j0 + reach[1]); j++) {
          const yz = z + ((j - cj) * scale[1]) ** 2;
          for (let i = Math.max(0, i0 - reach[0]), at = i + ni * (j + nj * k); i <= Math.min(ni - 1, i0 + reach[0]); i++, at++) {
            const difference = (signal[at] as number) - cs;
            const distance = difference * difference + weight * (yz + ((i - ci) * scale[0]) ** 2);
            if (distance < (nearest[at] as number)) {
              nearest[at] = distance;
              labels[at] = label;
            }
          }
        }
      }
    }
    moveCenters(centers, labels, signal, size);
  }
  return labels;
}

/** i, j, k and signal of each part, from a regular grid. */
function firstCenters(signal: Float64Array, [ni, nj, nk]: Triple, [pi, pj, pk]: Triple): Float64Array {
  const centers = new Float64Array(4 * pi * pj * pk);
  for (let c = 0, label = 0; c < pk; c++)
    for (let b = 0; b < pj; b++)
      for (let a = 0; a < pi; a++, label++) {
        const place = [((a + 0.5) * ni) / pi - 0.5, ((b + 0.5) * nj) / pj - 0.5, ((c + 0.5) * nk) / pk - 0.5];
        const [i, j, k] = place.map(Math.round) as unknown as Triple;
        centers.set([...place, signal[i + ni * (j + nj * k)] as number], 4 * label);
      }
  return centers;
}

function moveCenters(centers: Float64Array, labels: Int32Array, signal: Float64Array, [ni, nj, nk]: Triple): void {
  const sums = new Float64Array(centers.length);
  const counts = new Float64Array(centers.length / 4);
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        const label = labels[at] as number;
        const place = 4 * label;
        sums[place] = (sums[place] as number) + i;
        sums[place + 1] = (sums[place + 1] as number) + j;
        sums[place + 2] = (sums[place + 2] as number) + k;
        sums[place + 3] = (sums[place + 3] as number) + (signal[at] as number);
        counts[label] = (counts[label] as number) + 1;
      }
  for (let place = 0; place < centers.length; place++) {
    const count = counts[place >> 2] as number;
    if (count > 0) centers[place] = (sums[place] as number) / count;
  }
}

/** Signal from the 1st to the 99th percentile as 0 to 1; a flat image is 0. */
function scaledSignal(values: Float64Array): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = [sorted[Math.floor(0.01 * (sorted.length - 1))] as number, sorted[Math.ceil(0.99 * (sorted.length - 1))] as number];
  return values.map((value) => (high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0));
}

/** Newton's iteration; steps are between a tenth and a hundred millimeters. */
function cubeRoot(value: number): number {
  let root = Math.max(1, value / 3);
  for (let turn = 0; turn < 60; turn++) root = (2 * root + value / (root * root)) / 3;
  return root;
}
