import type { WordFormat } from '@cohortium/federation';
import { privacyErrors } from '../errors.js';
import { largestSkellamSigma } from './skellam.js';

/** What a clause says about noise. Lengths are in the units of the vector that the operation returns. */
export interface NoiseClause {
  readonly mechanism: 'discreteGaussian' | 'skellam';
  /** Standard deviation of the noise that the opened total carries for sure, in each element. */
  readonly sigma: number;
  /** Bound on the l2 norm of one participant's contribution; longer ones are shortened to it. */
  readonly l2Sensitivity: number;
  /** At which epsilon is reported. */
  readonly delta: number;
}

/** How the contributions of participants are turned into whole numbers. */
export interface NoiseGrid {
  /** One step, a power of two: contributions, noise and totals are whole multiples of it. */
  readonly step: number;
  /** {@link NoiseClause.l2Sensitivity} in steps, rounded down: what contributions are clipped to. */
  readonly bound: number;
}

/** Steps that the clipping bound has at least, where the noise allows it: rounding costs less than a thousandth of it per element. */
const wantedSteps = 2 ** 16;

/**
 * The grid of a clause: as fine as is useful, never finer than the words of the operation nor than the sampler of the mechanism allows.
 * @throws `PRIVACY.BAD_NOISE` for settings that are not positive numbers, or that no grid can carry
 */
export function noiseGrid(clause: NoiseClause, words: Pick<WordFormat, 'limbs' | 'fractionLimbs'>): NoiseGrid {
  const { mechanism, sigma, l2Sensitivity, delta } = clause;
  for (const value of [sigma, l2Sensitivity]) if (!(value > 0) || !Number.isFinite(value)) throw badNoise('notPositive');
  if (!(delta > 0 && delta < 1)) throw badNoise('delta');
  let step = powerBelow(l2Sensitivity / wantedSteps);
  while (mechanism === 'skellam' && sigma / step > largestSkellamSigma) step *= 2;
  step = Math.max(step, 2 ** (-32 * words.fractionLimbs));
  const bound = Math.floor(l2Sensitivity / step);
  if (bound < 1) throw badNoise('tooCoarse');
  // Exact whole numbers in doubles, with room for the tails.
  if (sigma / step > 2 ** 44 || bound > 2 ** 44) throw badNoise('tooFine');
  return { step, bound };
}

function badNoise(reason: string): Error {
  return privacyErrors.error('PRIVACY.BAD_NOISE', { reason });
}

/** The largest power of two that is not above x > 0; exact, by halving and doubling. */
function powerBelow(x: number): number {
  let power = 1;
  while (power > x) power /= 2;
  while (power * 2 <= x) power *= 2;
  return power;
}
