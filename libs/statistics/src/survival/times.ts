import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import { distinctValues } from '../ranks/order.js';
import { unitQueries } from '../units/queries.js';
import type { UnitSource } from '../units/units.js';
import { survivalRows, survivalSpecSchema } from './survival-rows.js';
import type { SurvivalSpec } from './survival-rows.js';

const recipeSchema = z.strictObject({ spec: survivalSpecSchema, which: z.enum(['events', 'all']) });
/** Which times are collected. */
export type TimeRecipe = z.output<typeof recipeSchema>;

/** Rows as units whose one column is their time. */
const timeSource: UnitSource<TimeRecipe> = {
  recipe: recipeSchema,
  units: (rows, recipe) =>
    rows.memo(`survival times ${recipe.hash}`, () => {
      const { spec, which } = recipe.value;
      const { rowIndex, time, event } = survivalRows(rows, spec);
      const groups = Int32Array.from(rowIndex, (_, i) => (which === 'all' || event[i] === 1 ? 0 : -1));
      const siteIndex = Int32Array.from(rowIndex, (row) => rows.siteIndex[row] as number);
      return { count: rowIndex.length, siteIndex, columns: [time], groups };
    }),
  columnCount: () => 1,
  groupCount: () => 1,
};

/** `survival-time-cells@1` and its kin: counts of times between thresholds. */
export const survivalTimeQueries = unitQueries('full', 'survival-time', timeSource);

/**
 * The distinct times of all events, or of all rows, ascending: thresholds are narrowed by counts until each value is known. It
 * discloses every time, without site or participant; only a clause of its own allows it.
 */
export async function distinctTimes(
  federation: Federation,
  scope: RosterScope,
  spec: SurvivalSpec,
  which: TimeRecipe['which'],
): Promise<Float64Array> {
  const arms = [{ heldOut: null, recipe: new Frozen({ spec, which }) }];
  const found = await distinctValues({ federation, queries: survivalTimeQueries, scope, arms }, 'values');
  return found[0]?.[0]?.values ?? new Float64Array(0);
}
