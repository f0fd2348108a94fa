import { cos, exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';

/** A spoiled gradient echo acquisition and the contrast agent in it. */
export interface SpoiledGradientEcho {
  readonly repetitionTimeMs: number;
  readonly flipAngleDeg: number;
  /** Longitudinal relaxivity, 1/(mM s). */
  readonly relaxivityPerMmS: number;
}

/** Which points are the signal before contrast: their mean is the baseline. */
export interface Baseline {
  /** First point, from 0. The first image is often not yet in the steady state. */
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/** @throws `IMAGING.BAD_PERFUSION` for times, angles or relaxivities that are not positive */
export function assertEcho(echo: SpoiledGradientEcho): void {
  for (const [name, value] of Object.entries(echo) as [string, number][])
    if (!(value > 0 && Number.isFinite(value))) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'positive', name });
}

/**
 * Signal over time to concentration of contrast: S = M0 sin(a) (1 - E1) / (1 - E1 cos(a)) with E1 = exp(-TR R1), T2* neglected, solved
 * for R1, and C = (R1 - R10) / r1. NaN where no R1 gives the signal (negative, or at least that of full recovery) or the baseline is not positive.
 * @param signal one voxel over time, arbitrary units
 * @param t1Ms T1 before contrast
 * @param out concentrations, mM; may be `signal`
 */
export function concentrationFromSignal(
  signal: ArrayLike<number>,
  t1Ms: number,
  echo: SpoiledGradientEcho,
  baseline: Baseline,
  out: Float64Array,
): void {
  for (let at = 0; at < signal.length; at++) out[at] = signal[at] as number;
  new SignalConversion(echo, baseline).convert(out, 0, signal.length, t1Ms);
}

/** Up to here the series of atanh is used: eight terms are then exact to the last place. */
const seriesTo = 0.125;

/** {@link concentrationFromSignal} for many voxels, in place: what they share is computed once. */
export class SignalConversion {
  private readonly cosine: number;
  private t1Ms = NaN;
  private scale = NaN;

  constructor(
    private readonly echo: SpoiledGradientEcho,
    private readonly baseline: Baseline,
  ) {
    this.cosine = cos((echo.flipAngleDeg * Math.PI) / 180);
  }

  /**
   * Converts the signals of one voxel, `curves[from]` to before `curves[from + count]`. With the relative signal r, E1 = (1 - r) / (1 - r cos(a)), and
   * -ln E1 = 2 atanh(s) for s = r (1 - cos(a)) / (2 - r (1 + cos(a))): small but for the highest concentrations, so that a short series serves.
   */
  convert(curves: Float64Array, from: number, count: number, t1Ms: number): void {
    const { cosine, echo, baseline } = this;
    let sum = 0;
    for (let at = from + baseline.from; at < from + baseline.to; at++) sum += curves[at] as number;
    const mean = sum / (baseline.to - baseline.from);
    if (t1Ms !== this.t1Ms) {
      const e10 = exp(-echo.repetitionTimeMs / t1Ms);
      this.scale = (1 - e10) / (1 - e10 * cosine);
      this.t1Ms = t1Ms;
    }
    const scale = mean > 0 ? this.scale / mean : NaN;
    const perRate = 2000 / echo.repetitionTimeMs / echo.relaxivityPerMmS;
    const offset = 1000 / t1Ms / echo.relaxivityPerMmS;
    for (let at = from; at < from + count; at++) {
      const relative = scale * (curves[at] as number);
      const s = (relative * (1 - cosine)) / (2 - relative * (1 + cosine));
      if (s >= 0 && s < seriesTo) {
        const z = s * s;
        const series = 1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z / 15))))));
        curves[at] = s * series * perRate - offset;
      } else curves[at] = relative >= 0 && relative < 1 ? 0.5 * ln((1 + s) / (1 - s)) * perRate - offset : NaN;
    }
  }
}

/** The signal of a spoiled gradient echo of concentration C, relative to M0 sin(a); the inverse of {@link concentrationFromSignal}. */
export function signalFromConcentration(concentrationMm: number, t1Ms: number, echo: SpoiledGradientEcho): number {
  const rate = 1000 / t1Ms + echo.relaxivityPerMmS * concentrationMm;
  const e1 = exp((-rate * echo.repetitionTimeMs) / 1000);
  return (1 - e1) / (1 - e1 * cos((echo.flipAngleDeg * Math.PI) / 180));
}
