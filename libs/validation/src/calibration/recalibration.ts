import { logistic, softplus } from '@cohortium/numerics';
import { waldInterval } from '../normal-interval.js';
import { assertScores } from '../scores.js';

/** One coefficient of a recalibration model with its Wald 95 % interval, or why there is none. */
export type Recalibration =
  | {
      readonly state: 'ok';
      readonly estimate: number;
      readonly standardError: number;
      readonly low: number;
      readonly high: number;
      /** Newton steps taken. */
      readonly iterations: number;
    }
  | { readonly state: 'error'; readonly reason: 'notConverged' | 'constantPredictor' };

const maxIterations = 50;
const maxHalvings = 30;
/** Newton converges quadratically: a step this small, on the logit scale, leaves an error far below the last bit. */
const stepTolerance = 1e-10;

/** y ~ logistic(offset + a + b x); without `predictor` b stays 0 and is not estimated. */
interface LogisticLine {
  readonly outcome: Float64Array;
  readonly offset: Float64Array | null;
  readonly predictor: Float64Array | null;
}

/** Gradient and information of the log-likelihood at (a, b). */
interface LineDerivatives {
  readonly logLikelihood: number;
  readonly gradient: readonly [number, number];
  /** Fisher information: I_aa, I_ab, I_bb. */
  readonly information: readonly [number, number, number];
}

function derivatives({ outcome, offset, predictor }: LogisticLine, a: number, b: number): LineDerivatives {
  let logLikelihood = 0;
  let ga = 0;
  let gb = 0;
  let iaa = 0;
  let iab = 0;
  let ibb = 0;
  for (let i = 0; i < outcome.length; i++) {
    const x = predictor ? (predictor[i] as number) : 0;
    const eta = (offset ? (offset[i] as number) : 0) + a + b * x;
    const y = outcome[i] as number;
    // 1 - p is taken from the other tail, so that residuals keep their digits where p is near 1.
    const p = logistic(eta);
    const q = logistic(-eta);
    const residual = y === 1 ? q : -p;
    const weight = p * q;
    logLikelihood += y * eta - softplus(eta);
    ga += residual;
    gb += residual * x;
    iaa += weight;
    iab += weight * x;
    ibb += weight * x * x;
  }
  return { logLikelihood, gradient: [ga, gb], information: [iaa, iab, ibb] };
}

/** Newton direction, or null where the information is singular to working precision. */
function newtonStep({ gradient: [ga, gb], information: [iaa, iab, ibb] }: LineDerivatives, withSlope: boolean): [number, number] | null {
  if (!withSlope) return iaa > 0 ? [ga / iaa, 0] : null;
  const determinant = iaa * ibb - iab * iab;
  if (!(determinant > 1e-12 * iaa * ibb)) return null;
  return [(ibb * ga - iab * gb) / determinant, (iaa * gb - iab * ga) / determinant];
}

/** Maximum likelihood by damped Newton; null where it is not reached. */
function fitLine(line: LogisticLine): { a: number; b: number; at: LineDerivatives; iterations: number } | null {
  const withSlope = line.predictor !== null;
  let a = 0;
  let b = 0;
  let at = derivatives(line, a, b);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const step = newtonStep(at, withSlope);
    if (!step) return null;
    let [da, db] = step;
    let next = derivatives(line, a + da, b + db);
    // The last steps change the likelihood by rounding only, which is no reason to halve them.
    const slack = 1e-12 * Math.abs(at.logLikelihood);
    for (let halving = 0; next.logLikelihood < at.logLikelihood - slack && halving < maxHalvings; halving++) {
      da /= 2;
      db /= 2;
      next = derivatives(line, a + da, b + db);
    }
    a += da;
    b += db;
    at = next;
    const scale = 1 + Math.max(Math.abs(a), Math.abs(b));
    if (Math.max(Math.abs(da), Math.abs(db)) <= stepTolerance * scale) return { a, b, at, iterations: iteration };
  }
  return null;
}

const notConverged: Recalibration = { state: 'error', reason: 'notConverged' };

/**
 * Calibration-in-the-large: the intercept a of y ~ logistic(a + lp) with the linear predictor lp as offset. 0 where predictions
 * are right on average, positive where they are too low. Does not exist with one class only.
 * Source: Cox 1958, doi 10.1093/biomet/45.3-4.562; Steyerberg, Clinical Prediction Models, 2nd ed. 2019, section 15.3.
 * @param linearPredictor logit of the predicted probability, finite
 * @throws `VALIDATION.BAD_SCORES`
 */
export function calibrationInTheLarge(outcome: Float64Array, linearPredictor: Float64Array): Recalibration {
  assertScores('calibrationInTheLarge', outcome, linearPredictor);
  if (outcome.every((y) => y === outcome[0])) return notConverged;
  const fit = fitLine({ outcome, offset: linearPredictor, predictor: null });
  if (!fit) return notConverged;
  const standardError = 1 / Math.sqrt(fit.at.information[0]);
  return { state: 'ok', estimate: fit.a, standardError, ...waldInterval(fit.a, standardError), iterations: fit.iterations };
}

/**
 * Calibration slope: b of y ~ logistic(a + b lp). 1 where the spread of the predictions is right, below 1 where they are too
 * extreme. Does not exist where a cut on lp separates the classes, or where lp is the same for everyone.
 * Source: as for {@link calibrationInTheLarge}; existence: Albert & Anderson 1984, doi 10.1093/biomet/71.1.1.
 * @param linearPredictor logit of the predicted probability, finite
 * @throws `VALIDATION.BAD_SCORES`
 */
export function calibrationSlope(outcome: Float64Array, linearPredictor: Float64Array): Recalibration {
  assertScores('calibrationSlope', outcome, linearPredictor);
  const range = { low: [Infinity, Infinity], high: [-Infinity, -Infinity] };
  let mean = 0;
  outcome.forEach((y, i) => {
    const lp = linearPredictor[i] as number;
    range.low[y] = Math.min(range.low[y] as number, lp);
    range.high[y] = Math.max(range.high[y] as number, lp);
    mean += lp / outcome.length;
  });
  const spread = Math.max(...range.high) - Math.min(...range.low);
  if (!(spread > 1e-9 * (1 + Math.abs(mean)))) return outcome.length === 0 ? notConverged : { state: 'error', reason: 'constantPredictor' };
  const [low0, low1] = range.low as [number, number];
  const [high0, high1] = range.high as [number, number];
  if (high0 <= low1 || high1 <= low0) return notConverged;
  // Centered and scaled, so that intercept and slope are of one size and the information is well conditioned.
  const fit = fitLine({ outcome, offset: null, predictor: linearPredictor.map((lp) => (lp - mean) / spread) });
  if (!fit) return notConverged;
  const [iaa, iab, ibb] = fit.at.information;
  const estimate = fit.b / spread;
  const standardError = Math.sqrt(iaa / (iaa * ibb - iab * iab)) / spread;
  return { state: 'ok', estimate, standardError, ...waldInterval(estimate, standardError), iterations: fit.iterations };
}
