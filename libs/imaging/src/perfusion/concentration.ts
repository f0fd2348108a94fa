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
  { from, to }: Baseline,
  out: Float64Array,
): void {
  let baseline = 0;
  for (let at = from; at < to; at++) baseline += signal[at] as number;
  baseline /= to - from;
  const cosine = cos((echo.flipAngleDeg * Math.PI) / 180);
  const e10 = exp(-echo.repetitionTimeMs / t1Ms);
  const scale = (1 - e10) / (1 - e10 * cosine) / baseline;
  const perRate = -1000 / echo.repetitionTimeMs;
  const r10 = 1000 / t1Ms;
  for (let at = 0; at < signal.length; at++) {
    const relative = scale * (signal[at] as number);
    const e1 = (1 - relative) / (1 - relative * cosine);
    out[at] = relative >= 0 && relative < 1 && baseline > 0 ? (ln(e1) * perRate - r10) / echo.relaxivityPerMmS : NaN;
  }
}

/** The signal of a spoiled gradient echo of concentration C, relative to M0 sin(a); the inverse of {@link concentrationFromSignal}. */
export function signalFromConcentration(concentrationMm: number, t1Ms: number, echo: SpoiledGradientEcho): number {
  const rate = 1000 / t1Ms + echo.relaxivityPerMmS * concentrationMm;
  const e1 = exp((-rate * echo.repetitionTimeMs) / 1000);
  return (1 - e1) / (1 - e1 * cos((echo.flipAngleDeg * Math.PI) / 180));
}
