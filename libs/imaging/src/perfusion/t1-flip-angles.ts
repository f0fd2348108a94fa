import { cos, exp, ln, sin } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';
import { largestOn } from './line-search.js';

/** T1 of one voxel from signals at several flip angles. */
export interface FlipAngleFit {
  /** Milliseconds; NaN where no T1 fits. */
  readonly t1Ms: number;
  /** Signal of full magnetization at 90 degrees, arbitrary units. */
  readonly m0: number;
}

/** T1 that a fit may find, milliseconds. */
const t1RangeMs = { from: 1, to: 20_000 } as const;

/**
 * T1 from spoiled gradient echoes at several flip angles. `linear` fits S / sin(a) = E1 S / tan(a) + M0 (1 - E1) by a straight line (noise at
 * small angles counts too much); `nonlinear` fits the signals themselves by least squares.
 * @param signal one value per angle
 * @param flipAngleDeg nominal angles
 * @param repetitionTimeMs one for all
 * @param b1 transmitted over nominal angle, 1 where it is exact
 * @throws `IMAGING.BAD_PERFUSION`
 * @see Deoni et al. 2003, doi:10.1002/mrm.10407; Gupta 1977, doi:10.1016/0022-2364(77)90138-X
 */
export function t1FromFlipAngles(
  signal: ArrayLike<number>,
  flipAngleDeg: ArrayLike<number>,
  repetitionTimeMs: number,
  { method = 'nonlinear', b1 = 1 }: { readonly method?: 'linear' | 'nonlinear'; readonly b1?: number } = {},
): FlipAngleFit {
  if (signal.length < 2) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'few', name: 'flip angles' });
  if (signal.length !== flipAngleDeg.length)
    throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'lengths', name: 'flip angles' });
  if (!(repetitionTimeMs > 0)) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'positive', name: 'repetitionTimeMs' });
  const angles = Float64Array.from(flipAngleDeg, (angle) => (b1 * angle * Math.PI) / 180);
  return method === 'linear' ? straightLine(signal, angles, repetitionTimeMs) : leastSquares(signal, angles, repetitionTimeMs);
}

function straightLine(signal: ArrayLike<number>, angles: Float64Array, repetitionTimeMs: number): FlipAngleFit {
  const n = angles.length;
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
  angles.forEach((angle, at) => {
    const y = (signal[at] as number) / sin(angle);
    const x = y * cos(angle);
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  });
  const e1 = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  if (!(e1 > 0 && e1 < 1)) return { t1Ms: NaN, m0: NaN };
  return { t1Ms: -repetitionTimeMs / ln(e1), m0: (sy - e1 * sx) / n / (1 - e1) };
}

/** For a given T1 the best M0 is linear, so only T1 is searched. */
function leastSquares(signal: ArrayLike<number>, angles: Float64Array, repetitionTimeMs: number): FlipAngleFit {
  const sines = angles.map((angle) => sin(angle));
  const cosines = angles.map((angle) => cos(angle));
  let m0 = NaN;
  const explained = (logT1: number): number => {
    const e1 = exp(-repetitionTimeMs / exp(logT1));
    let [dot, norm] = [0, 0];
    for (let at = 0; at < angles.length; at++) {
      const shape = ((sines[at] as number) * (1 - e1)) / (1 - e1 * (cosines[at] as number));
      dot += shape * (signal[at] as number);
      norm += shape * shape;
    }
    m0 = dot / norm;
    return dot > 0 ? (dot * dot) / norm : -1;
  };
  const [from, to] = [ln(t1RangeMs.from), ln(t1RangeMs.to)];
  const logT1 = largestOn(from, to, 80, explained);
  if (!(explained(logT1) > 0) || logT1 <= from || logT1 >= to) return { t1Ms: NaN, m0: NaN };
  return { t1Ms: exp(logT1), m0 };
}
