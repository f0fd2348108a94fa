import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry, RoiMask, Volume } from '../volume.js';
import { bodyMask } from './body.js';
import { compareRegions } from './compare.js';
import { connectedComponents, fillHoles, fillHolesInSlices, largestComponent } from './components.js';
import { squaredDistances, surfaceDistances } from './distance.js';
import { fuzzyTwoMeans } from './fuzzy-two-means.js';
import { growRegion } from './grow.js';
import { peritumoralRings } from './ring.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const grid = (dimensions: Triple, spacingMm: Triple): Geometry => ({
  dimensions,
  spacingMm,
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});

/** Voxels of a grid, each with a value from its place in millimeters. */
function painted({ dimensions: [ni, nj, nk], spacingMm }: Geometry, value: (x: number, y: number, z: number) => number): Float64Array {
  const out = new Float64Array(ni * nj * nk);
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++, at++) out[at] = value(i * spacingMm[0], j * spacingMm[1], k * spacingMm[2]);
  return out;
}

/** A sphere whose center lies between voxels, with a margin around it. */
function sphere(radiusMm: number, spacingMm: Triple, marginMm: number): RoiMask {
  const dimensions = spacingMm.map((mm) => 2 * Math.ceil((radiusMm + marginMm) / mm) + 2) as unknown as Triple;
  const center = dimensions.map((count, axis) => ((count - 1) / 2 + [0.13, 0.29, 0.41][axis]!) * spacingMm[axis]!);
  const geometry = grid(dimensions, spacingMm);
  const inside = (x: number, y: number, z: number) =>
    (x - center[0]!) ** 2 + (y - center[1]!) ** 2 + (z - center[2]!) ** 2 <= radiusMm ** 2;
  return { geometry, voxels: Uint8Array.from(painted(geometry, (x, y, z) => (inside(x, y, z) ? 1 : 0))) };
}

/** Distance from each voxel to the nearest of some points, all tried. */
function nearest({ dimensions: [ni, nj, nk], spacingMm: s }: Geometry, points: readonly Triple[]): Float64Array {
  const out = new Float64Array(ni * nj * nk).fill(Infinity);
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++)
        for (const [a, b, c] of points) out[at] = Math.min(out[at]!, (s[0] * (i - a)) ** 2 + (s[1] * (j - b)) ** 2 + (s[2] * (k - c)) ** 2);
  return out;
}

const someRegion = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }))
  .chain(([ni, nj, nk]) =>
    fc.tuple(fc.constant([ni, nj, nk] as Triple), fc.uint8Array({ minLength: ni * nj * nk, maxLength: ni * nj * nk, max: 1 })),
  );
const someSpacing = fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(0.5, 0.703125, 1, 2.2, 3))) as fc.Arbitrary<[number, number, number]>;
const placesOf = ({ dimensions: [ni, nj] }: Geometry, voxels: Uint8Array): Triple[] =>
  [...voxels].flatMap((value, at) => (value === 0 ? [] : [[at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))] as Triple]));

describe('distance transforms', () => {
  it('give what all pairs give (slow twin), with any spacing', () => {
    fc.assert(
      fc.property(someRegion, someSpacing, ([dimensions, voxels], spacing) => {
        const geometry = grid(dimensions, spacing);
        const expected = nearest(geometry, placesOf(geometry, voxels));
        squaredDistances(voxels, dimensions, spacing).forEach((value, at) => {
          if (expected[at] === Infinity) expect(value).toBe(Infinity);
          else expect(value).toBeCloseTo(expected[at]!, 9);
        });
        const outside = Uint8Array.from(voxels, (value) => 1 - value);
        expect(squaredDistances(voxels, dimensions, spacing, 0)).toEqual(squaredDistances(outside, dimensions, spacing));
      }),
      { numRuns: Math.ceil(100 * scale) },
    );
  });

  it('measure to the surface half way between nearest center and nearest face', () => {
    fc.assert(
      fc.property(someRegion, someSpacing, ([dimensions, voxels], spacing) => {
        const geometry = grid(dimensions, spacing);
        const places = placesOf(geometry, voxels);
        const inside = new Set(places.map(String));
        const faces = places.flatMap((place) =>
          [0, 1, 2].flatMap((axis) =>
            [-1, 1].flatMap((step) => {
              const [face, next] = [0.5, 1].map((by) => place.map((index, a) => (a === axis ? index + by * step : index)));
              const exists = next!.every((index, a) => index >= 0 && index < dimensions[a]!);
              return exists && !inside.has(String(next)) ? [face as unknown as Triple] : [];
            }),
          ),
        );
        const [centers, toFaces] = [nearest(geometry, places), nearest(geometry, faces)];
        surfaceDistances(voxels, dimensions, spacing).forEach((value, at) => {
          if (voxels[at] === 1) expect(value).toBe(0);
          else if (places.length > 0) expect(value).toBeCloseTo((Math.sqrt(centers[at]!) + Math.sqrt(toFaces[at]!)) / 2, 9);
        });
      }),
      { numRuns: Math.ceil(60 * scale) },
    );
  });
});

