import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convexHull, hullSize } from './convex-hull.js';
import { cubeCases } from './cube-cases.js';
import { farthestPair } from './farthest-pair.js';
import { measureMesh } from './mesh.js';
import { outerVertices } from './outer-vertices.js';
import { eigen3, voxelMoments } from './principal-axes.js';
import type { Symmetric3 } from './principal-axes.js';

type Triple = [number, number, number];
interface Mask {
  readonly dimensions: Triple;
  readonly voxels: Uint8Array;
}
const masks: fc.Arbitrary<Mask> = fc
  .record({
    dimensions: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 })),
    picks: fc.infiniteStream(fc.boolean()),
  })
  .map(({ dimensions, picks }) => {
    const voxels = Uint8Array.from({ length: dimensions[0] * dimensions[1] * dimensions[2] }, () => (picks.next().value ? 1 : 0));
    voxels[0] = 1;
    return { dimensions, voxels };
  });
const spacings = fc.tuple(
  ...([0, 1, 2].map(() => fc.double({ min: 0.2, max: 7, noNaN: true })) as [
    fc.Arbitrary<number>,
    fc.Arbitrary<number>,
    fc.Arbitrary<number>,
  ]),
);

/** A ball of voxels. */
function ball(radius: number): Mask {
  const n = Math.ceil(2 * radius) + 1;
  const c = (n - 1) / 2;
  const voxels = Uint8Array.from({ length: n ** 3 }, (_, v) =>
    ((v % n) - c) ** 2 + ((Math.floor(v / n) % n) - c) ** 2 + (Math.floor(v / (n * n)) - c) ** 2 <= radius * radius ? 1 : 0,
  );
  return { dimensions: [n, n, n], voxels };
}

/** The mesh as triangles, made cube by cube from the cases' own normals: the slow twin of the sums. */
function slowMesh({ dimensions: [ni, nj, nk], voxels }: Mask, [si, sj, sk]: Triple): { volume: number; area: number } {
  const corners = [
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 1],
    [1, 1, 1],
    [0, 1, 1],
  ] as const;
  const inside = (i: number, j: number, k: number) =>
    i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk ? 0 : (voxels[i + ni * (j + nj * k)] as number);
  let flux = 0;
  let area = 0;
  for (let k = -1; k < nk; k++)
    for (let j = -1; j < nj; j++)
      for (let i = -1; i < ni; i++) {
        const cubeCase = corners.reduce((bits, [x, y, z], c) => bits | (inside(i + x, j + y, k + z) << c), 0);
        const { normals, determinant, normalSum } = cubeCases('closed')[cubeCase]!;
        for (let t = 0; t < normals.length; t += 3)
          area += Math.hypot((normals[t]! * sj * sk) / 4, (normals[t + 1]! * si * sk) / 4, (normals[t + 2]! * si * sj) / 4) / 2;
        flux += determinant + 2 * (i * normalSum[0] + j * normalSum[1] + k * normalSum[2]);
      }
  return { volume: (flux / 48) * si * sj * sk, area };
}

