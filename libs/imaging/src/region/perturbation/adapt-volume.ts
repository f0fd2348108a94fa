import type { Random } from '@cohortium/kernel';
import type { Triple } from '../../geometry/geometry.js';
import { filledCount } from '../../roi/filled-voxels.js';

/**
 * Grows or shrinks a region by a share of its volume: whole layers of voxels (by faces) as long as they fit, then voxels of the next layer by lot.
 * @param share 0.1 for 10 % more, -0.1 for 10 % less; at least one voxel is left
 * @see A. Zwanenburg et al. 2019, doi:10.1038/s41598-018-36938-4
 */
export function adaptVolume(voxels: Uint8Array, dimensions: Triple, share: number, random: Random): Uint8Array {
  const out = Uint8Array.from(voxels);
  const count = filledCount(out);
  const wanted = Math.max(1, Math.round(count * (1 + share)));
  const grows = wanted > count;
  for (let left = Math.abs(wanted - count); left > 0;) {
    const layer = borderLayer(out, dimensions, grows);
    if (layer.length === 0) break;
    // The rest of a layer by lot (partial Fisher-Yates shuffle).
    const take = Math.min(left, layer.length);
    for (let at = 0; at < take; at++) {
      if (take < layer.length) {
        const other = at + Math.floor(random.uniform() * (layer.length - at));
        [layer[at], layer[other]] = [layer[other] as number, layer[at] as number];
      }
      out[layer[at] as number] = grows ? 1 : 0;
    }
    left -= take;
  }
  return out;
}

/** Voxels just outside of a region, or its outermost ones. The border of the grid is no border of the region. */
function borderLayer(voxels: Uint8Array, [ni, nj, nk]: Triple, outside: boolean): number[] {
  const wanted = outside ? 0 : 1;
  const layer: number[] = [];
  const slice = ni * nj;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        if (voxels[at] !== wanted) continue;
        const other = 1 - wanted;
        if (
          (i > 0 && voxels[at - 1] === other) || (i < ni - 1 && voxels[at + 1] === other) ||
          (j > 0 && voxels[at - ni] === other) || (j < nj - 1 && voxels[at + ni] === other) ||
          (k > 0 && voxels[at - slice] === other) || (k < nk - 1 && voxels[at + slice] === other)
        ) layer.push(at);
      } // prettier-ignore
  return layer;
}
