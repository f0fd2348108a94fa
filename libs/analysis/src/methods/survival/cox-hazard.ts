import type { Json } from '@cohortium/kernel';
import { exp } from '@cohortium/numerics';
import { askHazard, runOverSites } from '@cohortium/statistics';
import type { CoxFit, CoxSetting } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { orNull } from '../regression/coefficient-table.js';
import { strataLabels } from './survival-params.js';

/** Cumulative baseline hazard of each stratum; null with a reason where every site keeps its own. */
export async function baselineHazard(
  { federation, scope, table }: MethodContext,
  setting: CoxSetting,
  fit: CoxFit,
  strata: readonly string[],
): Promise<Record<string, Json>> {
  const none = (reason: string) => ({ baseline_hazard: null, baseline_hazard_reason: reason });
  const { baseline } = setting.problem;
  if (!fit.converged) return none('no fit');
  if (baseline.of === 'site') return none('each site keeps its own baseline; a common one needs a grid or exact_times');
  const found = await runOverSites(askHazard(baseline, setting.model(fit.standard.coefficients)), federation, scope);
  const means = setting.standard.mean.slice(1);
  const middle = means.reduce((sum, mean, j) => sum + (fit.estimated[j] === 1 ? mean * (fit.coefficients[j] as number) : 0), 0);
  const labels = strataLabels(table, strata);
  return {
    baseline_hazard: found.map(({ times, cumulative }, s) => ({
      stratum: strata.length === 0 ? null : (labels[s] as string),
      time: [...times],
      at_zero: [...cumulative].map((value) => orNull(value * exp(-middle))),
      at_means: [...cumulative],
      survival_at_means: [...cumulative].map((value) => exp(-value)),
    })),
  };
}
