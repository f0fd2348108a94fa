import { exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';
import { fitAdc } from './adc.js';

/** Intravoxel incoherent motion of one voxel. */
export interface IvimFit {
  /** Diffusion, 10^-6 mm^2/s. */
  readonly diffusion: number;
  /** Share of the signal that perfuses, 0 to 1. */
  readonly perfusionFraction: number;
  /** Pseudo-diffusion of what perfuses, 10^-6 mm^2/s; NaN where nothing does. */
  readonly pseudoDiffusion: number;
  readonly s0: number;
}

/** Coefficients that a fit may find, mm^2/s; pseudo-diffusion is at least `ratio` times diffusion, or it is not told from it. */
const range = { from: 1e-5, to: 0.5, ratio: 3 } as const;
const nodes = 60;
const refinements = 60;

/**
 * S / S0 = f exp(-b D*) + (1 - f) exp(-b D) by least squares, f between 0 and 1. For given D and D* the two amplitudes are linear; the pair is
 * searched on a grid of logarithms and then by a pattern search around the best. Two exponentials always fit better than one, also to noise: where
 * the gain is not worth two parameters by the Bayesian information criterion, the voxel is one exponential, f = 0, fitted as an ADC.
 * @param signal one value per b-value
 * @param bValues s/mm^2, at least four different ones
 * @throws `IMAGING.BAD_DIFFUSION`
 * @see Le Bihan et al. 1988, doi:10.1148/radiology.168.2.3393671
 */
export function fitIvim(signal: ArrayLike<number>, bValues: ArrayLike<number>): IvimFit {
  if (new Set(Array.from(bValues)).size < 4) throw imagingErrors.error('IMAGING.BAD_DIFFUSION', { problem: 'ivim' });
  const solve = amplitudes(signal, bValues);
  let best = gridSearch(solve);
  let step = (ln(range.to) - ln(range.from)) / nodes;
  for (let n = 0; n < refinements && step > 1e-10; n++) {
    const better = around(best, step, solve);
    if (better.sum > best.sum) best = better;
    else step /= 2;
  }
  const { slow, fast, sum, s0 } = best;
  if (!Number.isFinite(sum)) return { diffusion: NaN, perfusionFraction: NaN, pseudoDiffusion: NaN, s0: NaN };
  const single = fitAdc(signal, bValues);
  const left = residual(
    signal,
    (at) => slow * exp(-(bValues[at] as number) * exp(best.logD)) + fast * exp(-(bValues[at] as number) * exp(best.logFast)),
  );
  const leftBySingle = residual(signal, (at) => single.s0 * exp(-1e-6 * single.adc * (bValues[at] as number)));
  const isWorth = fast > 0 && signal.length * ln(leftBySingle / left) > 2 * ln(signal.length);
  if (!isWorth && Number.isFinite(single.adc)) return { diffusion: single.adc, perfusionFraction: 0, pseudoDiffusion: NaN, s0: single.s0 };
  return { diffusion: 1e6 * exp(best.logD), perfusionFraction: fast / (slow + fast), pseudoDiffusion: 1e6 * exp(best.logFast), s0 };
}

/** Sum of squares; never 0, so that it may be divided by. */
function residual(signal: ArrayLike<number>, model: (at: number) => number): number {
  let sum = Number.MIN_VALUE;
  for (let at = 0; at < signal.length; at++) sum += ((signal[at] as number) - model(at)) ** 2;
  return sum;
}

interface Candidate {
  readonly logD: number;
  readonly logFast: number;
  /** Amplitudes of the two exponentials. */
  readonly slow: number;
  readonly fast: number;
  readonly s0: number;
  /** Sum of squares that they explain. */
  readonly sum: number;
}
type Solve = (logD: number, logFast: number) => Candidate;

/** Best amplitudes, neither negative, for two coefficients. */
function amplitudes(signal: ArrayLike<number>, bValues: ArrayLike<number>): Solve {
  return (logD, logFast) => {
    const [d, dFast] = [exp(logD), exp(logFast)];
    let [aa, ab, bb, ay, by] = [0, 0, 0, 0, 0];
    for (let at = 0; at < signal.length; at++) {
      const [b, y] = [bValues[at] as number, signal[at] as number];
      const [p, q] = [exp(-b * d), exp(-b * dFast)];
      aa += p * p;
      ab += p * q;
      bb += q * q;
      ay += p * y;
      by += q * y;
    }
    const determinant = aa * bb - ab * ab;
    let slow = (ay * bb - by * ab) / determinant;
    let fast = (by * aa - ay * ab) / determinant;
    if (!(determinant > 1e-14 * aa * bb) || slow < 0 || fast < 0) [slow, fast] = [Math.max(0, ay / aa), 0];
    return { logD, logFast, slow, fast, s0: slow + fast, sum: slow * ay + fast * by };
  };
}

function gridSearch(solve: Solve): Candidate {
  const [from, to] = [ln(range.from), ln(range.to)];
  const width = (to - from) / nodes;
  let best = solve(from, to);
  for (let a = 0; a < nodes; a++)
    for (let b = a + 1; b <= nodes; b++) {
      if ((b - a) * width < ln(range.ratio)) continue;
      const found = solve(from + a * width, from + b * width);
      if (found.sum > best.sum) best = found;
    }
  return best;
}

function around(center: Candidate, step: number, solve: Solve): Candidate {
  let best = center;
  for (const da of [-step, 0, step])
    for (const db of [-step, 0, step]) {
      const [logD, logFast] = [center.logD + da, center.logFast + db];
      if ((da === 0 && db === 0) || logFast - logD < ln(range.ratio) || logFast > ln(range.to) || logD < ln(range.from)) continue;
      const found = solve(logD, logFast);
      if (found.sum > best.sum) best = found;
    }
  return best;
}
