/** Convex hull of points with whole coordinates. */
export interface ConvexHull {
  /** Indices of the corners among the points, ascending. */
  readonly vertices: Int32Array;
  /** Three point indices per triangle, counterclockwise seen from outside. Coplanar triangles are not merged. */
  readonly triangles: Int32Array;
}

/**
 * Convex hull by quickhull with lists of outside points: O(n log n) in the sizes met here. The coordinates must be whole and below 2^16 in
 * size: then every orientation test is computed without rounding, and coplanar points (the rule on a voxel grid) need no tolerance.
 * Source: Barber, Dobkin & Huhdanpaa 1996, doi 10.1145/235815.235821.
 * @param points three coordinates per point; the points must not all lie in one plane
 */
export function convexHull(points: Int32Array): ConvexHull {
  const builder = new HullBuilder(points);
  return builder.build();
}

/** Faces grow in parallel arrays; a face is its index. Edge e of a face runs from corner e to corner e + 1. */
class HullBuilder {
  private readonly corners: number[] = [];
  private readonly neighbors: number[] = [];
  /** Outward normal and offset: a point is outside where normal . point > offset. */
  private readonly planes: number[] = [];
  private readonly alive: boolean[] = [];
  /** First point of the list of points outside each face, -1 for none; the farthest comes first. */
  private readonly outside: number[] = [];
  private readonly farthest: number[] = [];
  /** Next point in the list that a point is in. */
  private readonly next: Int32Array;
  /** Squared distance from the first point. Among equally high points the one with the most is a corner of the face that they form. */
  private readonly spread: Float64Array;

  constructor(private readonly points: Int32Array) {
    const count = points.length / 3;
    this.next = new Int32Array(count).fill(-1);
    this.spread = new Float64Array(count);
    for (let p = 0; p < count; p++) {
      for (let axis = 0; axis < 3; axis++)
        this.spread[p] = (this.spread[p] as number) + (this.coordinate(p, axis) - this.coordinate(0, axis)) ** 2;
    }
  }

  build(): ConvexHull {
    this.startWithTetrahedron();
    for (let face = 0; face < this.alive.length; face++) {
      if (this.alive[face] && (this.outside[face] as number) >= 0) this.addPoint(face);
    }
    const triangles: number[] = [];
    this.alive.forEach((isAlive, face) => {
      if (isAlive) triangles.push(...this.corners.slice(3 * face, 3 * face + 3));
    });
    return { vertices: Int32Array.from(new Set(triangles)).sort(), triangles: Int32Array.from(triangles) };
  }

  private coordinate(point: number, axis: number): number {
    return this.points[3 * point + axis] as number;
  }

  /** Height of a point over the plane of a face, times the length of the normal. */
  private height(face: number, point: number): number {
    const { planes, points } = this;
    const f = 4 * face;
    const p = 3 * point;
    return (
      (planes[f] as number) * (points[p] as number) +
      (planes[f + 1] as number) * (points[p + 1] as number) +
      (planes[f + 2] as number) * (points[p + 2] as number) -
      (planes[f + 3] as number)
    );
  }

  private addFace(a: number, b: number, c: number): number {
    const [ax, ay, az] = [this.coordinate(a, 0), this.coordinate(a, 1), this.coordinate(a, 2)];
    const [ux, uy, uz] = [this.coordinate(b, 0) - ax, this.coordinate(b, 1) - ay, this.coordinate(b, 2) - az];
    const [vx, vy, vz] = [this.coordinate(c, 0) - ax, this.coordinate(c, 1) - ay, this.coordinate(c, 2) - az];
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    this.corners.push(a, b, c);
    this.neighbors.push(-1, -1, -1);
    this.planes.push(nx, ny, nz, nx * ax + ny * ay + nz * az);
    this.alive.push(true);
    this.outside.push(-1);
    this.farthest.push(0);
    return this.alive.length - 1;
  }

  /** Puts a point on the list of the first of some faces that it lies outside of. */
  private assign(point: number, faces: readonly number[]): void {
    for (const face of faces) {
      const height = this.height(face, point);
      if (height <= 0) continue;
      const first = this.outside[face] as number;
      const farthest = this.farthest[face] as number;
      const isNearer = height < farthest || (height === farthest && (this.spread[point] as number) <= (this.spread[first] as number));
      if (first >= 0 && isNearer) {
        this.next[point] = this.next[first] as number;
        this.next[first] = point;
      } else {
        this.next[point] = first;
        this.outside[face] = point;
        this.farthest[face] = height;
      }
      return;
    }
  }

  /** Four points that span the most along axis, line and plane, as the first hull. */
  private startWithTetrahedron(): void {
    const count = this.points.length / 3;
    const scores = new Float64Array(count);
    for (let point = 0; point < count; point++) scores[point] = -this.coordinate(point, 0);
    const a = this.best(scores);
    for (let point = 0; point < count; point++) scores[point] = this.squaredDistance(point, a);
    const b = this.best(scores);
    for (let point = 0; point < count; point++) scores[point] = this.squaredArea(a, b, point);
    const c = this.best(scores);
    const base = this.addFace(a, b, c);
    for (let point = 0; point < count; point++) scores[point] = Math.abs(this.height(base, point));
    const d = this.best(scores);
    const isAbove = this.height(base, d) > 0;
    // The base must see the fourth point below it.
    const [p, q, r] = isAbove ? [a, c, b] : [a, b, c];
    this.corners.length = this.neighbors.length = this.planes.length = this.alive.length = this.outside.length = this.farthest.length = 0;
    const faces = [this.addFace(p, q, r), this.addFace(p, d, q), this.addFace(q, d, r), this.addFace(r, d, p)];
    const table = [1, 2, 3, 3, 2, 0, 1, 3, 0, 2, 1, 0];
    table.forEach((neighbor, edge) => (this.neighbors[edge] = neighbor));
    for (let point = 0; point < count; point++) this.assign(point, faces);
  }

