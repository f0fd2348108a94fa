/** Standard deviation of values drawn uniformly from [-1, 1] and blended over a cell with the fade 3t^2 - 2t^3: sqrt((26 / 35)^3 / 3). */
const blendedSd = Math.sqrt(((26 / 35) * (26 / 35) * (26 / 35)) / 3);

/**
 * A smooth random field in space with mean 0 and SD 1: a random value at every corner of a cubic lattice, blended in between. Each place
 * has its value by a hash, so that a field needs no memory and does not depend on the grid on which it is sampled.
 */
export class SmoothNoise {
  private readonly perMm: number;

  /**
   * @param seed unsigned 32-bit integer
   * @param scaleMm distance of the corners, about the size of a blob
   */
  constructor(
    private readonly seed: number,
    scaleMm: number,
  ) {
    this.perMm = 1 / scaleMm;
  }

  /** Value at a place, millimeters; within about 2.7 of 0. */
  at(x: number, y: number, z: number): number {
    const a = x * this.perMm;
    const b = y * this.perMm;
    const c = z * this.perMm;
    const i = Math.floor(a);
    const j = Math.floor(b);
    const k = Math.floor(c);
    const u = fade(a - i);
    const v = fade(b - j);
    const w = fade(c - k);
    const near = blend(this.square(i, j, k, u, v), this.square(i, j, k + 1, u, v), w);
    return near / blendedSd;
  }

  private square(i: number, j: number, k: number, u: number, v: number): number {
    const low = blend(this.corner(i, j, k), this.corner(i + 1, j, k), u);
    const high = blend(this.corner(i, j + 1, k), this.corner(i + 1, j + 1, k), u);
    return blend(low, high, v);
  }

  /** In [-1, 1). The mixer is that of MurmurHash3 (public domain). */
  private corner(i: number, j: number, k: number): number {
    let h = this.seed ^ Math.imul(i, 0x9e3779b1) ^ Math.imul(j, 0x85ebca77) ^ Math.imul(k, 0xc2b2ae3d);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) | 0) / 2147483648;
  }
}

function fade(t: number): number {
  return t * t * (3 - 2 * t);
}

function blend(a: number, b: number, share: number): number {
  return a + share * (b - a);
}
