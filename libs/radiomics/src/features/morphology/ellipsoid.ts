import { choleskyFactor, choleskySolve } from '@cohortium/numerics';
import type { Symmetric3 } from './principal-axes.js';
import { eigen3 } from './principal-axes.js';

/** Lengths of the semi-axes of an ellipsoid, from longest to shortest. */
export type SemiAxes = readonly [number, number, number];

/** 4 pi a b c / 3 */
export function ellipsoidVolume([a, b, c]: SemiAxes): number {
  return (4 / 3) * Math.PI * a * b * c;
}

/** Degree after which IBSI stops the series of the surface area. */
const lastDegree = 20;

/**
 * Surface area of an ellipsoid as IBSI defines it: 4 pi a b sum over nu of (alpha beta)^nu P_nu(x) / (1 - 4 nu^2), with
 * alpha^2 = 1 - b^2 / a^2, beta^2 = 1 - c^2 / a^2, x = (alpha^2 + beta^2) / (2 alpha beta) and P_nu the Legendre polynomials, up to
 * nu = 20. The recursion runs on (alpha beta)^nu P_nu(x), which stays finite for spheroids (alpha beta = 0).
 *
 * The series gives the true area with other eccentricities (1 - c^2 / a^2 and 1 - c^2 / b^2; Maas 1994, J. Comput. Appl. Math. 51, 237);
 * with the manual's it falls short, by 4 % for axes in the ratio of the digital phantom's. The reference values follow the manual.
 * Source: IBSI reference manual 0.0.11, section 3.1 (RDD2).
 */
export function ellipsoidArea([a, b, c]: SemiAxes): number {
  const alpha2 = 1 - (b * b) / (a * a);
  const beta2 = 1 - (c * c) / (a * a);
  const half = (alpha2 + beta2) / 2;
  let before = 1;
  let term = half;
  let sum = 1 - half / 3;
  for (let nu = 2; nu <= lastDegree; nu++) {
    const next = ((2 * nu - 1) * half * term - (nu - 1) * alpha2 * beta2 * before) / nu;
    before = term;
    term = next;
    sum += term / (1 - 4 * nu * nu);
  }
  return 4 * Math.PI * a * b * sum;
}

/** Points enter the small problem until none lies farther out than this, relative to the ellipsoid. */
const tolerance = 1e-9;
const mostRounds = 100;
/** Points that enter at once, and the weight below which a point leaves again. */
const mostEntering = 12;
const leastWeight = 1e-7;

/**
 * Semi-axes of the ellipsoid of least volume around some points. Few points carry it, so a small problem over a growing set of points is
 * solved by an interior-point method until no other point lies outside; ascent methods alone (Khachiyan) need tens of thousands of steps
 * on regions with symmetries. Source: Sun & Freund 2004, doi 10.1287/opre.1040.0115, sections 4 and 5, in the lifted form of Todd &
 * Yildirim 2007, doi 10.1016/j.dam.2007.02.013.
 * Symbols: u the weights of the points, q = (x, 1), M = sum u q q', g = q' M^-1 q, which is at most 4 (the dimension of q) at the optimum
 * and equals 4 where u > 0.
 * @param points three coordinates per point, not all in one plane
 */
export function enclosingEllipsoid(points: Float64Array): SemiAxes {
  const lifted = lift(points);
  const { scaled } = lifted;
  let active = startingPoints(points);
  let weights: Float64Array = new Float64Array(active.length).fill(1 / active.length);
  for (let round = 0; round < mostRounds; round++) {
    weights = solveWeights(scaled, active);
    const inverse = momentInverse(scaled, active, weights);
    const outside: { point: number; g: number }[] = [];
    for (let p = 0; 4 * p < scaled.length; p++) {
      const g = quadratic(inverse, scaled, p, p);
      if (g > 4 * (1 + tolerance)) outside.push({ point: p, g });
    }
    const known = new Set(active);
    const entering = outside
      .filter(({ point }) => !known.has(point))
      .sort((a, b) => b.g - a.g)
      .slice(0, mostEntering)
      .map(({ point }) => point);
    if (entering.length === 0) break;
    active = [...active.filter((_, a) => (weights[a] as number) > leastWeight), ...entering];
  }
  return semiAxesOf(lifted, active, weights);
}

