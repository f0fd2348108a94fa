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
 * Surface area of an ellipsoid: 4 pi a b sum over nu of (alpha beta)^nu P_nu(x) / (1 - 4 nu^2), with alpha^2 = 1 - b^2 / a^2,
 * beta^2 = 1 - c^2 / a^2, x = (alpha^2 + beta^2) / (2 alpha beta) and P_nu the Legendre polynomials, up to nu = 20.
 * The recursion runs on (alpha beta)^nu P_nu(x), which stays finite for spheroids (alpha beta = 0).
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

/** Relative gap to the optimum at which the enclosing ellipsoid is good enough; IBSI suggests 1e-3. */
const tolerance = 1e-6;
const mostSteps = 20_000;

/**
 * Semi-axes of the ellipsoid of least volume around some points, by Khachiyan's ascent with steps away from superfluous points.
 * Source: Todd & Yildirim 2007, doi 10.1016/j.dam.2007.02.013, algorithm 3.1.
 * Symbols: u the weights of the points, q = (x, 1), M = sum u q q', g = q' M^-1 q, which is at most d + 1 = 4 at the optimum.
 * @param points three coordinates per point, not all in one plane
 */
export function enclosingEllipsoid(points: Float64Array): SemiAxes {
  const state = new Ascent(points);
  for (let step = 0; step < mostSteps; step++) {
    // Products of many updates drift, so they are started afresh now and then.
    if (step % 500 === 0) state.refresh();
    if (!state.improve()) break;
  }
  return state.semiAxes();
}

class Ascent {
  private readonly count: number;
  private readonly u: Float64Array;
  private readonly g: Float64Array;
  /** M^-1, row-major 4 x 4. */
  private inverse = new Float64Array(16);

  constructor(private readonly points: Float64Array) {
    this.count = points.length / 3;
    this.u = new Float64Array(this.count);
    this.g = new Float64Array(this.count);
    for (const point of startingPoints(points)) this.u[point] = 1;
    const total = this.u.reduce((sum, x) => sum + x, 0);
    this.u.forEach((x, p) => (this.u[p] = x / total));
  }

