import { createHmac } from 'node:crypto';
import { encodeFixedPoint } from '@cohortium/federation';
import type { WordFormat } from '@cohortium/federation';
import { discreteGaussian, fractionOf } from './discrete-gaussian.js';
import type { Fraction } from './discrete-gaussian.js';
import type { NoiseClause, NoiseGrid } from './grid.js';
import { SeededStream, UniformIntegers } from './secure-random.js';
import { SkellamSampler } from './skellam.js';

/**
 * The seed of the noise of one release: HMAC-SHA-256 of the release key under a secret of the site (RFC 2104). The same request gets the
 * same noise in every run, after every crash and from a database that was set back, so nobody can average it away; whoever does not
 * know the secret cannot compute it.
 * @param secret 32 bytes or more that never leave the site
 */
export function noiseSeed(secret: Uint8Array, releaseKey: string): Uint8Array {
  if (secret.length < 32) throw new RangeError('the secret is too short');
  return new Uint8Array(createHmac('sha256', secret).update(`cohortium noise v1 ${releaseKey}`).digest());
}

/**
 * Sites whose noise counts in a sum over `siteCount` sites. More than two thirds must be honest for secure aggregation to hold, and so many
 * are taken to add theirs; where contributions are opened one by one, a site counts on nobody but itself.
 */
export function honestSites(siteCount: number, secureAggregation: boolean): number {
  return secureAggregation ? Math.floor((2 * siteCount) / 3) + 1 : 1;
}

/** Variance of one site's noise in squared steps: the clause's share that honest sites must bring, rounded up by the exact fraction. */
export function siteVariance(clause: NoiseClause, { step }: NoiseGrid, honest: number): Fraction {
  const sigma = fractionOf(clause.sigma / step);
  return { numerator: sigma.numerator ** 2n, denominator: sigma.denominator ** 2n * BigInt(honest) };
}

const samplers = new Map<string, SkellamSampler>();

/** One site's noise in whole steps, drawn from the stream of a seed. */
export function drawNoise(clause: NoiseClause, grid: NoiseGrid, honest: number, length: number, seed: Uint8Array): Float64Array {
  const random = new UniformIntegers(new SeededStream(seed));
  const variance = siteVariance(clause, grid, honest);
  const sampler = clause.mechanism === 'skellam' ? skellamSampler(variance) : undefined;
  return Float64Array.from({ length }, () => Number(sampler ? sampler.sample(random) : discreteGaussian(random, variance)));
}

/** Tables take a moment to build, and a clause needs the same one each time. */
function skellamSampler(variance: Fraction): SkellamSampler {
  const key = `${variance.numerator}/${variance.denominator}`;
  const known = samplers.get(key);
  if (known) return known;
  if (samplers.size > 7) samplers.clear();
  const sampler = new SkellamSampler(variance);
  samplers.set(key, sampler);
  return sampler;
}

/** Noise in the words of an operation; exact, since a step is a power of two and no finer than the words. */
export function noiseWords(noise: Float64Array, grid: NoiseGrid, words: WordFormat, operation: string): Uint32Array {
  return encodeFixedPoint(
    noise.map((steps) => steps * grid.step),
    words,
    operation,
  );
}
