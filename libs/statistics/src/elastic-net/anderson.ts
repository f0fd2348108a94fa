import { choleskyFactor, choleskySolve } from '@cohortium/numerics';

/** Past steps that are combined. */
const depth = 8;
/** A step this many times the last one means that the combination went astray. */
const astray = 4;

/**
 * Anderson acceleration (type II) of a fixed-point iteration x -> g(x): the next point is the combination of the last images
 * whose residuals nearly cancel. Falls back to the plain image when a step grows.
 * Source: Walker & Ni 2011, doi 10.1137/10078356X; for proximal steps Bertrand & Massias 2021, arXiv 2011.10065.
 */
export class AndersonAccelerator {
  private points: Float64Array[] = [];
  private images: Float64Array[] = [];
  private lastStep = Infinity;

  /** The point to evaluate next, after `image = g(point)`; `step` is the size of image - point. */
  next(point: Float64Array, image: Float64Array, step: number): Float64Array {
    if (step > astray * this.lastStep) this.reset();
    this.lastStep = step;
    this.points.push(point);
    this.images.push(image);
    if (this.points.length > depth + 1) {
      this.points.shift();
      this.images.shift();
    }
    return this.combine() ?? image;
  }

  /** Forgets all past steps, after a point that could not be used. */
  reset(): void {
    this.points = [];
    this.images = [];
    this.lastStep = Infinity;
  }

  private combine(): Float64Array | null {
    const m = this.points.length - 1;
    if (m < 1) return null;
    const residuals = this.points.map((point, k) => subtract(this.images[k] as Float64Array, point));
    const last = residuals[m] as Float64Array;
    const differences = residuals.slice(0, m).map((residual) => subtract(last, residual));
    const normal = new Float64Array(m * m);
    const right = new Float64Array(m);
    for (let a = 0; a < m; a++) {
      right[a] = dot(differences[a] as Float64Array, last);
      for (let b = 0; b <= a; b++)
        normal[a * m + b] = normal[b * m + a] = dot(differences[a] as Float64Array, differences[b] as Float64Array);
    }
    // A ridge of rounding size keeps nearly parallel differences from blowing up.
    for (let a = 0; a < m; a++) normal[a * m + a] = (normal[a * m + a] as number) * (1 + 1e-10) + Number.MIN_VALUE;
    const factor = choleskyFactor(normal, m, 1e-14);
    if (!factor) return null;
    const weights = choleskySolve(factor, m, right);
    const out = (this.images[m] as Float64Array).slice();
    for (let a = 0; a < m; a++) {
      const image = this.images[a] as Float64Array;
      const newest = this.images[m] as Float64Array;
      const weight = weights[a] as number;
      for (let j = 0; j < out.length; j++) out[j] = (out[j] as number) - weight * ((newest[j] as number) - (image[j] as number));
    }
    return out.every(Number.isFinite) ? out : null;
  }
}

function subtract(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, j) => value - (b[j] as number));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] as number) * (b[j] as number);
  return sum;
}