describe('marching cubes', () => {
  it('has no triangle for an empty and a full cube, at most five for the others, and none of zero area', () => {
    cubeCases('closed').forEach(({ normals }, cubeCase) => {
      const isPlain = cubeCase === 0 || cubeCase === 255;
      expect(normals.length / 3).toBeGreaterThanOrEqual(isPlain ? 0 : 1);
      expect(normals.length / 3).toBeLessThanOrEqual(isPlain ? 0 : 5);
      for (let t = 0; t < normals.length; t += 3) expect(Math.hypot(...normals.subarray(t, t + 3))).toBeGreaterThan(0);
    });
  });

  it('turned cases have turned normals: rotation about k by 90 degrees', () => {
    const turned = [1, 2, 3, 0, 5, 6, 7, 4];
    for (let cubeCase = 0; cubeCase < 256; cubeCase++) {
      const other = turned.reduce((bits, to, from) => bits | (((cubeCase >> from) & 1) << to), 0);
      const [x, y, z] = cubeCases('closed')[cubeCase]!.normalSum;
      expect([...cubeCases('closed')[other]!.normalSum].map((n) => n + 0)).toEqual([-y, x, z].map((n) => n + 0));
    }
  });

  it('a mesh is closed, so its volume does not depend on where the region lies; the sums equal the slow twin', () => {
    fc.assert(
      fc.property(masks, spacings, fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), (mask, spacing, shift) => {
        const measured = measureMesh(mask.voxels, mask.dimensions, spacing);
        const [ni, nj] = mask.dimensions;
        const moved: Mask = { dimensions: mask.dimensions.map((n, axis) => n + shift[axis]! + 2) as Triple, voxels: new Uint8Array(0) };
        const [mi, mj, mk] = moved.dimensions;
        const voxels = new Uint8Array(mi * mj * mk);
        mask.voxels.forEach((x, v) => {
          const [i, j, k] = [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))];
          voxels[i + shift[0] + mi * (j + shift[1] + mj * (k + shift[2]))] = x;
        });
        const elsewhere = measureMesh(voxels, moved.dimensions, spacing);
        // Volumes are whole multiples of a 48th of a voxel, so equal to the bit; the area adds up in the same order.
        expect(elsewhere).toEqual(measured);
        const slow = slowMesh(mask, spacing);
        expect(measured.volumeMm3 / slow.volume).toBeCloseTo(1, 12);
        expect(measured.areaMm2 / slow.area).toBeCloseTo(1, 12);
      }),
    );
  });

  it('a voxel is an octahedron of a sixth of its volume; a box of n voxels loses edges and corners only', () => {
    expect(measureMesh(Uint8Array.of(1), [1, 1, 1], [2, 3, 5]).volumeMm3).toBeCloseTo(30 / 6, 12);
    expect(measureMesh(Uint8Array.of(1), [1, 1, 1], [1, 1, 1]).areaMm2).toBeCloseTo(Math.sqrt(3), 12);
    // Every edge of length n - 1 loses a prism of half a quarter voxel, every corner a bit more.
    const n = 9;
    const volume = measureMesh(new Uint8Array(n ** 3).fill(1), [n, n, n], [1, 1, 1]).volumeMm3;
    expect(n ** 3 - volume).toBeCloseTo((12 * (n - 1)) / 8 + 8 * (1 / 8 - 1 / 48), 9);
  });

  it('approaches the sphere', () => {
    const radius = 20;
    const { volumeMm3, areaMm2 } = measureMesh(ball(radius).voxels, ball(radius).dimensions, [1, 1, 1]);
    expect(volumeMm3 / ((4 / 3) * Math.PI * radius ** 3)).toBeCloseTo(1, 2);
    // Staircases keep some extra area at any resolution: marching cubes on a binary ball overestimate by about 9 %.
    expect(areaMm2 / (4 * Math.PI * radius ** 2)).toBeGreaterThan(1.05);
    expect(areaMm2 / (4 * Math.PI * radius ** 2)).toBeLessThan(1.12);
  });

  it('mirrored cases are those of the complement with the triangles turned over', () => {
    for (let cubeCase = 0; cubeCase < 256; cubeCase++) {
      const [a, b] = [cubeCases('mirrored')[cubeCase]!, cubeCases('mirrored')[255 - cubeCase]!];
      expect(a.normalSum.map((n) => n + 0)).toEqual(b.normalSum.map((n) => -n + 0));
      expect(a.determinant + b.determinant).toBe(0);
    }
    const differing = [...Array(256).keys()].filter(
      (c) => cubeCases('mirrored')[c]!.normals.length !== cubeCases('mirroredEarly')[c]!.normals.length,
    );
    expect(differing).toEqual([62, 193]);
  });
});