/** Points moved to the middle and scaled to unit size, with a fourth coordinate 1. */
interface Lifted {
  readonly scaled: Float64Array;
  readonly scale: number;
}

function lift(points: Float64Array): Lifted {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < points.length; at++) {
    const axis = at % 3;
    low[axis] = Math.min(low[axis] as number, points[at] as number);
    high[axis] = Math.max(high[axis] as number, points[at] as number);
  }
  const scale = Math.max(...high.map((x, axis) => x - (low[axis] as number))) / 2;
  const scaled = new Float64Array((points.length / 3) * 4).fill(1);
  for (let at = 0; at < points.length; at++) {
    const axis = at % 3;
    const middle = ((low[axis] as number) + (high[axis] as number)) / 2;
    scaled[4 * Math.floor(at / 3) + axis] = ((points[at] as number) - middle) / scale;
  }
  return { scaled, scale };
}

/**
 * Weights that maximize ln det M over some points, by primal-dual steps on u > 0, s = 4 - g > 0, u s = mu -> 0. The derivative of g_i by
 * u_j is -(q_i' M^-1 q_j)^2.
 */
function solveWeights(scaled: Float64Array, active: readonly number[]): Float64Array {
  const m = active.length;
  const u = new Float64Array(m).fill(1 / m);
  const s = new Float64Array(m).fill(1);
  const matrix = new Float64Array(m * m);
  for (let step = 0; step < 100; step++) {
    const inverse = momentInverse(scaled, active, u);
    const mu = sumOfProducts(u, s) / m;
    const gap = new Float64Array(m);
    for (let a = 0; a < m; a++) {
      for (let b = 0; b <= a; b++) {
        const product = quadratic(inverse, scaled, active[a] as number, active[b] as number);
        matrix[a * m + b] = matrix[b * m + a] = product * product;
        if (a === b) gap[a] = 4 - product;
      }
    }
    const residual = largestDifference(gap, s);
    if (residual < 1e-11 && mu < 1e-13) break;
    const target = 0.1 * mu;
    // A ridge keeps the matrix regular where more points touch the ellipsoid than are needed to fix it.
    for (let a = 0; a < m; a++) matrix[a * m + a] = (matrix[a * m + a] as number) * (1 + 1e-11) + (s[a] as number) / (u[a] as number);
    const factor = choleskyFactor(matrix, m, 0);
    if (factor === null) break;
    const wanted = new Float64Array(m);
    for (let a = 0; a < m; a++) wanted[a] = target / (u[a] as number) - (gap[a] as number);
    const du = choleskySolve(factor, m, wanted);
    const ds = new Float64Array(m);
    for (let a = 0; a < m; a++) ds[a] = (target - (s[a] as number) * ((du[a] as number) + (u[a] as number))) / (u[a] as number);
    const length = Math.min(1, 0.99 * roomFor(u, du), 0.99 * roomFor(s, ds));
    for (let a = 0; a < m; a++) {
      u[a] = (u[a] as number) + length * (du[a] as number);
      s[a] = (s[a] as number) + length * (ds[a] as number);
    }
  }
  const total = u.reduce((sum, x) => sum + x, 0);
  return u.map((x) => x / total);
}

// Loops instead of callbacks: an engine throws away what it compiled for a closure when the closure is gone, after every region.

function sumOfProducts(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += (a[n] as number) * (b[n] as number);
  return sum;
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let n = 0; n < a.length; n++) most = Math.max(most, Math.abs((a[n] as number) - (b[n] as number)));
  return most;
}

/** How far positive values can move along a direction until one reaches 0. */
function roomFor(values: Float64Array, direction: Float64Array): number {
  let room = Infinity;
  for (let n = 0; n < values.length; n++) {
    const step = direction[n] as number;
    if (step < 0) room = Math.min(room, -(values[n] as number) / step);
  }
  return room;
}

/** M^-1, row-major 4 x 4. */
function momentInverse(scaled: Float64Array, active: readonly number[], u: Float64Array): Float64Array {
  const moment = new Float64Array(16);
  for (let a = 0; a < active.length; a++) {
    const at = 4 * (active[a] as number);
    for (let r = 0; r < 16; r++) {
      const product = (scaled[at + (r >> 2)] as number) * (scaled[at + (r & 3)] as number);
      moment[r] = (moment[r] as number) + (u[a] as number) * product;
    }
  }
  const factor = choleskyFactor(moment, 4, 0) as Float64Array;
  const inverse = new Float64Array(16);
  for (let c = 0; c < 4; c++) {
    const unit = new Float64Array(4);
    unit[c] = 1;
    inverse.set(choleskySolve(factor, 4, unit), 4 * c);
  }
  return inverse;
}

