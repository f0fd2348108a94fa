import { Frozen } from '@cohortium/kernel';
import { clinicalInputs } from '@cohortium/protocol';
import type { SelectionRule } from '@cohortium/protocol';
import { screenColumns, selectByCorrelation, selectByMrmr } from '@cohortium/statistics';
import type { UnitProgram } from '@cohortium/statistics';
import { analysisErrors } from '../errors.js';
import type { SelectionRecipe } from '../selection-queries.js';
import type { FitContext } from './context.js';
import type { PreparedArm } from './preparation.js';

/** What selection has left of the features of one arm. */
export interface ArmFeatures {
  /** Indices into the kept features of the arm's preparation, ascending; clinical predictors included. */
  readonly columns: readonly number[];
  /** Imaging features left after each step. */
  readonly steps: readonly number[];
}

/**
 * Learns the selection of every arm side by side, step by step; each step sees what the ones before have left. Without rules, every feature stays
 * and nothing is asked.
 * @throws `STUDY.NOTHING_SELECTED`
 */
export async function selectInArms(context: FitContext, arms: readonly PreparedArm[]): Promise<ArmFeatures[]> {
  const rules = context.protocol.analysis.selection;
  const clinical = new Set(clinicalInputs(context.protocol).map(({ name }) => name));
  const place = (arm: PreparedArm, wanted: boolean) =>
    [...arm.preparation.features.keys()].filter((j) => clinical.has(arm.preparation.features[j] as string) === wanted);
  let left = arms.map((arm) => place(arm, false));
  const counts = arms.map((): number[] => []);
  for (const rule of rules) {
    left = await applyRule(context, arms, left, rule);
    left.forEach((columns, a) => {
      if (columns.length === 0) throw analysisErrors.error('STUDY.NOTHING_SELECTED', { rule: rule.rule });
      counts[a]?.push(columns.length);
    });
  }
  return arms.map((arm, a) => ({
    columns: [...(left[a] as number[]), ...place(arm, true)].sort((x, y) => x - y),
    steps: counts[a] as number[],
  }));
}

async function applyRule(
  context: FitContext,
  arms: readonly PreparedArm[],
  left: readonly (readonly number[])[],
  rule: SelectionRule,
): Promise<number[][]> {
  const program: UnitProgram<SelectionRecipe> = {
    federation: context.federation,
    queries: context.queries.selection,
    scope: context.scope,
    arms: arms.map(({ heldOut, preparation }, a) => {
      const keep = left[a] as readonly number[];
      return { heldOut, recipe: new Frozen({ design: { preparation, keep: [...keep] }, columnCount: keep.length, groupByOutcome: true }) };
    }),
  };
  const kept = await keptBy(program, rule);
  return kept.map((positions, a) => positions.map((k) => left[a]?.[k] as number).sort((x, y) => x - y));
}

async function keptBy(program: UnitProgram<SelectionRecipe>, rule: SelectionRule): Promise<readonly (readonly number[])[]> {
  if (rule.rule === 'correlation') {
    const { cutoff, priority } = rule;
    const filters = await selectByCorrelation(program, { kind: { kind: 'pearson' }, cutoff, rule: { rule: 'greedy' }, priority });
    return filters.map(({ kept }) => kept);
  }
  if (rule.rule === 'univariate') {
    const { test, adjust, alpha } = rule;
    const screens = await screenColumns(program, { test, adjust, alpha, ranks: { kind: 'grid', bins: 1000 } });
    return screens.map(({ kept }) => kept);
  }
  const { count, criterion } = rule;
  const chosen = await selectByMrmr(program, { measure: { kind: 'correlation' }, criterion, count });
  return chosen.map(({ kept }) => kept);
}