describe('convexHull', () => {
  const points = fc
    .array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })), {
      minLength: 1,
      maxLength: 40,
    })
    .map((list) => Int32Array.from([...list, [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]].flat()));

  it('holds all points, is convex and closed, and has Euler characteristic 2', () => {
    fc.assert(
      fc.property(points, (cloud) => {
        const { vertices, triangles } = convexHull(cloud);
        const edges = new Set<string>();
        for (let t = 0; t < triangles.length; t += 3) {
          const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
          const at = (p: number) => [...cloud.subarray(3 * p, 3 * p + 3)] as Triple;
          const [u, v] = [b, c].map((p) => at(p).map((x, axis) => x - at(a)[axis]!)) as [Triple, Triple];
          const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
          expect(normal.some((x) => x !== 0)).toBe(true);
          for (let p = 0; p < cloud.length / 3; p++) {
            const height = normal.reduce((sum, x, axis) => sum + x * (at(p)[axis]! - at(a)[axis]!), 0);
            expect(height).toBeLessThanOrEqual(0);
          }
          for (const edge of [`${a} ${b}`, `${b} ${c}`, `${c} ${a}`]) {
            expect(edges.has(edge)).toBe(false);
            edges.add(edge);
          }
        }
        for (const edge of edges) expect(edges.has(edge.split(' ').reverse().join(' '))).toBe(true);
        expect(vertices.length - edges.size / 2 + triangles.length / 3).toBe(2);
      }),
    );
  });

  it('measures a box, scaled along its axes', () => {
    const box = Int32Array.from([0, 1].flatMap((x) => [0, 2].flatMap((y) => [0, 3].flatMap((z) => [x, y, z]))));
    const { volume, area } = hullSize(box, convexHull(box), [2, 3, 5]);
    expect(volume).toBeCloseTo(2 * 6 * 15, 12);
    expect(area).toBeCloseTo(2 * (2 * 6 + 2 * 15 + 6 * 15), 12);
  });

  it('of the outer mesh vertices is the hull of all mesh vertices', () => {
    fc.assert(
      fc.property(masks, ({ dimensions, voxels }) => {
        const [ni, nj, nk] = dimensions;
        const all: number[] = [];
        voxels.forEach((inside, v) => {
          if (inside === 0) return;
          const place = [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))];
          for (const axis of [0, 1, 2]) {
            for (const step of [-1, 1]) {
              const [i, j, k] = place.map((x, a) => x + (a === axis ? step : 0)) as Triple;
              const isInside = i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk && voxels[i + ni * (j + nj * k)] === 1;
              if (!isInside) all.push(...place.map((x, a) => 2 * x + (a === axis ? step : 0)));
            }
          }
        });
        const outer = outerVertices(voxels, dimensions);
        const [few, many] = [outer, Int32Array.from(all)].map((cloud) => hullSize(cloud, convexHull(cloud), [1, 1, 1]));
        expect(few!.volume).toBe(many!.volume);
        expect(few!.area / many!.area).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe('farthestPair', () => {
  it('equals the comparison of all pairs', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 120 }), fc.boolean(), (seed, count, onSphere) => {
        const random = new SeededRandom(seed);
        const points = Float64Array.from(
          Array.from({ length: count }, () => {
            const p = [random.normal(), random.normal(), random.normal()];
            return onSphere ? p.map((x) => x / Math.hypot(...p)) : p;
          }).flat(),
        );
        let best = 0;
        for (let p = 0; p < count; p++) {
          for (let q = 0; q < p; q++) {
            const [x, y, z] = [0, 1, 2].map((axis) => points[3 * p + axis]! - points[3 * q + axis]!) as Triple;
            best = Math.max(best, Math.sqrt(x * x + y * y + z * z));
          }
        }
        expect(farthestPair(points)).toBeCloseTo(best, 12);
      }),
    );
  });
});

describe('principal axes', () => {
  it('eigen3 rebuilds its matrix from orthonormal vectors and ordered values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 6, maxLength: 6 }), (list) => {
        const [xx, xy, xz, yy, yz, zz] = list as unknown as Symmetric3;
        const { values, vectors } = eigen3([xx, xy, xz, yy, yz, zz]);
        expect([...values].sort((a, b) => b - a)).toEqual([...values]);
        [xx, xy, xz, xy, yy, yz, xz, yz, zz].forEach((element, at) => {
          const [r, c] = [Math.floor(at / 3), at % 3];
          expect(values.reduce((sum, value, v) => sum + value * vectors[v]![r as 0] * vectors[v]![c as 0], 0)).toBeCloseTo(element, 9);
        });
      }),
    );
  });

  it('voxelMoments equals the two-pass covariance with N - 1, and is exactly flat for flat regions', () => {
    fc.assert(
      fc.property(masks, spacings, ({ dimensions: [ni, nj, nk], voxels }, spacing) => {
        const places: Triple[] = [];
        voxels.forEach((inside, v) => {
          if (inside === 1)
            places.push([(v % ni) * spacing[0], (Math.floor(v / ni) % nj) * spacing[1], Math.floor(v / (ni * nj)) * spacing[2]]);
        });
        const center = [0, 1, 2].map((axis) => places.reduce((sum, place) => sum + place[axis]!, 0) / places.length);
        const moments = voxelMoments(voxels, [ni, nj, nk], spacing);
        expect(moments.count).toBe(places.length);
        moments.centerMm.forEach((x, axis) => expect(x).toBeCloseTo(center[axis]!, 9));
        expect(moments.variancesMm2 === null).toBe(places.length === 1);
        if (places.length === 1) return;
        const covariance = [
          [0, 0],
          [0, 1],
          [0, 2],
          [1, 1],
          [1, 2],
          [2, 2],
        ].map(([p, q]) => places.reduce((sum, x) => sum + (x[p!]! - center[p!]!) * (x[q!]! - center[q!]!), 0) / (places.length - 1));
        eigen3(covariance as unknown as Symmetric3).values.forEach((value, axis) =>
          expect(moments.variancesMm2![axis as 0]).toBeCloseTo(value, 8),
        );
        if (nk === 1) expect(moments.variancesMm2![2]).toBe(0);
      }),
    );
  });
});
