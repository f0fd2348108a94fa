import { unpackTriangle } from '@cohortium/numerics';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import type { TimeRule } from '../survival/survival-rows.js';
import { emptyZph, transformOf, zphObserver } from './local.js';
import type { CoxModel, TimeTransform, ZphSums } from './local.js';
import { coxRiskSumsQuery, coxScoresQuery, coxZphQuery } from './query.js';
import type { CoxTotals } from './query.js';
import { addPartialLikelihood, emptyPartial } from './risk-sums.js';

/** Where the baseline hazard belongs: to each site, or to all sites together on shared times (of each stratum). */
export type Baseline = { readonly of: 'site' } | { readonly of: 'all'; readonly times: readonly Float64Array[]; readonly rule: TimeRule };

/** Totals of models under a baseline: one round. */
export function* askCox(baseline: Baseline, model: CoxModel): SumProgram<CoxTotals[]> {
  if (baseline.of === 'site') return yield* ask(coxScoresQuery, model);
  const { times, rule } = baseline;
  const totals = yield* ask(coxRiskSumsQuery, { ...model, times, rule });
  const p = model.spec.value.terms.length;
  return totals.map(({ isBeyondLimit, rows, events, strata }, m) => {
    const beta = model.coefficients.subarray(m * p, (m + 1) * p);
    const partial = emptyPartial(p);
    if (!isBeyondLimit) for (const sums of strata) addPartialLikelihood(partial, sums, beta, model.ties);
    return {
      isBeyondLimit,
      rows,
      events,
      logLikelihood: partial.value,
      score: partial.score,
      information: unpackTriangle(partial.information, p),
    };
  });
}

/** Sums for the test of proportional hazards at one model: one round. */
export function* askZph(baseline: Baseline, model: CoxModel, transform: TimeTransform): SumProgram<ZphSums> {
  if (baseline.of === 'site') return yield* ask(coxZphQuery, { ...model, transform });
  const { times, rule } = baseline;
  const [total] = yield* ask(coxRiskSumsQuery, { ...model, times, rule });
  const p = model.spec.value.terms.length;
  const sums = emptyZph(p);
  const partial = emptyPartial(p);
  const g = transformOf(transform);
  total?.strata.forEach((risks, s) =>
    addPartialLikelihood(
      partial,
      risks,
      model.coefficients,
      model.ties,
      zphObserver(sums, (k) => g(times[s]?.[k] as number)),
    ),
  );
  return sums;
}
