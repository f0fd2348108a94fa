import type { Triple } from '@cohortium/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planeDiameter } from './plane-diameter.js';

/** All vertices of the mesh, compared two by two. */
function slowDiameter(mask: Uint8Array, [ni, nj, nk]: Triple, spacing: Triple, axis: 0 | 1 | 2): number {
  const isInside = (i: number, j: number, k: number) =>
    i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk && mask[i + ni * (j + nj * k)] === 1;
  const vertices: Triple[] = [];
  for (let k = -1; k <= nk; k++)
    for (let j = -1; j <= nj; j++)
      for (let i = -1; i <= ni; i++) {
        const here = isInside(i, j, k);
        if (here !== isInside(i + 1, j, k)) vertices.push([i + 0.5, j, k]);
        if (here !== isInside(i, j + 1, k)) vertices.push([i, j + 0.5, k]);
        if (here !== isInside(i, j, k + 1)) vertices.push([i, j, k + 0.5]);
      }
  let largest = 0;
  for (const p of vertices)
    for (const q of vertices) {
      if (p[axis] !== q[axis]) continue;
      largest = Math.max(largest, Math.sqrt(p.reduce((sum, x, a) => sum + ((x - (q[a] as number)) * (spacing[a] as number)) ** 2, 0)));
    }
  return largest;
}

describe('diameter in a plane', () => {
  it('is the largest distance of two vertices at the same place along the axis', () => {
    const dimensions: Triple = [4, 3, 5];
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 60, maxLength: 60 }),
        fc.tuple(
          fc.double({ min: 0.3, max: 3, noNaN: true }),
          fc.double({ min: 0.3, max: 3, noNaN: true }),
          fc.double({ min: 0.3, max: 3, noNaN: true }),
        ),
        fc.constantFrom(0, 1, 2),
        (voxels, spacingMm, axis) => {
          const morphologicalMask = Uint8Array.from(voxels);
          const wanted = slowDiameter(morphologicalMask, dimensions, spacingMm, axis as 0 | 1 | 2);
          expect(planeDiameter({ dimensions, spacingMm, morphologicalMask }, axis as 0 | 1 | 2)).toBeCloseTo(wanted, 12);
        },
      ),
      { numRuns: 60 },
    );
  });
});
