import { Frozen } from '@cohortium/kernel';
import { atRisk, survivalCellsQuery } from '@cohortium/statistics';
import type { Baseline, SurvivalCells, SurvivalSpec, TimeTransform } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { declaredTimes, sharedTimes, strataOf } from './survival-params.js';
import type { NamedStrata, TimeKeys } from './survival-params.js';

/** A baseline with what was learned on the way. */
export interface ChosenBaseline {
  readonly baseline: Baseline;
  /** The spec with its strata. */
  readonly survival: SurvivalSpec;
  /** How times were shared; `none` where they were not. */
  readonly rule: 'exact' | 'grid' | 'none';
  /** 1 - Kaplan-Meier just before each shared time, all strata together, for the test of proportional hazards. */
  readonly km: Extract<TimeTransform, { kind: 'step' }> | null;
}

/**
 * Where the baseline belongs. Shared times are found first where they are allowed, and counted by stratum: a stratum forms risk sets at
 * its own event times only.
 */
export async function chooseBaseline(
  context: MethodContext,
  keys: TimeKeys,
  spec: SurvivalSpec,
  strata: NamedStrata,
): Promise<ChosenBaseline> {
  const survival = { ...spec, strata: strataOf(context.table, strata.columns) };
  const isShared = keys.exact_times || declaredTimes('cox', keys) !== undefined;
  if (strata.bySite && !isShared) return { baseline: { of: 'site' }, survival, rule: 'none', km: null };
  const { times, rule } = await sharedTimes('cox', context, keys, survival, 'events');
  const { value } = await context.federation.sum(survivalCellsQuery, { spec: new Frozen(survival), times, rule }, context.scope);
  const km = leftContinuousKm(times, value);
  const shared = rule === 'exact' ? ('exact' as const) : ('grid' as const);
  if (strata.bySite) return { baseline: { of: 'site' }, survival, rule: shared, km };
  const own = value.map(({ events }) => times.filter((_, k) => (events[k] as number) > 0));
  // On a grid every point stays: rows are put to the next point of it, and not to the next event of their stratum.
  const byStratum = rule === 'exact' ? own : value.map(() => times);
  return { baseline: { of: 'all', times: byStratum, rule }, survival, rule: shared, km };
}

function leftContinuousKm(times: Float64Array, strata: readonly SurvivalCells[]): ChosenBaseline['km'] {
  const values = new Float64Array(times.length);
  const risk = strata.map(atRisk);
  let survival = 1;
  for (let k = 0; k < times.length; k++) {
    values[k] = 1 - survival;
    const n = risk.reduce((sum, own) => sum + (own[k] as number), 0);
    const d = strata.reduce((sum, { events }) => sum + (events[k] as number), 0);
    if (n > 0) survival *= (n - d) / n;
  }
  return { kind: 'step', times, values };
}
