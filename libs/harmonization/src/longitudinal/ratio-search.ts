import { expm1, log1p } from '@cohortium/numerics';

/** Ratios that the search starts from. */
export const startRatios: readonly number[] = [0, 1e-3, 0.01, 0.05, 0.2, 0.5, 1, 2, 5, 20, 100, 1e4, 1e6];

/** Deviance and its slope at a ratio. */
export interface SearchPoint {
  readonly ratio: number;
  readonly deviance: number;
  readonly slope: number;
}

/** Steps are taken in ln(1 + ratio), so that they are long far out. */
const placeOf = log1p;
const ratioOf = expm1;

/** A bracket narrower than this (relative to 1 + place) is one number. */
const narrowest = 1e-15;
const mostSteps = 100;

/**
 * Looks for the ratio of least deviance of one feature: brackets the sign change of the slope next to the best of the start points, then
 * regula falsi (Illinois) with a bisection whenever three steps have not halved the bracket. The answer is 0 where the deviance rises
 * from 0 on, and the largest start ratio where it falls all the way.
 */
export class RatioSearch {
  private low = 0;
  private high = 0;
  private lowSlope = 0;
  private highSlope = 0;
  private steps = 0;
  private lastSide: 'low' | 'high' | undefined;
  private widthBefore = 1;
  private found: number | undefined;
  private asked = 0;

  constructor(points: readonly SearchPoint[]) {
    let best = 0;
    points.forEach(({ deviance }, k) => {
      if (deviance < (points[best] as SearchPoint).deviance) best = k;
    });
    const at = points[best] as SearchPoint;
    const from = at.slope < 0 ? best : best - 1;
    const lower = points[from];
    const upper = points[from + 1];
    if (!lower || at.slope === 0) this.found = at.ratio;
    else if (!upper || upper.slope < 0) this.found = upper?.ratio ?? at.ratio;
    else {
      this.low = placeOf(lower.ratio);
      this.high = placeOf(upper.ratio);
      this.lowSlope = lower.slope;
      this.highSlope = upper.slope;
      this.widthBefore = this.high - this.low;
    }
  }

  /** The answer, once there is one. */
  get ratio(): number | undefined {
    return this.found;
  }

  /** Where the slope is wanted next; the answer itself once it is found. */
  next(): number {
    if (this.found !== undefined) return this.found;
    const secant = this.low - (this.lowSlope * (this.high - this.low)) / (this.highSlope - this.lowSlope);
    const middle = (this.low + this.high) / 2;
    const stuck = this.steps > 0 && this.steps % 3 === 0 && this.high - this.low > this.widthBefore / 2;
    if (this.steps % 3 === 0) this.widthBefore = this.high - this.low;
    this.asked = stuck || !(secant > this.low && secant < this.high) ? middle : secant;
    return ratioOf(this.asked);
  }

  /** Takes the slope at {@link next}. */
  tell(slope: number): void {
    if (this.found !== undefined) return;
    this.steps++;
    const before = { low: this.low, high: this.high };
    const side = slope < 0 ? 'low' : 'high';
    if (side === 'low') {
      this.low = this.asked;
      this.lowSlope = slope;
    } else {
      this.high = this.asked;
      this.highSlope = slope;
    }
    // Illinois: an end that stays twice is trusted less, so that the next step crosses the zero.
    if (side === this.lastSide) {
      if (side === 'low') this.highSlope /= 2;
      else this.lowSlope /= 2;
    }
    this.lastSide = side;
    const step = Math.min(this.asked - before.low, before.high - this.asked, this.high - this.low);
    if (slope === 0 || step <= narrowest * (1 + this.asked) || this.steps >= mostSteps) this.found = ratioOf(this.asked);
  }
}
