/** A point or vector. */
export type Point = readonly [number, number, number];

const golden = (1 + Math.sqrt(5)) / 2;

/** The 12 corners of an icosahedron and its 20 faces. */
const corners: readonly Point[] = [
  [-1, golden, 0],
  [1, golden, 0],
  [-1, -golden, 0],
  [1, -golden, 0],
  [0, -1, golden],
  [0, 1, golden],
  [0, -1, -golden],
  [0, 1, -golden],
  [golden, 0, -1],
  [golden, 0, 1],
  [-golden, 0, -1],
  [-golden, 0, 1],
];

const distance = ([a, b, c]: Point, [x, y, z]: Point) => Math.sqrt((a - x) ** 2 + (b - y) ** 2 + (c - z) ** 2);
const scaled = (point: Point, length: number): Point => {
  const factor = length / distance(point, [0, 0, 0]);
  return [point[0] * factor, point[1] * factor, point[2] * factor];
};

/**
 * Points of a sphere: the corners of an icosahedron, and in each subdivision the midpoints of the edges, moved out to the radius. Without
 * subdivision the radius is 1 (as in trimesh, which PyRadiomics takes them from).
 */
export function icosphere(subdivisions: number, radius: number): readonly Point[] {
  let points: Point[] = corners.map((corner) => scaled(corner, 1));
  let faces = facesOf(points);
  for (let turn = 0; turn < subdivisions; turn++) {
    const middles = new Map<string, number>();
    const middle = (a: number, b: number) => {
      const key = a < b ? `${a}-${b}` : `${b}-${a}`;
      const known = middles.get(key);
      if (known !== undefined) return known;
      const [p, q] = [points[a] as Point, points[b] as Point];
      middles.set(key, points.length);
      return points.push([(p[0] + q[0]) / 2, (p[1] + q[1]) / 2, (p[2] + q[2]) / 2]) - 1;
    };
    faces = faces.flatMap(([a, b, c]) => {
      const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
      return [
        [a, ab, ca],
        [ab, b, bc],
        [ca, bc, c],
        [ab, bc, ca],
      ] as [number, number, number][];
    });
    points = points.map((point) => scaled(point, radius));
  }
  return points;
}

/** Triples of corners at the distance of an edge. */
function facesOf(points: readonly Point[]): [number, number, number][] {
  const edge = Math.min(...points.slice(1).map((point) => distance(point, points[0] as Point)));
  const isEdge = (a: number, b: number) => Math.abs(distance(points[a] as Point, points[b] as Point) - edge) < 1e-9;
  const faces: [number, number, number][] = [];
  for (let a = 0; a < points.length; a++)
    for (let b = a + 1; b < points.length; b++)
      for (let c = b + 1; c < points.length; c++) if (isEdge(a, b) && isEdge(b, c) && isEdge(a, c)) faces.push([a, b, c]);
  return faces;
}
