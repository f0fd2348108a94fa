/** A vector or point. */
type Vector = readonly [number, number, number];

/** Edge lengths of a box. */
export type BoxSize = readonly [number, number, number];

/** Facets whose directions are ranked, by area; how many of those get a box; and how many boxes are followed to a local optimum. */
const mostDirections = 512;
const mostTried = 32;
const mostFollowed = 4;

/**
 * Size of the smallest box around a convex polyhedron that the search finds. Boxes with one side flush with a facet are tried for the
 * facets of largest area, then the most promising are turned about each of their axes in turn to the smallest rectangle of the projection
 * along it, until no turn helps. Turning about one axis is exact; the search over directions is a heuristic, as IBSI allows (it gives no
 * reference value). Source: Chan & Tan 2001, doi 10.1016/S0045-7949(01)00046-3; Freeman & Shapira 1975, doi 10.1145/360881.360919, for
 * the rectangle.
 * @param points corners of the polyhedron, three coordinates each
 * @param triangles its facets as indices of points
 */
export function orientedBox(points: Float64Array, triangles: Int32Array): BoxSize {
  const solid: Polyhedron = { points, triangles, normals: normalsOf(points, triangles), sides: new Uint8Array(points.length / 3) };
  const facets = facetDirections(solid);
  const directions: Vector[] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], ...facets.slice(0, mostDirections).map(({ normal }) => normal)];
  const bounds = boundsOf(directions, points, facets);
  const tried = bounds
    .sort(byBound)
    .slice(0, mostTried)
    .map(({ normal }) => smallestAbout(solid, normal))
    .sort((a, b) => volumeOf(a.size) - volumeOf(b.size));
  const followed = tried.slice(0, mostFollowed).map((box) => descend(solid, box));
  return followed.reduce((best, size) => (volumeOf(size) < volumeOf(best) ? size : best));
}

/** A direction and a bound on the volume of the boxes with a side across it. */
interface BoundedDirection {
  readonly normal: Vector;
  readonly bound: number;
}

function boundsOf(directions: readonly Vector[], points: Float64Array, facets: readonly FacetDirection[]): BoundedDirection[] {
  const bounds: BoundedDirection[] = [];
  for (const normal of directions) bounds.push({ normal, bound: widthAlong(points, normal) * shadowArea(facets, normal) });
  return bounds;
}

// What sorts is a function of the module: an engine throws away what it compiled for a closure when the closure is gone.
const byBound = (a: BoundedDirection, b: BoundedDirection) => a.bound - b.bound;
const byArea = (a: FacetDirection, b: FacetDirection) => b.area - a.area;

/** A convex polyhedron: corners, facets as corners, normals of the facets, and room for marks of the corners. */
interface Polyhedron {
  readonly points: Float64Array;
  readonly triangles: Int32Array;
  readonly normals: Float64Array;
  readonly sides: Uint8Array;
}

/** Unit normals of triangles, three numbers each. */
function normalsOf(points: Float64Array, triangles: Int32Array): Float64Array {
  const normals = new Float64Array(triangles.length);
  for (let t = 0; t < triangles.length; t += 3) {
    normals.set(unit(doubledArea(points, triangles, t)), t);
  }
  return normals;
}

/** The normal of a triangle, as long as twice its area. */
function doubledArea(points: Float64Array, triangles: Int32Array, t: number): Vector {
  const a = pointAt(points, triangles[t] as number);
  const b = pointAt(points, triangles[t + 1] as number);
  const c = pointAt(points, triangles[t + 2] as number);
  return cross([b[0] - a[0], b[1] - a[1], b[2] - a[2]], [c[0] - a[0], c[1] - a[1], c[2] - a[2]]);
}

const volumeOf = ([a, b, c]: BoxSize) => a * b * c;
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const pointAt = (points: Float64Array, p: number): Vector => [
  points[3 * p] as number,
  points[3 * p + 1] as number,
  points[3 * p + 2] as number,
];

/** A box: its edges and the directions of the second and third edge (the first is the axis that it was made about). */
interface OrientedBox {
  readonly size: BoxSize;
  readonly axes: readonly [Vector, Vector];
}

