/** Up to this many points are compared one by one. */
const leafSize = 32;

/**
 * Largest distance between two of some points. A tree of boxes is searched for pairs of boxes; a pair whose farthest corners are no
 * farther apart than the best pair so far is left out, so only points on opposite sides of the set are ever compared.
 * @param points three coordinates per point, at least one point
 * @param known a distance that is known already: smaller ones are not looked for
 * @returns the largest distance, or `known` if that is larger
 */
export function farthestPair(points: Float64Array, known = 0): number {
  const search = new FarthestSearch(points, known * known);
  const best = search.run();
  return best <= known * known ? known : Math.sqrt(best);
}

/** Boxes around ranges of the points; node 0 holds all. Each box is split in the middle of its longest side. */
class FarthestSearch {
  private readonly order: Int32Array;
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  /** Children, -1 for leaves. */
  private readonly left: number[] = [];
  private readonly right: number[] = [];
  /** Lower and upper bounds, six per node. */
  private readonly bounds: number[] = [];

  constructor(
    private readonly points: Float64Array,
    private best: number,
  ) {
    const count = points.length / 3;
    this.order = new Int32Array(count);
    for (let p = 0; p < count; p++) this.order[p] = p;
  }

  run(): number {
    this.addNode(0, this.order.length);
    if (this.squaredSpan(0, 0) <= this.best) return this.best;
    this.split(0);
    this.best = Math.max(this.best, this.squaredReach(this.farthestFrom(0)));
    this.visit(0, 0);
    return this.best;
  }

  private addNode(from: number, to: number): number {
    const { points, order, bounds } = this;
    const at = bounds.length;
    bounds.push(Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity);
    for (let p = from; p < to; p++) {
      for (let axis = 0, place = 3 * (order[p] as number); axis < 3; axis++, place++) {
        const x = points[place] as number;
        if (x < (bounds[at + axis] as number)) bounds[at + axis] = x;
        if (x > (bounds[at + 3 + axis] as number)) bounds[at + 3 + axis] = x;
      }
    }
    this.from.push(from);
    this.left.push(-1);
    this.right.push(-1);
    return this.to.push(to) - 1;
  }

  private split(node: number): void {
    const [from, to] = [this.from[node] as number, this.to[node] as number];
    if (to - from <= leafSize) return;
    const { points, order, bounds } = this;
    const width = (axis: number) => (bounds[6 * node + 3 + axis] as number) - (bounds[6 * node + axis] as number);
    const axis = width(0) >= width(1) && width(0) >= width(2) ? 0 : width(1) >= width(2) ? 1 : 2;
    // Points that are all the same are never far apart.
    if (width(axis) === 0) return;
    const middle = (bounds[6 * node + axis] as number) + width(axis) / 2;
    let end = from;
    for (let p = from; p < to; p++) {
      const point = order[p] as number;
      // The highest point is never below the middle and the lowest always is, so neither side is empty.
      if ((points[3 * point + axis] as number) >= middle) continue;
      order[p] = order[end] as number;
      order[end++] = point;
    }
    const left = (this.left[node] = this.addNode(from, end));
    const right = (this.right[node] = this.addNode(end, to));
    this.split(left);
    this.split(right);
  }

  private visit(a: number, b: number): void {
    if (this.squaredSpan(a, b) <= this.best) return;
    const opensA = (this.left[a] as number) >= 0 && ((this.left[b] as number) < 0 || this.size(a) >= this.size(b));
    if (!opensA && (this.left[b] as number) < 0) {
      this.compare(a, b);
      return;
    }
    const parent = opensA ? a : b;
    const other = opensA ? b : a;
    const [left, right] = [this.left[parent] as number, this.right[parent] as number];
    // The more promising pair first.
    const leftFirst = this.squaredSpan(left, other) >= this.squaredSpan(right, other);
    this.visit(leftFirst ? left : right, other);
    this.visit(leftFirst ? right : left, other);
  }

  private compare(a: number, b: number): void {
    const { points, order } = this;
    let best = this.best;
    for (let p = this.from[a] as number; p < (this.to[a] as number); p++) {
      const at = 3 * (order[p] as number);
      const x = points[at] as number;
      const y = points[at + 1] as number;
      const z = points[at + 2] as number;
      // Within one box every pair is met once.
      for (let q = a === b ? p + 1 : (this.from[b] as number), end = this.to[b] as number; q < end; q++) {
        const to = 3 * (order[q] as number);
        const dx = (points[to] as number) - x;
        const dy = (points[to + 1] as number) - y;
        const dz = (points[to + 2] as number) - z;
        const squared = dx * dx + dy * dy + dz * dz;
        if (squared > best) best = squared;
      }
    }
    this.best = best;
  }

  private size(node: number): number {
    return (this.to[node] as number) - (this.from[node] as number);
  }

  /** Squared distance between the farthest corners of two boxes. */
  private squaredSpan(a: number, b: number): number {
    const { bounds } = this;
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) {
      const over = (bounds[6 * a + 3 + axis] as number) - (bounds[6 * b + axis] as number);
      const under = (bounds[6 * b + 3 + axis] as number) - (bounds[6 * a + axis] as number);
      const widest = over > under ? over : under;
      sum += widest * widest;
    }
    return sum;
  }

  private squaredDistance(p: number, q: number): number {
    const { points } = this;
    const x = (points[3 * p] as number) - (points[3 * q] as number);
    const y = (points[3 * p + 1] as number) - (points[3 * q + 1] as number);
    const z = (points[3 * p + 2] as number) - (points[3 * q + 2] as number);
    return x * x + y * y + z * z;
  }

  private farthestFrom(p: number): number {
    let farthest = p;
    let best = 0;
    for (let q = 0; q < this.order.length; q++) {
      const squared = this.squaredDistance(p, q);
      if (squared > best) [farthest, best] = [q, squared];
    }
    return farthest;
  }

  private squaredReach(p: number): number {
    return this.squaredDistance(p, this.farthestFrom(p));
  }
}
