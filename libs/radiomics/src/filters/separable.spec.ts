import type { Box, Triple } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convolutionKernel, mirroredKernel } from './axis-kernel.js';
import type { AxisKernel } from './axis-kernel.js';
import type { FilterSource } from './block.js';
import { wholeBox } from './block.js';
import { boundaries, boundaryIndex, sourceRange } from './boundary.js';
import type { Boundary } from './boundary.js';
import { pooledResponse, rightAngleRotations } from './rotation.js';
import type { ChainFilter, RotationPooling } from './rotation.js';

interface Grid {
  readonly dimensions: Triple;
  readonly values: Float64Array;
}

const at = ({ dimensions: [ni, nj], values }: Grid, i: number, j: number, k: number) => values[i + ni * (j + nj * k)] as number;

function gridOf(dimensions: Triple, value: (i: number, j: number, k: number) => number): Grid {
  const [ni, nj, nk] = dimensions;
  const values = new Float64Array(ni * nj * nk);
  for (let k = 0, n = 0; k < nk; k++) for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) values[n++] = value(i, j, k);
  return { dimensions, values };
}

function noise(dimensions: Triple, seed: number): Grid {
  const random = new SeededRandom(seed);
  return gridOf(dimensions, () => random.normal());
}

/** Reads blocks, and fails where a filter reads beyond the image. */
function sourceOf(grid: Grid): FilterSource {
  const read = ({ from, to }: Box) => {
    from.forEach((low, axis) => {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(to[axis]).toBeLessThanOrEqual(grid.dimensions[axis] as number);
    });
    const size: Triple = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
    return gridOf(size, (i, j, k) => at(grid, i + from[0], j + from[1], k + from[2])).values;
  };
  return { dimensions: grid.dimensions, read };
}

/** The slow twin of one level: the sum of the definition over the kernels of all axes at once. */
function slowLevel(grid: Grid, kernels: readonly AxisKernel[], boundary: Boundary): Grid {
  const extents = grid.dimensions.map((count) => ({ count, boundary }));
  const taps = (axis: number): readonly (readonly [number, number])[] => {
    const kernel = kernels[axis];
    return kernel ? Array.from(kernel.offsets, (offset, t) => [offset, kernel.weights[t] as number] as const) : [[0, 1]];
  };
  return gridOf(grid.dimensions, (i, j, k) => {
    let sum = 0;
    for (const [oi, wi] of taps(0))
      for (const [oj, wj] of taps(1))
        for (const [ok, wk] of taps(2)) {
          const places = [i + oi, j + oj, k + ok].map((index, axis) =>
            boundaryIndex(index, extents[axis] as { count: number; boundary: Boundary }),
          );
          if (places.every((place) => place >= 0))
            sum += wi * wj * wk * at(grid, places[0] as number, places[1] as number, places[2] as number);
        }
    return sum;
  });
}

function slowChain(grid: Grid, chains: ChainFilter, boundary: Boundary): Grid {
  const levels = chains[0]?.length ?? 0;
  let response = grid;
  for (let level = 0; level < levels; level++)
    response = slowLevel(
      response,
      chains.map((chain) => chain[level] as AxisKernel),
      boundary,
    );
  return response;
}

/** The slow twin of pooling: every rotation in turn, each kernel rotated. */
function slowPooled(grid: Grid, chains: ChainFilter, pooling: RotationPooling, boundary: Boundary): Float64Array {
  if (pooling === 'none') return slowChain(grid, chains, boundary).values;
  const responses = rightAngleRotations(chains.length as 2 | 3).map(({ from, isTurned }) => {
    const rotated = from.map((letter, axis) => (chains[letter] as AxisKernel[]).map((k) => (isTurned[axis] ? mirroredKernel(k) : k)));
    return slowChain(grid, rotated, boundary).values;
  });
  return grid.values.map((_, n) => {
    const all = responses.map((response) => response[n] as number);
    return pooling === 'max' ? Math.max(...all) : all.reduce((sum, value) => sum + value, 0) / all.length;
  });
}

function expectClose(found: Float64Array, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  for (let n = 0; n < found.length; n++) expect(Math.abs((found[n] as number) - (wanted[n] as number))).toBeLessThan(1e-10);
}

const boundaryOf = fc.constantFrom(...boundaries);
const dimensionsOf = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }));
/** Taps with zeros, symmetric and antisymmetric ones among them: these take the short ways. */
const tapsOf = fc.oneof(
  fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 5 }),
  fc.constantFrom([1, 2, 1], [-1, 0, 1], [1, -4, 6, -4, 1], [-1, 2, 0, -2, 1]),
);

