import { exp, ln, normalQuantile } from '@cohortium/numerics';
import type { SurvivalCells } from './cells-query.js';
import { atRisk } from './cells-query.js';

/** Scales of intervals for a survival probability, by the name of R's `conf.type`. */
export const intervalScales = ['log', 'log-log', 'plain'] as const;
/** See {@link intervalScales}. */
export type IntervalScale = (typeof intervalScales)[number];

/** A survival curve at its times. */
export interface SurvivalCurve {
  readonly times: Float64Array;
  readonly atRisk: Float64Array;
  readonly events: Float64Array;
  readonly censored: Float64Array;
  readonly survival: Float64Array;
  /** Greenwood's standard error of ln survival, that of the cumulative hazard. */
  readonly logError: Float64Array;
}

/**
 * Product-limit estimate with Greenwood's variance.
 * Source: Kaplan & Meier 1958, doi 10.1080/01621459.1958.10501452; as R's `survfit`.
 */
export function kaplanMeier(times: Float64Array, cells: SurvivalCells): SurvivalCurve {
  const risk = atRisk(cells);
  const survival = new Float64Array(times.length);
  const logError = new Float64Array(times.length);
  let s = 1;
  let variance = 0;
  for (let k = 0; k < times.length; k++) {
    const [n, d] = [risk[k] as number, cells.events[k] as number];
    if (d > 0) {
      s *= (n - d) / n;
      variance += d / (n * (n - d));
    }
    survival[k] = s;
    logError[k] = Math.sqrt(variance);
  }
  return { times, atRisk: risk, events: cells.events, censored: cells.censored, survival, logError };
}

/** Interval of a survival probability; NaN where R gives none (nobody is left). */
export function survivalInterval(survival: number, logError: number, scale: IntervalScale, level: number): readonly [number, number] {
  const z = normalQuantile((1 + level) / 2, 0, 1);
  if (scale === 'plain') {
    const reach = z * logError * survival;
    return [Math.max(0, survival - reach), Math.min(1, survival + reach)];
  }
  if (survival === 0) return [NaN, NaN];
  if (scale === 'log') return [exp(ln(survival) - z * logError), Math.min(1, exp(ln(survival) + z * logError))];
  if (survival === 1) return [1, 1];
  const center = ln(-ln(survival));
  const reach = (z * logError) / ln(survival);
  return [exp(-exp(center - reach)), exp(-exp(center + reach))];
}

/** Equal survival up to rounding. */
const flat = Math.sqrt(2 ** -52);

/**
 * First time at which a falling curve is at or below 1 - share; in the middle of a stretch where it equals 1 - share. Null where it stays
 * above. As R's `quantile.survfit`.
 */
export function curveQuantile(times: Float64Array, survival: Float64Array, share: number): number | null {
  const target = 1 - share;
  const at = survival.findIndex((s) => s <= target + flat);
  if (at < 0) return null;
  if ((survival[at] as number) < target - flat) return times[at] as number;
  const next = survival.findIndex((s) => s < target - flat);
  return next < 0 ? (times[at] as number) : ((times[at] as number) + (times[next] as number)) / 2;
}
