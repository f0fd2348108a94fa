/** A corner of the unit cube, or twice the midpoint of an edge. */
type Point = readonly [number, number, number];

/** Corners of a cube; corner c is bit c of a case. */
const corners: readonly Point[] = [
  [0, 0, 0],
  [1, 0, 0],
  [1, 1, 0],
  [0, 1, 0],
  [0, 0, 1],
  [1, 0, 1],
  [1, 1, 1],
  [0, 1, 1],
];
/** Corners of each face, counterclockwise seen from outside. */
const faces: readonly (readonly number[])[] = [
  [0, 3, 2, 1],
  [4, 5, 6, 7],
  [0, 1, 5, 4],
  [1, 2, 6, 5],
  [2, 3, 7, 6],
  [3, 0, 4, 7],
];

/** Twice the midpoint of the edge between two corners: whole numbers, unlike the midpoint. */
function doubledMidpoint(a: number, b: number): Point {
  const [p, q] = [corners[a] as Point, corners[b] as Point];
  return [p[0] + q[0], p[1] + q[1], p[2] + q[2]];
}

/**
 * Closed lines that the surface leaves on a cube's faces. Around every run of inside corners of a face goes one segment, so inside corners
 * that face each other across a diagonal stay apart. Neighboring cubes see the same face and draw the same segments the other way, so the
 * surface closes.
 */
function outlines(cubeCase: number): Point[][] {
  const inside = (corner: number | undefined) => ((cubeCase >> (corner as number)) & 1) === 1;
  const next = new Map<string, Point>();
  for (const face of faces) {
    for (let s = 0; s < 4; s++) {
      if (!inside(face[s]) || inside(face[(s + 3) % 4])) continue;
      let end = s;
      while (inside(face[(end + 1) % 4])) end = (end + 1) % 4;
      const leave = doubledMidpoint(face[end] as number, face[(end + 1) % 4] as number);
      const enter = doubledMidpoint(face[(s + 3) % 4] as number, face[s] as number);
      next.set(enter.join(), leave);
    }
  }
  const loops: Point[][] = [];
  for (const start of [...next.keys()].sort()) {
    const loop: Point[] = [];
    for (let at = next.get(start); at && next.has(at.join());) {
      loop.push(at);
      const key = at.join();
      at = next.get(key);
      next.delete(key);
    }
    if (loop.length > 0) loops.push(loop);
  }
  return loops;
}

/** Cross product of the edges from a to b and to c. */
function normalOf([a, b, c]: readonly Point[]): Point {
  const [p, q, r] = [a as Point, b as Point, c as Point];
  const u = [q[0] - p[0], q[1] - p[1], q[2] - p[2]] as const;
  const v = [r[0] - p[0], r[1] - p[1], r[2] - p[2]] as const;
  return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
}

const areaOf = (triangles: readonly Point[][]) =>
  triangles.reduce((sum, t) => sum + Math.sqrt(normalOf(t).reduce((s, x) => s + x * x, 0)), 0);

/**
 * Cuts a loop into triangles that share one vertex: up to six sides the fan of the largest area on the unit cube, with seven sides the
 * only fan that is its own mirror image (the one whose area no other fan has). These are the triangles of the classic case table
 * (Lorensen & Cline 1987, doi 10.1145/37402.37422, as tabulated by Bourke 1994).
 */
function cut(loop: readonly Point[]): Point[][] {
  const fans = loop.map((apex, first) => {
    const rest = [...loop.slice(first + 1), ...loop.slice(0, first)];
    const triangles = rest.slice(1).map((point, s) => [apex, rest[s] as Point, point]);
    return { triangles, area: areaOf(triangles) };
  });
  const isAlone = ({ area }: { area: number }) => fans.filter((other) => Math.abs(other.area - area) < 1e-9).length === 1;
  const chosen = loop.length === 7 ? fans.find(isAlone) : fans.reduce((best, fan) => (fan.area > best.area + 1e-9 ? fan : best));
  return (chosen as { triangles: Point[][] }).triangles;
}

/** What a marching cube adds to a mesh, in coordinates doubled so that all are whole. */
export interface CubeCase {
  /** Cross product of two edges of each triangle: pointing out of the region, twice the area long. Three numbers per triangle. */
  readonly normals: Int32Array;
  /** Sum over the triangles of the determinant of their corners, the cube's first corner being the origin. */
  readonly determinant: number;
  /** Sum of {@link normals}. */
  readonly normalSum: Point;
}

function describe(triangles: readonly Point[][]): CubeCase {
  const normals = triangles.flatMap(normalOf);
  const sum = (axis: number) => normals.filter((_, n) => n % 3 === axis).reduce((total, x) => total + x, 0);
  const determinant = triangles.reduce((total, triangle, t) => {
    const [p] = triangle as [Point];
    // a . (b x c) = a . ((b - a) x (c - a))
    return total + p[0] * (normals[3 * t] as number) + p[1] * (normals[3 * t + 1] as number) + p[2] * (normals[3 * t + 2] as number);
  }, 0);
  return { normals: Int32Array.from(normals), determinant, normalSum: [sum(0), sum(1), sum(2)] };
}

/**
 * How the surface runs through a face with inside corners on one diagonal.
 * - `closed`: always around each inside corner, which makes a closed mesh.
 * - `mirrored`: a case and its complement have the same triangles (PyRadiomics 3), which may leave gaps between neighbors.
 * - `mirroredEarly`: the same without one triangle of case 62 and its complement, which PyRadiomics 1.3 left out; the published baseline
 *   of one case (brain1) was made with it.
 */
export type CubeConvention = 'closed' | 'mirrored' | 'mirroredEarly';

/** The triangle that {@link CubeConvention} `mirroredEarly` lacks, by its corners. */
const missingEarly = { cubeCase: 62, corners: '0,1,2;1,0,0;2,1,2' };
const isMissingEarly = (cubeCase: number, triangle: readonly Point[]) =>
  cubeCase === missingEarly.cubeCase &&
  triangle
    .map((point) => point.join())
    .sort()
    .join(';') === missingEarly.corners;

const tables = new Map<CubeConvention, readonly CubeCase[]>();

/** The 256 cases by their bits: bit c is set where corner c lies inside. */
export function cubeCases(convention: CubeConvention): readonly CubeCase[] {
  const known = tables.get(convention);
  if (known) return known;
  const table = Array.from({ length: 256 }, (_, cubeCase) => {
    const isMirrored = convention !== 'closed' && cubeCase >= 128;
    const source = isMirrored ? 255 - cubeCase : cubeCase;
    const triangles = outlines(source)
      .flatMap(cut)
      .filter((triangle) => convention !== 'mirroredEarly' || !isMissingEarly(source, triangle));
    return describe(isMirrored ? triangles.map(([a, b, c]) => [a, c, b] as Point[]) : triangles);
  });
  tables.set(convention, table);
  return table;
}