describe('peritumoralRings', () => {
  it('have the volume of the formula around spheres within 1 %, also on voxels that are no cubes', () => {
    // 1 % needs a few voxels within the width: 3 mm for half a millimeter, 5 mm for slices of 2 mm.
    const cases: readonly [Triple, number, number][] = [
      [[1, 1, 1], 10, 3],
      [[0.5, 0.5, 0.5], 10, 3],
      [[0.7, 0.7, 2], 12, 5],
      [[0.6, 0.6, 1.2], 12, 5],
    ];
    for (const [spacing, radius, width] of cases) {
      const mask = sphere(radius, spacing, width + 1);
      const { cumulative } = peritumoralRings(mask, { widthsMm: [1, width] });
      const formula = (4 / 3) * Math.PI * ((radius + width) ** 3 - radius ** 3);
      expect(Math.abs(cumulative[1]!.volumeMm3 / formula - 1), `${spacing}`).toBeLessThan(0.01);
      // Measured to centers, the same rings miss it by several percent.
      const centers = peritumoralRings(mask, { widthsMm: [1, width], distance: 'centers' }).cumulative[1]!;
      expect(centers.volumeMm3 / formula).toBeLessThan(0.98);
    } // prettier-ignore
  });

  it('do not overlap, add up, leave the lesion out and end at the body', () => {
    const mask = sphere(4, [1, 1, 2], 7);
    const body = { geometry: mask.geometry, voxels: Uint8Array.from(painted(mask.geometry, (x) => (x < 12 ? 1 : 0))) };
    const { bands, cumulative } = peritumoralRings(mask, { widthsMm: [1, 3, 5], body });
    const whole = peritumoralRings(mask, { widthsMm: [1, 3, 5] });
    for (let at = 0; at < mask.voxels.length; at++) {
      const within = bands.filter((band) => band.mask.voxels[at] === 1).length;
      expect(within + mask.voxels[at]!).toBeLessThanOrEqual(1);
      expect(cumulative[2]!.mask.voxels[at]).toBe(within);
      if (body.voxels[at] === 0) expect(within).toBe(0);
    }
    expect(cumulative[2]!.voxelCount + cumulative[2]!.outsideBody).toBe(whole.cumulative[2]!.voxelCount);
    expect(bands.map(({ voxelCount }) => voxelCount).reduce((a, b) => a + b)).toBe(cumulative[2]!.voxelCount);
    expect(cumulative[2]!.outsideBody).toBeGreaterThan(0);
  });

  it('with distances to centers are those of the distance transform', () => {
    const mask = sphere(3, [0.8, 0.9, 2.1], 5);
    const { dimensions, spacingMm } = mask.geometry;
    const distances = squaredDistances(mask.voxels, dimensions, spacingMm);
    const expected = Uint8Array.from(distances, (square) => (square > 0 && Math.sqrt(square) <= 3 + 1e-9 ? 1 : 0));
    expect(peritumoralRings(mask, { widthsMm: [3], distance: 'centers' }).cumulative[0]!.mask.voxels).toEqual(expected);
  });

  it('refuse widths that are not positive or do not ascend, and an empty region', () => {
    const mask = sphere(2, [1, 1, 1], 2);
    for (const widthsMm of [[], [0], [3, 1], [1, 1], [NaN]])
      expect(() => peritumoralRings(mask, { widthsMm })).toThrow('REGION.BAD_OPTION');
    expect(() => peritumoralRings({ ...mask, voxels: new Uint8Array(mask.voxels.length) }, { widthsMm: [1] })).toThrow('REGION.EMPTY');
  });
});