  /** Center and covariance of the weights. */
  private moments(): { center: [number, number, number]; covariance: Symmetric3 } {
    const center: [number, number, number] = [0, 0, 0];
    const weigh = (visit: (u: number, x: number, y: number, z: number) => void) => {
      for (let p = 0; p < this.count; p++) {
        const u = this.u[p] as number;
        if (u > 0) visit(u, this.points[3 * p] as number, this.points[3 * p + 1] as number, this.points[3 * p + 2] as number);
      }
    };
    weigh((u, x, y, z) => {
      center[0] += u * x;
      center[1] += u * y;
      center[2] += u * z;
    });
    const covariance: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0];
    weigh((u, px, py, pz) => {
      const [x, y, z] = [px - center[0], py - center[1], pz - center[2]];
      [x * x, x * y, x * z, y * y, y * z, z * z].forEach((xy, at) => (covariance[at as 0] += u * xy));
    });
    return { center, covariance };
  }

  /** Computes M^-1 and all g from the weights. */
  refresh(): void {
    const { center, covariance } = this.moments();
    const [a, b, c, d, e, f] = invert(covariance);
    const [x, y, z] = center;
    const [bx, by, bz] = [-(a * x + b * y + c * z), -(b * x + d * y + e * z), -(c * x + e * y + f * z)];
    const corner = 1 - (x * bx + y * by + z * bz);
    this.inverse = Float64Array.of(a, b, c, bx, b, d, e, by, c, e, f, bz, bx, by, bz, corner);
    for (let p = 0; p < this.count; p++) this.g[p] = this.product(this.transformed(p), p);
  }

  /** M^-1 q for a point. */
  private transformed(p: number): [number, number, number, number] {
    const [x, y, z] = [this.points[3 * p] as number, this.points[3 * p + 1] as number, this.points[3 * p + 2] as number];
    const row = (r: number) =>
      (this.inverse[r] as number) * x +
      (this.inverse[r + 1] as number) * y +
      (this.inverse[r + 2] as number) * z +
      (this.inverse[r + 3] as number);
    return [row(0), row(4), row(8), row(12)];
  }

  private product(w: readonly [number, number, number, number], p: number): number {
    return (
      w[0] * (this.points[3 * p] as number) + w[1] * (this.points[3 * p + 1] as number) + w[2] * (this.points[3 * p + 2] as number) + w[3]
    );
  }

  /** One step toward the farthest point, or away from the least useful one; false at the optimum. */
  improve(): boolean {
    let far = 0;
    let near = -1;
    for (let p = 0; p < this.count; p++) {
      if ((this.g[p] as number) > (this.g[far] as number)) far = p;
      if ((this.u[p] as number) > 0 && (near < 0 || (this.g[p] as number) < (this.g[near] as number))) near = p;
    }
    const above = (this.g[far] as number) / 4 - 1;
    const below = 1 - (this.g[near] as number) / 4;
    if (Math.max(above, below) <= tolerance) return false;
    const chosen = above > below ? far : near;
    const g = this.g[chosen] as number;
    const u = this.u[chosen] as number;
    const best = g > 1 ? (g - 4) / (4 * (g - 1)) : -Infinity;
    const isDropped = best <= -u / (1 - u);
    this.move(chosen, isDropped ? -u / (1 - u) : best, isDropped);
    return true;
  }

  /** Weights (1 - step) u plus step at one point, by rank-one updates of M^-1 and g. */
  private move(chosen: number, step: number, isDropped: boolean): void {
    const w = this.transformed(chosen);
    const factor = step / (1 - step + step * (this.g[chosen] as number));
    for (let p = 0; p < this.count; p++) {
      const product = this.product(w, p);
      this.g[p] = ((this.g[p] as number) - factor * product * product) / (1 - step);
      this.u[p] = (this.u[p] as number) * (1 - step);
    }
    for (let r = 0; r < 16; r++) {
      this.inverse[r] = ((this.inverse[r] as number) - factor * (w[(r >> 2) as 0] as number) * (w[(r & 3) as 0] as number)) / (1 - step);
    }
    this.u[chosen] = isDropped ? 0 : (this.u[chosen] as number) + step;
  }

  /** The ellipsoid of the weights' covariance, scaled to hold every point. */
  semiAxes(): SemiAxes {
    this.refresh();
    // g - 1 is the squared distance in units of the covariance.
    const scale = this.g.reduce((most, g) => Math.max(most, g), 0) - 1;
    return eigen3(this.moments().covariance).values.map((value) => Math.sqrt(value * scale)) as unknown as SemiAxes;
  }
}

/** Extreme points along the axes and the diagonals of the cube: enough to span space, few enough to start sparse. */
function startingPoints(points: Float64Array): Set<number> {
  const chosen = new Set<number>();
  const along = [-1, 0, 1].flatMap((x) => [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((z) => [x, y, z] as const)));
  for (const [x, y, z] of along) {
    let best = 0;
    let reach = -Infinity;
    for (let p = 0; 3 * p < points.length; p++) {
      const place = x * (points[3 * p] as number) + y * (points[3 * p + 1] as number) + z * (points[3 * p + 2] as number);
      if (place > reach) [best, reach] = [p, place];
    }
    chosen.add(best);
  }
  return chosen;
}

/** Inverse of a symmetric 3 x 3 matrix. */
function invert([a, b, c, d, e, f]: Symmetric3): Symmetric3 {
  const [x, y, z] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const determinant = a * x + b * y + c * z;
  return [x, y, z, a * f - c * c, b * c - a * e, a * d - b * b].map((cofactor) => cofactor / determinant) as unknown as Symmetric3;
}