/** q_a' M^-1 q_b */
function quadratic(inverse: Float64Array, scaled: Float64Array, a: number, b: number): number {
  let sum = 0;
  for (let r = 0; r < 4; r++) {
    const row =
      (inverse[4 * r] as number) * (scaled[4 * b] as number) +
      (inverse[4 * r + 1] as number) * (scaled[4 * b + 1] as number) +
      (inverse[4 * r + 2] as number) * (scaled[4 * b + 2] as number) +
      (inverse[4 * r + 3] as number);
    sum += row * (scaled[4 * a + r] as number);
  }
  return sum;
}

/** The ellipsoid of the weights' covariance, scaled to hold every point: g - 1 is the squared distance in units of the covariance. */
function semiAxesOf({ scaled, scale }: Lifted, active: readonly number[], u: Float64Array): SemiAxes {
  const inverse = momentInverse(scaled, active, u);
  let farthest = 0;
  for (let p = 0; 4 * p < scaled.length; p++) farthest = Math.max(farthest, quadratic(inverse, scaled, p, p) - 1);
  const weighted = (f: (point: number) => number) => active.reduce((sum, point, a) => sum + (u[a] as number) * f(4 * point), 0);
  const center = [0, 1, 2].map((axis) => weighted((at) => scaled[at + axis] as number));
  const covariance = (
    [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
      [2, 2],
    ] as const
  ).map(([p, q]) =>
    weighted((at) => ((scaled[at + p] as number) - (center[p] as number)) * ((scaled[at + q] as number) - (center[q] as number))),
  ) as unknown as Symmetric3;
  return eigen3(covariance).values.map((value) => scale * Math.sqrt(value * farthest)) as unknown as SemiAxes;
}

/** Extreme points along the axes and the diagonals of the cube, and four that span space: far apart, off their line, off their plane. */
function startingPoints(points: Float64Array): number[] {
  const signs = [-1, 0, 1] as const;
  const along = signs.flatMap((x) => signs.flatMap((y) => signs.map((z): Vector => [x, y, z])));
  const chosen = along.map((direction) => farthest(points, reach, direction, origin));
  const a = pointAt(points, chosen[0] as number);
  const b = farthest(points, squaredLength, origin, a);
  const axis = minus(pointAt(points, b), a);
  const c = farthest(points, squaredDistanceFromLine, axis, a);
  const normal = cross(axis, minus(pointAt(points, c), a));
  const d = farthest(points, distanceFromPlane, normal, a);
  return [...new Set([...chosen, b, c, d])];
}

type Vector = readonly [number, number, number];
const origin: Vector = [0, 0, 0];
const pointAt = (points: Float64Array, p: number): Vector => [
  points[3 * p] as number,
  points[3 * p + 1] as number,
  points[3 * p + 2] as number,
];
const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** What a point (x, y, z) is ranked by, for a vector. */
type Score = (x: number, y: number, z: number, v: Vector) => number;
const reach: Score = (x, y, z, v) => v[0] * x + v[1] * y + v[2] * z;
const squaredLength: Score = (x, y, z) => x * x + y * y + z * z;
const distanceFromPlane: Score = (x, y, z, v) => Math.abs(v[0] * x + v[1] * y + v[2] * z);
const squaredDistanceFromLine: Score = (x, y, z, v) => {
  const a = v[1] * z - v[2] * y;
  const b = v[2] * x - v[0] * z;
  const c = v[0] * y - v[1] * x;
  return a * a + b * b + c * c;
};

/** The first point with the highest score, points seen from a place. */
function farthest(points: Float64Array, score: Score, vector: Vector, from: Vector): number {
  let found = 0;
  let highest = -Infinity;
  for (let p = 0; p < points.length; p += 3) {
    const own = score((points[p] as number) - from[0], (points[p + 1] as number) - from[1], (points[p + 2] as number) - from[2], vector);
    if (own <= highest) continue;
    found = p / 3;
    highest = own;
  }
  return found;
}