  /** The point with the highest score; of several the one that is spread the most. */
  private best(scores: Float64Array): number {
    const { spread } = this;
    let found = 0;
    for (let point = 1; point < scores.length; point++) {
      const [own, highest] = [scores[point] as number, scores[found] as number];
      if (own > highest || (own === highest && (spread[point] as number) > (spread[found] as number))) found = point;
    }
    return found;
  }

  private squaredDistance(p: number, q: number): number {
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) sum += (this.coordinate(p, axis) - this.coordinate(q, axis)) ** 2;
    return sum;
  }

  private squaredArea(a: number, b: number, c: number): number {
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) {
      const [y, z] = [(axis + 1) % 3, (axis + 2) % 3];
      const [uy, uz] = [this.coordinate(b, y) - this.coordinate(a, y), this.coordinate(b, z) - this.coordinate(a, z)];
      const [vy, vz] = [this.coordinate(c, y) - this.coordinate(a, y), this.coordinate(c, z) - this.coordinate(a, z)];
      sum += (uy * vz - uz * vy) ** 2;
    }
    return sum;
  }

  /** Adds the farthest point outside a face: removes all faces that see it and closes the hole with faces to it. */
  private addPoint(seed: number): void {
    const eye = this.outside[seed] as number;
    const visible: number[] = [];
    const horizon = this.horizonFrom(seed, eye, visible);
    const created = horizon.map(({ face, edge }) => {
      // The hidden neighbor holds the edge the other way round.
      const from = this.corners[3 * face + ((edge + 1) % 3)] as number;
      const to = this.corners[3 * face + edge] as number;
      const fresh = this.addFace(from, to, eye);
      this.neighbors[3 * fresh] = face;
      this.neighbors[3 * face + edge] = fresh;
      return fresh;
    });
    this.linkFan(created);
    for (const face of visible) {
      let point = this.outside[face] as number;
      while (point >= 0) {
        const after = this.next[point] as number;
        if (point !== eye) this.assign(point, created);
        point = after;
      }
    }
  }

  /** Joins new faces that share the edges from the horizon's corners to the new point. */
  private linkFan(created: readonly number[]): void {
    const byFirst = new Map(created.map((face) => [this.corners[3 * face] as number, face]));
    for (const face of created) {
      // Edge 1 runs from this face's second corner to the new point; the next face begins at that corner and ends with edge 2.
      const following = byFirst.get(this.corners[3 * face + 1] as number) as number;
      this.neighbors[3 * face + 1] = following;
      this.neighbors[3 * following + 2] = face;
    }
  }

  /** Marks the faces that see a point as gone, and finds the hidden faces around them with the edges they share. */
  private horizonFrom(seed: number, eye: number, visible: number[]): { face: number; edge: number }[] {
    const horizon: { face: number; edge: number }[] = [];
    const pending = [seed];
    this.alive[seed] = false;
    while (pending.length > 0) {
      const face = pending.pop() as number;
      visible.push(face);
      for (let edge = 0; edge < 3; edge++) {
        const other = this.neighbors[3 * face + edge] as number;
        if (!this.alive[other]) continue;
        if (this.height(other, eye) > 0) {
          this.alive[other] = false;
          pending.push(other);
        } else {
          horizon.push({ face: other, edge: this.edgeTo(other, face) });
        }
      }
    }
    return horizon;
  }

  /** The edge of a face beyond which another lies. */
  private edgeTo(face: number, other: number): number {
    for (let edge = 0; edge < 3; edge++) if (this.neighbors[3 * face + edge] === other) return edge;
    throw new Error('hull faces are not linked');
  }
}

/** Volume and area of a hull whose points are multiplied by a scale along each axis. */
export function hullSize(points: Int32Array, hull: ConvexHull, scale: readonly [number, number, number]): { volume: number; area: number } {
  const [si, sj, sk] = scale;
  let determinant = 0;
  let area = 0;
  const { triangles } = hull;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * (triangles[t] as number), 3 * (triangles[t + 1] as number), 3 * (triangles[t + 2] as number)];
    const edge = (p: number, axis: number) => (points[p + axis] as number) - (points[a + axis] as number);
    const nx = edge(b, 1) * edge(c, 2) - edge(b, 2) * edge(c, 1);
    const ny = edge(b, 2) * edge(c, 0) - edge(b, 0) * edge(c, 2);
    const nz = edge(b, 0) * edge(c, 1) - edge(b, 1) * edge(c, 0);
    determinant += nx * (points[a] as number) + ny * (points[a + 1] as number) + nz * (points[a + 2] as number);
    area += Math.sqrt((nx * sj * sk) ** 2 + (ny * si * sk) ** 2 + (nz * si * sj) ** 2) / 2;
  }
  return { volume: (determinant / 6) * si * sj * sk, area };
}
