import { choleskyFactor, choleskySolve, ln } from '@cohortium/numerics';
import { correlationForm, factorOrNames } from '../combat/slopes.js';
import type { ProfilePart } from './profile.js';

/** The restricted likelihood at one ratio of variances. */
export interface LikelihoodPoint {
  /** Effects of the common columns. */
  readonly beta: Float64Array;
  /** Variance within participants (REML). */
  readonly variance: number;
  /** -2 ln of the restricted likelihood up to a constant. */
  readonly deviance: number;
  /** Its derivative with respect to the ratio. */
  readonly slope: number;
}

/**
 * Restricted likelihood of a random intercept, profiled over the effects and the variance within: deviance = (N - P) ln S + ln |V| +
 * ln |X'V^-1 X| with S = y'My - b'A^-1 b.
 * @param df rows minus number of fixed effects
 * @param names of the common columns, for the error
 * @throws `HARMONIZATION.CONFOUNDED`
 * Source: Harville, JASA 1977, doi 10.1080/01621459.1977.10480998.
 */
export function likelihoodPoint(part: ProfilePart, df: number, names: readonly string[]): LikelihoodPoint {
  const q = names.length;
  if (q === 0) {
    return {
      beta: new Float64Array(0),
      variance: part.yy / df,
      deviance: df * ln(part.yy) + part.logDet,
      slope: (df * part.yySlope) / part.yy + part.logDetSlope,
    };
  }
  const { correlation, scale } = correlationForm(part.xx, names);
  const factor = choleskyFactor(correlation, q, 1e-8) ?? factorOrNames(correlation, names);
  const solve = (vector: Float64Array) => {
    const scaled = choleskySolve(
      factor,
      q,
      vector.map((value, c) => value / (scale[c] as number)),
    );
    return scaled.map((value, c) => value / (scale[c] as number));
  };
  const beta = solve(part.xy.slice());
  const squares = part.yy - dot(part.xy, beta);
  const slopes = unpack(part.xxSlope, q);
  let quadratic = 0;
  let trace = 0;
  for (let a = 0; a < q; a++) {
    quadratic += (beta[a] as number) * dot(slopes[a] as Float64Array, beta);
    trace += solve((slopes[a] as Float64Array).slice())[a] as number;
  }
  const squaresSlope = part.yySlope - 2 * dot(part.xySlope, beta) + quadratic;
  let logDet = part.logDet;
  for (let a = 0; a < q; a++) logDet += 2 * ln((factor[a * q + a] as number) * (scale[a] as number));
  return {
    beta,
    variance: squares / df,
    deviance: df * ln(squares) + logDet,
    slope: (df * squaresSlope) / squares + part.logDetSlope + trace,
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

/** Rows of a symmetric matrix from its upper triangle. */
function unpack(triangle: Float64Array, q: number): Float64Array[] {
  const rows = Array.from({ length: q }, () => new Float64Array(q));
  let at = 0;
  for (let a = 0; a < q; a++)
    for (let b = a; b < q; b++, at++) {
      (rows[a] as Float64Array)[b] = triangle[at] as number;
      (rows[b] as Float64Array)[a] = triangle[at] as number;
    }
  return rows;
}
