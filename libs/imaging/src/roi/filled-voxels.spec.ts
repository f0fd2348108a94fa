import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundingBox } from '../interpolation/grid.js';
import { FilledVoxels, filledCount } from './filled-voxels.js';

/** Masks that are mostly empty, at any place of their memory. */
const masks = fc
  .tuple(fc.array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1), { minLength: 1, maxLength: 70 }), fc.integer({ min: 0, max: 5 }))
  .map(([values, shift]) => new Uint8Array(Uint8Array.from([...Array<number>(shift).fill(1), ...values]).buffer, shift));

describe('filled voxels', () => {
  it('are found from either end of any range, as by looking at one after the other', () => {
    fc.assert(
      fc.property(masks, fc.nat(70), fc.nat(70), (voxels, a, b) => {
        const [from, to] = [Math.min(a, b, voxels.length), Math.min(Math.max(a, b), voxels.length)];
        const filled = new FilledVoxels(voxels);
        const inside = [...voxels.keys()].filter((at) => at >= from && at < to && voxels[at] !== 0);
        expect(filled.first(from, to)).toBe(inside[0] ?? to);
        expect(filled.last(from, to)).toBe(inside.at(-1) ?? from - 1);
      }),
    );
  });

  it('are counted', () => {
    fc.assert(
      fc.property(masks, (voxels) => {
        expect(filledCount(voxels)).toBe(voxels.filter((voxel) => voxel !== 0).length);
      }),
    );
  });

  it('lie in the smallest box around them', () => {
    const boxes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(boxes, fc.array(fc.nat(179), { maxLength: 6 }), ([ni, nj, nk], places) => {
        const voxels = new Uint8Array(ni * nj * nk);
        for (const place of places) voxels[place % voxels.length] = 1;
        const kept = [...voxels.keys()].filter((at) => voxels[at] !== 0);
        const along = (axis: (at: number) => number) => [Math.min(...kept.map(axis)), Math.max(...kept.map(axis)) + 1] as const;
        const box = boundingBox(voxels, [ni, nj, nk]);
        const [i, j, k] = [along((at) => at % ni), along((at) => Math.floor(at / ni) % nj), along((at) => Math.floor(at / (ni * nj)))];
        expect(box).toEqual(kept.length === 0 ? undefined : { from: [i[0], j[0], k[0]], to: [i[1], j[1], k[1]] });
      }),
    );
  });
});