describe('compareRegions', () => {
  it('gives what all pairs of surface voxels give (slow twin)', () => {
    fc.assert(
      fc.property(someRegion, someSpacing, fc.infiniteStream(fc.nat(1)), ([dimensions, a], spacing, bits) => {
        const b = Uint8Array.from(a, () => bits.next().value as number);
        const geometry = grid(dimensions, spacing);
        const found = compareRegions({ geometry, voxels: a }, { geometry, voxels: b });
        const surface = (voxels: Uint8Array) => placesOf(geometry, voxels).filter((place) => isSurface(voxels, dimensions, place));
        const directed = (from: Uint8Array, to: Uint8Array) => {
          const distances = nearest(geometry, surface(to));
          return surface(from).map(([i, j, k]) => Math.sqrt(distances[i + dimensions[0] * (j + dimensions[1] * k)]!)).sort((x, y) => x - y);
        };
        const [ab, ba] = [directed(a, b), directed(b, a)];
        if (ab.length === 0 || ba.length === 0) {
          expect(found.hausdorffMm).toBeNull();
          return;
        }
        expect(found.hausdorffMm).toBeCloseTo(Math.max(ab.at(-1)!, ba.at(-1)!), 9);
        expect(found.meanSurfaceDistanceMm).toBeCloseTo([...ab, ...ba].reduce((x, y) => x + y) / (ab.length + ba.length), 9);
        expect(found.hausdorff95Mm).toBeLessThanOrEqual(found.hausdorffMm!);
      }),
      { numRuns: Math.ceil(100 * scale) },
    ); // prettier-ignore
  });

  it('knows the distance of two cubes, their overlap and their volumes', () => {
    const geometry = grid([20, 10, 10], [2, 1, 1]);
    const cube = (from: number) =>
      Uint8Array.from(painted(geometry, (x, y, z) => (x >= 2 * from && x < 2 * (from + 4) && y < 4 && z < 4 ? 1 : 0)));
    const found = compareRegions({ geometry, voxels: cube(2) }, { geometry, voxels: cube(4) });
    expect(found).toMatchObject({ dice: 0.5, jaccard: 1 / 3, volumeMm3: { a: 128, b: 128 }, volumeDifferenceMm3: 0, hausdorffMm: 4 });
    const same = compareRegions({ geometry, voxels: cube(2) }, { geometry, voxels: cube(2) });
    expect(same).toMatchObject({ dice: 1, hausdorff95Mm: 0, meanSurfaceDistanceMm: 0 });
    const empty = { geometry, voxels: new Uint8Array(2000) };
    expect(compareRegions(empty, empty)).toMatchObject({ dice: null, jaccard: null, hausdorffMm: null, relativeVolumeDifference: null });
    expect(() => compareRegions(empty, { geometry: grid([20, 10, 10], [2, 1, 2]), voxels: empty.voxels })).toThrow(
      'IMAGING.GEOMETRY_DIFFERS',
    );
  });
});

describe('components and holes', () => {
  it('connects by corners or by faces, and keeps the largest part', () => {
    const voxels = Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1);
    expect(connectedComponents(voxels, [3, 4, 1], 26).sizes).toEqual([4]);
    expect(connectedComponents(voxels, [3, 4, 1], 6).sizes).toEqual([1, 1, 2]);
    expect([...largestComponent(voxels, [3, 4, 1], 6)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1]);
    expect(largestComponent(new Uint8Array(4), [2, 2, 1])).toEqual(new Uint8Array(4));
  });

  it('fills what is closed in, in space or in each slice', () => {
    const geometry = grid([5, 5, 3], [1, 1, 1]);
    const tube = Uint8Array.from(painted(geometry, (x, y) => (x >= 1 && x <= 3 && y >= 1 && y <= 3 && !(x === 2 && y === 2) ? 1 : 0)));
    const filled = Uint8Array.from(painted(geometry, (x, y) => (x >= 1 && x <= 3 && y >= 1 && y <= 3 ? 1 : 0)));
    expect(fillHoles(tube, geometry.dimensions)).toEqual(tube);
    expect(fillHolesInSlices(tube, geometry.dimensions)).toEqual(filled);
    const shell = Uint8Array.from(tube, (value, at) => (Math.floor(at / 25) === 1 ? value : filled[at]!));
    expect(fillHoles(shell, geometry.dimensions)).toEqual(filled);
  });
});

describe('bodyMask', () => {
  const geometry = grid([64, 64, 8], [2, 2, 4]);
  const isBody = (x: number, y: number) => (x - 64) ** 2 + (y - 64) ** 2 < 45 ** 2;

  it('finds a body of bright and dark tissue in noise, with its cavity, and leaves air out', () => {
    const random = new SeededRandom(3);
    // Air 4, suppressed fat 18, gland 120, an air bubble inside; noise of 3.
    const tissue = (x: number, y: number) =>
      !isBody(x, y) ? 4 : (x - 64) ** 2 + (y - 64) ** 2 > 40 ** 2 ? 100 : (x - 70) ** 2 + (y - 64) ** 2 < 8 ** 2 ? 4 : x < 60 ? 18 : 120;
    const values = painted(geometry, (x, y) => Math.abs(tissue(x, y) + 3 * random.normal()));
    const { mask, threshold } = bodyMask({ geometry, values });
    expect(threshold).toBeGreaterThan(4);
    expect(threshold).toBeLessThan(18);
    const truth = { geometry, voxels: Uint8Array.from(painted(geometry, (x, y) => (isBody(x, y) ? 1 : 0))) };
    expect(compareRegions(mask, truth).dice).toBeGreaterThan(0.98);
  });

  it('takes all of an image without air, and obeys a given threshold', () => {
    const random = new SeededRandom(4);
    const tissue = { geometry, values: painted(geometry, () => 100 + 5 * random.normal()) };
    expect(bodyMask({ ...tissue, values: tissue.values.map((v, at) => (at === 0 ? 0 : v)) })).toMatchObject({ threshold: null });
    const plain = { geometry, values: painted(geometry, (x, y) => (isBody(x, y) ? 50 : 0)) };
    expect(bodyMask(plain, 20).threshold).toBe(20);
    expect(() => bodyMask({ geometry, values: new Float64Array(64 * 64 * 8) })).toThrow('REGION.EMPTY');
  });
});

