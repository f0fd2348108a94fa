/** Points are gathered until this many are left, then compared one by one. */
const leafSize = 16;

/**
 * Largest distance between two of some points. A tree of boxes is searched for pairs of boxes; a pair whose farthest corners are no
 * farther apart than the best pair so far is left out, so only points on opposite sides of the set are ever compared.
 * @param points three coordinates per point, at least one point
 */
export function farthestPair(points: Float64Array): number {
  const tree = buildTree(points);
  let best = squaredDistance(points, 0, farthestFrom(points, 0));
  const visit = (a: number, b: number): void => {
    if (squaredSpan(tree, a, b) <= best) return;
    const isLeafA = (tree.left[a] as number) < 0;
    const isLeafB = (tree.left[b] as number) < 0;
    if (isLeafA && isLeafB) {
      for (let p = tree.from[a] as number; p < (tree.to[a] as number); p++) {
        for (let q = tree.from[b] as number; q < (tree.to[b] as number); q++) {
          best = Math.max(best, squaredDistance(points, tree.order[p] as number, tree.order[q] as number));
        }
      }
      return;
    }
    // Open the box with more points; the more promising pair first.
    const opensA = !isLeafA && (isLeafB || size(tree, a) >= size(tree, b));
    const parent = opensA ? a : b;
    const pairs = [tree.left[parent] as number, tree.right[parent] as number].map(
      (child) => (opensA ? [child, b] : [a, child]) as [number, number],
    );
    pairs.sort((x, y) => squaredSpan(tree, ...y) - squaredSpan(tree, ...x));
    for (const [x, y] of pairs) visit(x, y);
  };
  visit(0, 0);
  return Math.sqrt(best);
}

/** Boxes around ranges of the points; node 0 holds all. */
interface BoxTree {
  readonly order: Int32Array;
  readonly from: number[];
  readonly to: number[];
  /** Children, -1 for leaves. */
  readonly left: number[];
  readonly right: number[];
  /** Lower and upper bounds, six per node. */
  readonly bounds: number[];
}

const size = (tree: BoxTree, node: number) => (tree.to[node] as number) - (tree.from[node] as number);

function buildTree(points: Float64Array): BoxTree {
  const order = Int32Array.from({ length: points.length / 3 }, (_, p) => p);
  const tree: BoxTree = { order, from: [], to: [], left: [], right: [], bounds: [] };
  const add = (from: number, to: number): number => {
    const node = tree.from.length;
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let p = from; p < to; p++) {
      for (let axis = 0; axis < 3; axis++) {
        const x = points[3 * (order[p] as number) + axis] as number;
        low[axis] = Math.min(low[axis] as number, x);
        high[axis] = Math.max(high[axis] as number, x);
      }
    }
    tree.from.push(from);
    tree.to.push(to);
    tree.left.push(-1);
    tree.right.push(-1);
    tree.bounds.push(...low, ...high);
    if (to - from > leafSize) {
      const widths = high.map((x, axis) => x - (low[axis] as number));
      const axis = widths.indexOf(Math.max(...widths));
      order.subarray(from, to).sort((p, q) => (points[3 * p + axis] as number) - (points[3 * q + axis] as number));
      const middle = (from + to) >> 1;
      tree.left[node] = add(from, middle);
      tree.right[node] = add(middle, to);
    }
    return node;
  };
  add(0, order.length);
  return tree;
}

/** Squared distance between the farthest corners of two boxes. */
function squaredSpan({ bounds }: BoxTree, a: number, b: number): number {
  let sum = 0;
  for (let axis = 0; axis < 3; axis++) {
    const over = (bounds[6 * a + 3 + axis] as number) - (bounds[6 * b + axis] as number);
    const under = (bounds[6 * b + 3 + axis] as number) - (bounds[6 * a + axis] as number);
    const widest = Math.max(over, under);
    sum += widest * widest;
  }
  return sum;
}

function squaredDistance(points: Float64Array, p: number, q: number): number {
  const x = (points[3 * p] as number) - (points[3 * q] as number);
  const y = (points[3 * p + 1] as number) - (points[3 * q + 1] as number);
  const z = (points[3 * p + 2] as number) - (points[3 * q + 2] as number);
  return x * x + y * y + z * z;
}

function farthestFrom(points: Float64Array, p: number): number {
  let best = p;
  for (let q = 0; 3 * q < points.length; q++) if (squaredDistance(points, p, q) > squaredDistance(points, p, best)) best = q;
  return best;
}
