import type { Triple } from '../geometry/geometry.js';
import type { Geometry, RoiMask, Volume } from '../volume.js';
import { connectedComponents, fillHolesInSlices, largestComponent } from './components.js';
import { squaredDistances } from './distance.js';
import { regionErrors } from './errors.js';

/** Share of the blocks of an image, the darkest, that are taken for air. */
const airShare = 0.02;
/** Blocks along each axis of a slice. */
const blocksPerAxis = 16;
/** Signal above air from which a voxel is tissue: in standard deviations of air, and in shares of the way from air to middling tissue. */
const aboveAir = { deviations: 5, share: 0.15 };
/** An image whose darkest blocks have more than this share of the signal of middling tissue shows no air. */
const noAirShare = 0.5;

/** Voxels from which the signal of middling tissue is taken. */
const sampleCount = 200_000;
/** Air reaches as far as a ball of this radius rolls: dark tissue is full of brighter spots that keep it out. */
const ballMm = 5;

/** A body with the signal that separates it from air. */
export interface Body {
  readonly mask: RoiMask;
  /** Null where the image shows no air: then all of it is body. */
  readonly threshold: number | null;
}

/**
 * The body in an image: what is not air around it. Signal is smoothed over 3 x 3 x 3 voxels; air is where it stays below a threshold and where
 * a ball of 5 mm can roll in from the darkest blocks of the image, so that dark tissue (suppressed fat, muscle, lung) stays inside. The largest
 * connected part of the rest is kept, holes of each slice are filled, and voxels at the surface that smoothing alone brought in are taken off.
 * @param threshold signal from which a voxel is tissue; undefined lets the image decide
 * @throws `REGION.EMPTY`
 */
export function bodyMask({ geometry, values }: Volume, threshold?: number): Body {
  const { dimensions } = geometry;
  const smooth = boxMean(values, dimensions);
  const air = darkestBlocks(smooth, dimensions);
  const limit = threshold ?? airThreshold(smooth, air);
  if (limit === null) return { mask: { geometry, voxels: new Uint8Array(values.length).fill(1) }, threshold: null };
  const tissue = new Uint8Array(values.length);
  for (let at = 0; at < tissue.length; at++) if ((smooth[at] as number) > limit) tissue[at] = 1;
  const inside = closedAgainst(tissue, air, geometry);
  const voxels = fillHolesInSlices(largestComponent(inside, dimensions, 6), dimensions);
  peel(voxels, values, limit, dimensions);
  if (!voxels.includes(1)) throw regionErrors.error('REGION.EMPTY', { stage: 'body' });
  return { mask: { geometry, voxels }, threshold: limit };
}

/** Means over 3 x 3 x 3 voxels; at the borders over those that are there. Values that are no numbers count as 0. */
export function boxMean(values: ArrayLike<number>, [ni, nj, nk]: Triple): Float64Array {
  let from = new Float64Array(values.length);
  for (let at = 0; at < from.length; at++) if (Number.isFinite(values[at])) from[at] = values[at] as number;
  let stride = 1;
  for (const count of [ni, nj, nk]) {
    const out = new Float64Array(from.length);
    for (let at = 0, place = 0, lane = 0; at < out.length; at++) {
      const before = place > 0 ? (from[at - stride] as number) : 0;
      const after = place < count - 1 ? (from[at + stride] as number) : 0;
      out[at] = ((from[at] as number) + before + after) / (1 + (place > 0 ? 1 : 0) + (place < count - 1 ? 1 : 0));
      if (++lane < stride) continue;
      lane = 0;
      place = place + 1 < count ? place + 1 : 0;
    }
    from = out;
    stride *= count;
  }
  return from;
}

/** Voxels of the darkest blocks, in the order of the blocks' means. */
function darkestBlocks(values: Float64Array, [ni, nj, nk]: Triple): Int32Array {
  const [bi, bj] = [Math.max(1, Math.ceil(ni / blocksPerAxis)), Math.max(1, Math.ceil(nj / blocksPerAxis))];
  const blocks: { readonly mean: number; readonly voxels: readonly number[] }[] = [];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j += bj)
      for (let i = 0; i < ni; i += bi) {
        const voxels: number[] = [];
        let sum = 0;
        for (let b = j; b < Math.min(nj, j + bj); b++)
          for (let a = i; a < Math.min(ni, i + bi); a++) {
            const at = a + ni * (b + nj * k);
            voxels.push(at);
            sum += values[at] as number;
          }
        blocks.push({ mean: sum / voxels.length, voxels });
      }
  blocks.sort((a, b) => a.mean - b.mean || (a.voxels[0] as number) - (b.voxels[0] as number));
  return Int32Array.from(blocks.slice(0, Math.ceil(airShare * blocks.length)).flatMap(({ voxels }) => voxels));
}

/** Signal that separates air from tissue; null where there is no air. */
function airThreshold(values: Float64Array, air: Int32Array): number | null {
  let [sum, squares] = [0, 0];
  for (const at of air) sum += values[at] as number;
  const mean = sum / air.length;
  for (const at of air) squares += ((values[at] as number) - mean) ** 2;
  const byNoise = mean + aboveAir.deviations * Math.sqrt(squares / air.length);
  // Every so many voxels are enough for a median.
  const stride = Math.max(1, Math.floor(values.length / sampleCount));
  const brighter = values.filter((value, at) => at % stride === 0 && value > byNoise).sort();
  const middling = brighter[brighter.length >> 1];
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  if (middling === undefined) {
    if (values.every((value) => value === least)) throw regionErrors.error('REGION.EMPTY', { stage: 'body' });
    return null;
  }
  if (mean - least > noAirShare * (middling - least)) return null;
  return Math.max(byNoise, mean + aboveAir.share * (middling - mean));
}

/** Everything that a ball does not reach when it rolls from the seeds, around the tissue; beyond the image there is nothing in its way. */
function closedAgainst(tissue: Uint8Array, seeds: Int32Array, { dimensions, spacingMm }: Geometry): Uint8Array {
  const toTissue = squaredDistances(tissue, dimensions, spacingMm);
  const centers = new Uint8Array(tissue.length);
  for (let at = 0; at < centers.length; at++) if ((toTissue[at] as number) > ballMm * ballMm) centers[at] = 1;
  const { labels, sizes } = connectedComponents(centers, dimensions, 6);
  const chosen = new Uint8Array(sizes.length + 1);
  for (const at of seeds) chosen[labels[at] as number] = 1;
  chosen[0] = 0;
  for (let at = 0; at < centers.length; at++) centers[at] = chosen[labels[at] as number] as number;
  const toCenters = squaredDistances(centers, dimensions, spacingMm);
  for (let at = 0; at < centers.length; at++) centers[at] = (toCenters[at] as number) <= ballMm * ballMm && tissue[at] === 0 ? 0 : 1;
  return centers;
}

/** Takes dark voxels off that touch what is outside of the body. */
function peel(body: Uint8Array, values: ArrayLike<number>, limit: number, [ni, nj, nk]: Triple): void {
  const before = Uint8Array.from(body);
  const touchesOutside = (i: number, j: number, k: number): boolean => {
    for (let c = Math.max(0, k - 1); c <= Math.min(nk - 1, k + 1); c++)
      for (let b = Math.max(0, j - 1); b <= Math.min(nj - 1, j + 1); b++)
        for (let a = Math.max(0, i - 1); a <= Math.min(ni - 1, i + 1); a++) if (before[a + ni * (b + nj * c)] === 0) return true;
    return false;
  };
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) if (before[at] !== 0 && !((values[at] as number) > limit) && touchesOutside(i, j, k)) body[at] = 0;
}