/** Turns a box about its axes until its volume no longer falls. */
function descend(solid: Polyhedron, start: OrientedBox): BoxSize {
  let box = start;
  for (let round = 0; round < 20; round++) {
    const [a, b] = box.axes.map((axis) => smallestAbout(solid, axis)) as [OrientedBox, OrientedBox];
    const next = volumeOf(b.size) < volumeOf(a.size) ? b : a;
    if (!(volumeOf(next.size) < volumeOf(box.size) * (1 - 1e-12))) break;
    box = next;
  }
  return box.size;
}

/** The smallest box with one axis given, and its other two axes. */
function smallestAbout(solid: Polyhedron, axis: Vector): OrientedBox {
  const helper: Vector = Math.abs(axis[0]) < 0.6 ? [1, 0, 0] : [0, 1, 0];
  const u = unit(cross(axis, helper));
  const v = cross(axis, u);
  const outline = planarHull(solid.points, outlinePoints(solid, axis), u, v);
  const { width, height, angle } = smallestRectangle(outline);
  const [c, s] = angle;
  const first: Vector = [c * u[0] + s * v[0], c * u[1] + s * v[1], c * u[2] + s * v[2]];
  return { size: [widthAlong(solid.points, axis), width, height], axes: [first, cross(axis, first)] };
}

function unit(a: Vector): Vector {
  const length = Math.sqrt(dot(a, a));
  return [a[0] / length, a[1] / length, a[2] / length];
}

function widthAlong(points: Float64Array, axis: Vector): number {
  let low = Infinity;
  let high = -Infinity;
  for (let p = 0; p < points.length; p += 3) {
    const place = axis[0] * (points[p] as number) + axis[1] * (points[p + 1] as number) + axis[2] * (points[p + 2] as number);
    if (place < low) low = place;
    if (place > high) high = place;
  }
  return high - low;
}

/** A direction of facets and their total area. */
interface FacetDirection {
  readonly normal: Vector;
  area: number;
}

/** Directions that differ by less than this are one. */
const sameDirection = 1e-7;
const directionPlace = (x: number) => Math.round((x + 1) / sameDirection);

/** Directions of the facets (opposite ones are one), largest area first. */
function facetDirections({ points, triangles, normals }: Polyhedron): FacetDirection[] {
  const found = new Map<number, FacetDirection>();
  for (let t = 0; t < triangles.length; t += 3) {
    const normal = pointAt(normals, t / 3);
    const doubled = doubledArea(points, triangles, t);
    const area = Math.sqrt(dot(doubled, doubled)) / 2;
    // The first coordinate that is not 0 is made positive.
    const leading = Math.abs(normal[0]) > 1e-9 ? normal[0] : Math.abs(normal[1]) > 1e-9 ? normal[1] : normal[2];
    const sign = leading < 0 ? -1 : 1;
    const direction: Vector = [sign * normal[0], sign * normal[1], sign * normal[2]];
    // Two coordinates of a unit vector and the sign of the third, in one number.
    const key = 2 * (directionPlace(direction[0]) * 2 ** 25 + directionPlace(direction[1])) + (direction[2] < 0 ? 1 : 0);
    const known = found.get(key);
    if (known) known.area += area;
    else found.set(key, { normal: direction, area });
  }
  return [...found.values()].sort(byArea);
}

/** Area of the projection along a direction (Cauchy): half the sum of the projected facets. */
function shadowArea(facets: readonly FacetDirection[], direction: Vector): number {
  let sum = 0;
  for (const { normal, area } of facets) sum += area * Math.abs(dot(normal, direction));
  return sum / 2;
}

/** Facets seen at less than this sine count for both sides. */
const edgeOn = 1e-9;

/**
 * The corners that can lie on the outline of a polyhedron seen along an axis: those between facets that face forward and facets that face
 * backward. Far fewer than all corners.
 */
function outlinePoints({ triangles, normals, sides }: Polyhedron, axis: Vector): Int32Array {
  sides.fill(0);
  for (let t = 0; t < triangles.length; t += 3) {
    const facing = axis[0] * (normals[t] as number) + axis[1] * (normals[t + 1] as number) + axis[2] * (normals[t + 2] as number);
    const side = facing > edgeOn ? 1 : facing < -edgeOn ? 2 : 3;
    for (let corner = t; corner < t + 3; corner++) {
      const point = triangles[corner] as number;
      sides[point] = (sides[point] as number) | side;
    }
  }
  const found: number[] = [];
  for (let point = 0; point < sides.length; point++) if (sides[point] === 3) found.push(point);
  return Int32Array.from(found);
}