describe('boundary conditions', () => {
  it('continue the image as the standard draws them', () => {
    const around = (boundary: Boundary) => Array.from({ length: 11 }, (_, n) => boundaryIndex(n - 4, { count: 3, boundary }));
    expect(around('zero')).toEqual([-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1]);
    expect(around('nearest')).toEqual([0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]);
    expect(around('periodic')).toEqual([2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    expect(around('mirror')).toEqual([2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
  });

  it('sourceRange is the smallest range of voxels that a range reads', () => {
    fc.assert(
      fc.property(
        boundaryOf,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: -30, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (boundary, count, from, length) => {
          const indices = Array.from({ length }, (_, n) => boundaryIndex(from + n, { count, boundary })).filter((index) => index >= 0);
          const [low, high] = sourceRange([from, from + length], { count, boundary });
          expect([low, high]).toEqual(indices.length === 0 ? [0, 1] : [Math.min(...indices), Math.max(...indices) + 1]);
        },
      ),
    );
  });
});

describe('convolutionKernel', () => {
  it('turns a convolution into places, the right middle tap of an even number on the voxel', () => {
    expect(convolutionKernel([1, 2])).toEqual({ offsets: Int32Array.of(0, 1), weights: Float64Array.of(2, 1) });
    expect(convolutionKernel([1, 2, 3], 2)).toEqual({ offsets: Int32Array.of(-2, 0, 2), weights: Float64Array.of(3, 2, 1) });
    expect(mirroredKernel(convolutionKernel([1, 2]))).toEqual({ offsets: Int32Array.of(-1, 0), weights: Float64Array.of(1, 2) });
  });
});

describe('rightAngleRotations', () => {
  it('are the 4 of the plane and the 24 of space, none twice, no reflection', () => {
    for (const [dimensions, count] of [
      [2, 4],
      [3, 24],
    ] as const) {
      const matrices = rightAngleRotations(dimensions).map(({ from, isTurned }) =>
        from.map((letter, axis) => from.map((_, column) => (column === letter ? (isTurned[axis] ? -1 : 1) : 0))),
      );
      expect(new Set(matrices.map(String)).size).toBe(count);
      for (const m of matrices) {
        const [a = [], b = [], c = [0, 0, 1]] = m.map((row) => (dimensions === 2 ? [...row, 0] : row));
        const determinant =
          (a[0] ?? 0) * ((b[1] ?? 0) * (c[2] ?? 0) - (b[2] ?? 0) * (c[1] ?? 0)) -
          (a[1] ?? 0) * ((b[0] ?? 0) * (c[2] ?? 0) - (b[2] ?? 0) * (c[0] ?? 0)) +
          (a[2] ?? 0) * ((b[0] ?? 0) * (c[1] ?? 0) - (b[1] ?? 0) * (c[0] ?? 0));
        expect(determinant).toBe(1);
      }
    }
  });
});

describe('pooledResponse', () => {
  it('equals the slow sum, for one and two levels, in the plane and in space, with every boundary and pooling', () => {
    fc.assert(
      fc.property(
        dimensionsOf,
        fc.nat(),
        fc.constantFrom<2 | 3>(2, 3),
        fc.array(fc.array(tapsOf, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
        boundaryOf,
        fc.constantFrom<RotationPooling>('none', 'average', 'max'),
        (dimensions, seed, axes, levels, boundary, pooling) => {
          const grid = noise(dimensions, seed);
          const chains = Array.from({ length: axes }, (_, axis) =>
            levels.map((taps, level) => convolutionKernel(taps[axis] as number[], level + 1)),
          );
          const found = pooledResponse(sourceOf(grid), chains, pooling, wholeBox(dimensions), boundary);
          const wanted = slowPooled(grid, chains, pooling, boundary);
          const scale = Math.max(1, ...wanted.map(Math.abs));
          expectClose(
            found.map((value) => value / scale),
            wanted.map((value) => value / scale),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of a block is that of the whole image', () => {
    fc.assert(
      fc.property(
        dimensionsOf,
        fc.nat(),
        tapsOf,
        boundaryOf,
        fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
        (dimensions, seed, taps, boundary, draws) => {
          const grid = noise(dimensions, seed);
          const chain = [convolutionKernel(taps), convolutionKernel([1, 2, -1, 3], 2)];
          const from = dimensions.map((count, axis) => (draws[axis] as number) % count) as unknown as Triple;
          const to = dimensions.map(
            (count, axis) => (from[axis] as number) + 1 + ((draws[3 + axis] as number) % (count - (from[axis] as number))),
          ) as unknown as Triple;
          const whole = pooledResponse(sourceOf(grid), [chain, chain, chain], 'average', wholeBox(dimensions), boundary);
          const block = pooledResponse(sourceOf(grid), [chain, chain, chain], 'average', { from, to }, boundary);
          expectClose(block, sourceOf({ dimensions, values: whole }).read({ from, to }));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('pooled over rotations does not change when the image is turned', () => {
    // A quarter turn about k: (i, j) -> (n - 1 - j, i).
    const n = 6;
    const image = noise([n, n, 4], 3);
    const turned = gridOf([n, n, 4], (i, j, k) => at(image, j, n - 1 - i, k));
    const chains = [
      [1, 3],
      [-1, 0, 2, 1],
      [2, -1],
    ].map((taps) => [convolutionKernel(taps), convolutionKernel([1, 1], 2)]);
    for (const pooling of ['average', 'max'] as const) {
      for (const boundary of boundaries) {
        const response = {
          dimensions: image.dimensions,
          values: pooledResponse(sourceOf(image), chains, pooling, wholeBox(image.dimensions), boundary),
        };
        const ofTurned = pooledResponse(sourceOf(turned), chains, pooling, wholeBox(image.dimensions), boundary);
        expectClose(ofTurned, gridOf([n, n, 4], (i, j, k) => at(response, j, n - 1 - i, k)).values);
      }
    }
  });
});
