import type { Json } from '@cohortium/kernel';
import { askZph, runOverSites, zphTests } from '@cohortium/statistics';
import type { CoxFit, CoxSetting, TimeTransform } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { orNull } from '../regression/coefficient-table.js';
import type { ModelDesign } from '../regression/model-design.js';
import type { ChosenBaseline } from './cox-baseline.js';

/** Test of proportional hazards of every term, as `cox.zph` prints it; null with a reason where it cannot be done. */
export async function proportionality(
  { federation, scope }: MethodContext,
  setting: CoxSetting,
  fit: CoxFit,
  chosen: ChosenBaseline,
  design: ModelDesign,
  kind: 'km' | 'identity' | 'log',
): Promise<Record<string, Json>> {
  const none = (reason: string) => ({ cox_zph: null, cox_zph_reason: reason });
  if (!fit.converged || fit.rank === 0) return none('no fit');
  if (kind === 'km' && chosen.km === null) return none('the function km of time needs a grid or exact_times; identity and log do not');
  const transform: TimeTransform = kind === 'km' ? (chosen.km as TimeTransform) : { kind };
  const sums = await runOverSites(askZph(setting.problem.baseline, setting.model(fit.standard.coefficients), transform), federation, scope);
  // The intercept of the design is not a column of the model.
  const termOf = design.termOf.slice(1);
  const labels = design.termLabels.map((label, t) => ({
    label,
    columns: [...termOf.keys()].filter((j) => termOf[j] === t && fit.estimated[j] === 1),
  }));
  const terms = labels.filter(({ columns }) => columns.length > 0);
  const { tests, global } = zphTests(
    sums,
    fit.standard.information,
    terms.map(({ columns }) => columns),
  );
  const rows = [...terms.map(({ label }) => label), 'GLOBAL'];
  return {
    cox_zph: {
      transform: kind,
      rows,
      cols: ['chisq', 'df', 'p'],
      values: [...tests, global].map((test) => (test ? [orNull(test.chisq), test.df, orNull(test.p)] : [null, null, null])),
    },
  };
}