/** Corners of the convex hull of some points projected on a plane, counterclockwise (Andrew's monotone chain). */
function planarHull(points: Float64Array, some: Int32Array, u: Vector, v: Vector): Float64Array {
  const count = some.length;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const at = 3 * (some[p] as number);
    const [a, b, c] = [points[at] as number, points[at + 1] as number, points[at + 2] as number];
    x[p] = u[0] * a + u[1] * b + u[2] * c;
    y[p] = v[0] * a + v[1] * b + v[2] * c;
  }
  const order = sortedByPlace(x, y);
  const chain = new Int32Array(2 * count + 1);
  let length = 0;
  // Forth along the lower side, then back along the upper one.
  for (let step = 0, floor = 1; step < 2 * count - 1; step++) {
    if (step === count) floor = length;
    const p = order[step < count ? step : 2 * count - 2 - step] as number;
    while (length > floor && !turnsLeft(x, y, chain[length - 2] as number, chain[length - 1] as number, p)) length--;
    chain[length++] = p;
  }
  const corners = new Float64Array(2 * Math.max(0, length - 1));
  for (let c = 0; c < length - 1; c++) {
    corners[2 * c] = x[chain[c] as number] as number;
    corners[2 * c + 1] = y[chain[c] as number] as number;
  }
  return corners;
}

/** True if the way over three points turns left at the second. */
function turnsLeft(x: Float64Array, y: Float64Array, a: number, b: number, c: number): boolean {
  return (
    ((x[b] as number) - (x[a] as number)) * ((y[c] as number) - (y[a] as number)) >
    ((y[b] as number) - (y[a] as number)) * ((x[c] as number) - (x[a] as number))
  );
}

/** Points in the order of x, then y, by merging runs of growing length. */
function sortedByPlace(x: Float64Array, y: Float64Array): Int32Array {
  const count = x.length;
  let order = new Int32Array(count);
  let merged = new Int32Array(count);
  for (let p = 0; p < count; p++) order[p] = p;
  for (let run = 1; run < count; run *= 2) {
    for (let start = 0; start < count; start += 2 * run) {
      const [middle, end] = [Math.min(start + run, count), Math.min(start + 2 * run, count)];
      for (let a = start, b = middle, at = start; at < end; at++) {
        const fromSecond = a === middle || (b < end && isBefore(x, y, order[b] as number, order[a] as number));
        merged[at] = order[fromSecond ? b++ : a++] as number;
      }
    }
    [order, merged] = [merged, order];
  }
  return order;
}

function isBefore(x: Float64Array, y: Float64Array, p: number, q: number): boolean {
  const [a, b] = [x[p] as number, x[q] as number];
  return a < b || (a === b && (y[p] as number) < (y[q] as number));
}

/**
 * The smallest rectangle around a convex polygon has a side along one of its edges. For each edge all corners are measured: outlines are
 * short, and calipers that walk from corner to corner stop early where corners nearly coincide.
 */
function smallestRectangle(outline: Float64Array): { width: number; height: number; angle: readonly [number, number] } {
  let best = { width: Infinity, height: 1, angle: [1, 0] as readonly [number, number] };
  for (let p = 0; p < outline.length; p += 2) {
    const q = (p + 2) % outline.length;
    const dx = (outline[q] as number) - (outline[p] as number);
    const dy = (outline[q + 1] as number) - (outline[p + 1] as number);
    const length = Math.sqrt(dx * dx + dy * dy);
    const [c, s] = [dx / length, dy / length];
    const width = extentAlong(outline, c, s);
    const height = extentAlong(outline, -s, c);
    if (width * height < best.width * best.height) best = { width, height, angle: [c, s] };
  }
  return best;
}

function extentAlong(outline: Float64Array, c: number, s: number): number {
  let low = Infinity;
  let high = -Infinity;
  for (let p = 0; p < outline.length; p += 2) {
    const place = c * (outline[p] as number) + s * (outline[p + 1] as number);
    if (place < low) low = place;
    if (place > high) high = place;
  }
  return high - low;
}
