import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import type { Baseline } from './baseline.js';
import type { CoxModel } from './local.js';
import { coxRiskSumsQuery } from './query.js';
import { blockLength } from './risk-sums.js';
import type { RiskSums, TieRule } from './risk-sums.js';

/** Baseline hazard of one stratum. */
export interface BaselineHazard {
  /** Event times, ascending. */
  readonly times: Float64Array;
  /** Cumulative hazard up to and at each of them, of a participant whose columns are those of the model's center. */
  readonly cumulative: Float64Array;
}

/**
 * Cumulative baseline hazard of each stratum of a common baseline: one round of risk sums at the fit. Ties by the rule of the model, as R's
 * `survfit.coxph` and `basehaz`: Breslow d / sum w, Efron the sum over l < d of 1 / (sum w - l / d times the sum of w over the events).
 * Source: Breslow 1972, discussion of Cox, doi 10.1111/j.2517-6161.1972.tb00900.x; Efron 1977, doi 10.1080/01621459.1977.10480613.
 */
export function* askHazard(baseline: Extract<Baseline, { of: 'all' }>, model: CoxModel): SumProgram<BaselineHazard[]> {
  const { times, rule } = baseline;
  const [total] = yield* ask(coxRiskSumsQuery, { ...model, times, rule });
  return (total?.strata ?? []).map((sums, s) => cumulativeHazard(sums, times[s] as Float64Array, model.ties));
}

function cumulativeHazard({ times: count, columns: p, leaving, beyond, events, tied }: RiskSums, times: Float64Array, ties: TieRule) {
  const block = blockLength(p);
  const steps = new Float64Array(count);
  let risk = beyond[0] as number;
  for (let k = count - 1; k >= 0; k--) {
    risk += leaving[k * block] as number;
    const d = events[k * (1 + p)] as number;
    if (ties === 'breslow') steps[k] = d === 0 ? 0 : d / risk;
    else for (let l = 0; l < d; l++) steps[k] = (steps[k] as number) + 1 / (risk - (l / d) * (tied[k * block] as number));
  }
  const at = [...steps.keys()].filter((k) => (events[k * (1 + p)] as number) > 0);
  let sum = 0;
  return { times: Float64Array.from(at, (k) => times[k] as number), cumulative: Float64Array.from(at, (k) => (sum += steps[k] as number)) };
}