describe('growRegion', () => {
  const geometry = grid([40, 40, 16], [1, 1, 2]);
  const inLesion = (x: number, y: number, z: number) => (x - 18) ** 2 + (y - 20) ** 2 + (z - 16) ** 2 <= 36;
  const random = new SeededRandom(5);
  const volume: Volume = {
    geometry,
    // A lesion with a dark center, a vessel apart from it, noise.
    values: painted(geometry, (x, y, z) => {
      const necrosis = (x - 18) ** 2 + (y - 20) ** 2 + (z - 16) ** 2 <= 4;
      const vessel = x > 33 && x < 36 && y > 4 && y < 36;
      return (inLesion(x, y, z) && !necrosis ? 100 : vessel ? 110 : 10) + 6 * random.normal();
    }),
  };
  const truth = { geometry, voxels: Uint8Array.from(painted(geometry, (x, y, z) => (inLesion(x, y, z) ? 1 : 0))) };

  it('finds a lesion from a box and from a click, with its dark center, without the vessel', () => {
    const box = growRegion(volume, { box: { from: [8, 10, 3], to: [30, 31, 14] } });
    expect(compareRegions(box.mask, truth).dice).toBeGreaterThan(0.98);
    expect(box).toMatchObject({ isCut: false });
    const click = growRegion(volume, { seed: [22, 20, 8] });
    expect(compareRegions(click.mask, truth).dice).toBeGreaterThan(0.98);
    expect(click.voxelCount * 2).toBe(click.volumeMm3);
  });

  it('widens the box of a click until the lesion is inside', () => {
    expect(compareRegions(growRegion(volume, { seed: [18, 15, 8] }, { reachMm: 4 }).mask, truth).dice).toBeGreaterThan(0.95);
  });

  it('says that there is nothing, or that the place is wrong', () => {
    expect(() => growRegion(volume, { seed: [2, 2, 2] }, { reachMm: 12 })).not.toThrow('REGION.BAD_OPTION');
    expect(() => growRegion(volume, { seed: [40, 2, 2] })).toThrow('REGION.BAD_OPTION');
    expect(() => growRegion(volume, { box: { from: [1, 1, 1], to: [1, 5, 5] } })).toThrow('REGION.BAD_OPTION');
    const flat = { geometry, values: new Float64Array(volume.values.length).fill(3) };
    expect(() => growRegion(flat, { seed: [5, 5, 5] })).toThrow('REGION.EMPTY');
  });
});

describe('fuzzyTwoMeans', () => {
  it('finds two classes, and a threshold that moves with the membership', () => {
    const values = Float64Array.from({ length: 200 }, (_, at) => (at % 4 === 0 ? 50 : 10) + (at % 7) / 10);
    const half = fuzzyTwoMeans(values, 0.5)!;
    expect(half.means[0]).toBeCloseTo(10.3, 0);
    expect(half.means[1]).toBeCloseTo(50.3, 0);
    expect(half.threshold).toBeCloseTo((half.means[0] + half.means[1]) / 2, 9);
    // Membership at the threshold is what was asked for.
    const strict = fuzzyTwoMeans(values, 0.8)!;
    const [a, b] = strict.means;
    const v = strict.threshold;
    expect((v - a) ** 2 / ((v - a) ** 2 + (v - b) ** 2)).toBeCloseTo(0.8, 9);
    expect(fuzzyTwoMeans(Float64Array.of(2, 2), 0.5)).toBeUndefined();
    expect(fuzzyTwoMeans(Float64Array.of(NaN), 0.5)).toBeUndefined();
  });
});

function isSurface(voxels: Uint8Array, [ni, nj, nk]: Triple, [i, j, k]: Triple): boolean {
  const steps = [
    [1, 0, 0],
    [-1, 0, 0],
    [0, 1, 0],
    [0, -1, 0],
    [0, 0, 1],
    [0, 0, -1],
  ] as const;
  return steps.some(([a, b, c]) => {
    const [x, y, z] = [i + a, j + b, k + c];
    return x < 0 || y < 0 || z < 0 || x >= ni || y >= nj || z >= nk || voxels[x + ni * (y + nj * z)] === 0;
  }); // prettier-ignore
}
