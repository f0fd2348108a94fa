import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convexHull } from './convex-hull.js';
import { ellipsoidArea, ellipsoidVolume, enclosingEllipsoid } from './ellipsoid.js';
import { orientedBox } from './oriented-box.js';
import { eigen3 } from './principal-axes.js';
import type { Symmetric3 } from './principal-axes.js';

type Triple = [number, number, number];

describe('ellipsoids', () => {
  it('has the area of a sphere, and for other axes the series that the manual prints', () => {
    expect(ellipsoidArea([3, 3, 3])).toBeCloseTo(4 * Math.PI * 9, 9);
    const legendre = (degree: number, x: number): number =>
      degree === 0
        ? 1
        : degree === 1
          ? x
          : ((2 * degree - 1) * x * legendre(degree - 1, x) - (degree - 1) * legendre(degree - 2, x)) / degree;
    const [a, b, c] = [5, 4, 2];
    const [alpha, beta] = [Math.sqrt(1 - (b * b) / (a * a)), Math.sqrt(1 - (c * c) / (a * a))];
    let sum = 0;
    for (let nu = 0; nu <= 20; nu++)
      sum += ((alpha * beta) ** nu / (1 - 4 * nu * nu)) * legendre(nu, (alpha * alpha + beta * beta) / (2 * alpha * beta));
    expect(ellipsoidArea([a, b, c])).toBeCloseTo(4 * Math.PI * a * b * sum, 9);
    // Spheroids have one eccentricity of 0, where the printed series divides by zero.
    expect(ellipsoidArea([a, a, c])).toBeCloseTo(ellipsoidArea([a, a * (1 - 1e-9), c]), 6);
  });

  it('encloses a box in the ellipsoid through its corners: semi-axes sqrt(3) times half the edges', () => {
    const corners = Float64Array.from([-1, 1].flatMap((x) => [-2, 2].flatMap((y) => [-5, 5].flatMap((z) => [x + 7, y - 3, z]))));
    enclosingEllipsoid(corners).forEach((axis, at) => expect(axis).toBeCloseTo([5, 2, 1][at]! * Math.sqrt(3), 6));
  });

  it('finds the ellipsoid that points were taken from, and turns with them', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new SeededRandom(seed);
        // Points in opposite pairs along the axes and at random on an ellipsoid: no smaller one holds the six vertices and the cloud.
        const axes = [6, 4, 3];
        const unit = () => {
          const p = [random.normal(), random.normal(), random.normal()];
          return p.map((x) => x / Math.hypot(...p));
        };
        const onSphere = [...Array.from({ length: 300 }, unit).flatMap((p) => [p, p.map((x) => -x)])];
        const points = Float64Array.from(onSphere.flatMap((p) => p.map((x, axis) => x * axes[axis]! + 10)));
        enclosingEllipsoid(points).forEach((axis, at) => expect(axis / axes[at]!).toBeCloseTo(1, 2));
        expect(ellipsoidVolume(enclosingEllipsoid(points))).toBeLessThanOrEqual(ellipsoidVolume([6, 4, 3]) * (1 + 1e-9));
      }),
      { numRuns: 15 },
    );
  });

  it('of four points is the ball around a regular tetrahedron, stretched', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new SeededRandom(seed);
        const points = Float64Array.from({ length: 12 }, () => random.normal());
        const edge = (p: number, axis: number) => points[3 * p + axis]! - points[axis]!;
        const simplex = Math.abs(
          edge(1, 0) * (edge(2, 1) * edge(3, 2) - edge(2, 2) * edge(3, 1)) -
            edge(1, 1) * (edge(2, 0) * edge(3, 2) - edge(2, 2) * edge(3, 0)) +
            edge(1, 2) * (edge(2, 0) * edge(3, 1) - edge(2, 1) * edge(3, 0)),
        );
        // A regular tetrahedron of edge 1 has the volume sqrt(2) / 12 and a circumscribed ball of radius sqrt(6) / 4; both stretch alike.
        const ratio = ((4 / 3) * Math.PI * (Math.sqrt(6) / 4) ** 3) / (Math.sqrt(2) / 12);
        if (simplex > 1e-3) expect(ellipsoidVolume(enclosingEllipsoid(points)) / (simplex / 6)).toBeCloseTo(ratio, 5);
      }),
    );
  });

  it('is not larger than any scaled ball or box-shaped ellipsoid around the points, and scales with them', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 4, max: 60 }), (seed, count) => {
        const random = new SeededRandom(seed);
        const points = Float64Array.from({ length: 3 * count }, () => random.normal());
        const volume = ellipsoidVolume(enclosingEllipsoid(points));
        const reach = Math.max(...Array.from({ length: count }, (_, p) => Math.hypot(...points.subarray(3 * p, 3 * p + 3))));
        expect(volume).toBeLessThanOrEqual(ellipsoidVolume([reach, reach, reach]) * (1 + 1e-9));
        const stretched = points.map((x, at) => x * [2, 3, 5][at % 3]! + 1);
        expect(ellipsoidVolume(enclosingEllipsoid(stretched)) / volume).toBeCloseTo(30, 5);
      }),
      { numRuns: 30 },
    );
  });
});

describe('orientedBox', () => {
  it('finds boxes that were turned', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new SeededRandom(seed);
        const axes = eigen3(Array.from({ length: 6 }, () => random.normal()) as unknown as Symmetric3).vectors;
        const edges = [2 + random.uniform(), 4 + random.uniform(), 7 + random.uniform()] as Triple;
        const corners = [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z) => [x, y, z])));
        const points = Float64Array.from(
          corners.flatMap((corner) => [0, 1, 2].map((axis) => corner.reduce((sum, x, a) => sum + x * edges[a]! * axes[a]![axis as 0], 0))),
        );
        // Facets of the cube as index triples.
        const triangles = Int32Array.from([
          0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3,
        ]);
        expect([...orientedBox(points, triangles)].sort((a, b) => a - b)).toEqual(edges.map((edge) => expect.closeTo(edge, 9)));
      }),
      { numRuns: 40 },
    );
  });

  it('is within 1 % of the best of 2,000 random boxes, and never larger than the axis-aligned one', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new SeededRandom(seed);
        const cloud = Int32Array.from({ length: 3 * 40 }, (_, at) => Math.round(random.normal() * [10, 20, 40][at % 3]!));
        const { vertices, triangles } = convexHull(cloud);
        const indexOf = new Map([...vertices].map((vertex, index) => [vertex, index]));
        const points = Float64Array.from([...vertices].flatMap((vertex) => [...cloud.subarray(3 * vertex, 3 * vertex + 3)]));
        const found = orientedBox(
          points,
          triangles.map((vertex) => indexOf.get(vertex) as number),
        ).reduce((a, b) => a * b);
        const along = (axis: readonly number[]) => {
          const places = Array.from({ length: points.length / 3 }, (_, p) => axis.reduce((sum, x, a) => sum + x * points[3 * p + a]!, 0));
          return Math.max(...places) - Math.min(...places);
        };
        const tried = Array.from(
          { length: 2000 },
          () => eigen3(Array.from({ length: 6 }, () => random.normal()) as unknown as Symmetric3).vectors,
        );
        const best = Math.min(...tried.map((axes) => axes.reduce((volume, axis) => volume * along(axis), 1)));
        expect(found).toBeLessThanOrEqual(best * 1.01);
        expect(found).toBeLessThanOrEqual(
          [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ].reduce((volume, axis) => volume * along(axis), 1) *
            (1 + 1e-9),
        );
      }),
      { numRuns: 10 },
    );
  });
});
