import { FftPlan } from '@cohortium/numerics';

/**
 * Two-dimensional Fourier transform of planes of one size. Spectra are kept turned (element (fu, fv) at `fu * nv + fv`), which saves
 * one transposition each way and keeps the inner loops of the transform long.
 */
export class PlaneTransform {
  private readonly planU: FftPlan;
  private readonly planV: FftPlan;
  private readonly turnedReal: Float64Array;
  private readonly turnedImaginary: Float64Array;

  /** @param nu,nv values along the fast and the slow axis of a plane */
  constructor(
    readonly nu: number,
    readonly nv: number,
  ) {
    this.planU = new FftPlan(nu);
    this.planV = new FftPlan(nv);
    this.turnedReal = new Float64Array(nu * nv);
    this.turnedImaginary = new Float64Array(nu * nv);
  }

  /** Turned spectrum of the plane (element (u, v) at `u + nu v`), in the arrays of this object until its next call. The plane is lost. */
  forward(real: Float64Array, imaginary: Float64Array): { readonly real: Float64Array; readonly imaginary: Float64Array } {
    const { nu, nv, turnedReal, turnedImaginary } = this;
    this.planV.transform(real, imaginary, nu);
    transpose(real, turnedReal, nu, nv);
    transpose(imaginary, turnedImaginary, nu, nv);
    this.planU.transform(turnedReal, turnedImaginary, nv);
    return { real: turnedReal, imaginary: turnedImaginary };
  }

  /** The plane of a turned spectrum, times nu nv. The spectrum is lost. */
  inverse(turnedReal: Float64Array, turnedImaginary: Float64Array, real: Float64Array, imaginary: Float64Array): void {
    const { nu, nv } = this;
    this.planU.transform(turnedReal, turnedImaginary, nv, true);
    transpose(turnedReal, real, nv, nu);
    transpose(turnedImaginary, imaginary, nv, nu);
    this.planV.transform(real, imaginary, nu, true);
  }
}

/** Edge of the tiles that are transposed at once; one of doubles fills 8 KiB. */
const tile = 32;

/** Rows of `width` values become columns. */
function transpose(from: Float64Array, to: Float64Array, width: number, height: number): void {
  for (let firstRow = 0; firstRow < height; firstRow += tile) {
    const lastRow = Math.min(height, firstRow + tile);
    for (let firstColumn = 0; firstColumn < width; firstColumn += tile) {
      const lastColumn = Math.min(width, firstColumn + tile);
      for (let row = firstRow; row < lastRow; row++)
        for (let column = firstColumn; column < lastColumn; column++) to[column * height + row] = from[row * width + column] as number;
    }
  }
}
