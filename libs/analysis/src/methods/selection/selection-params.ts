import type { Arm } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import type { ColumnRecipe, UnitProgram } from '@cohortium/statistics';
import { z } from 'zod';
import type { MethodContext, MethodLeaf } from '../method.js';
import { numberColumns } from '../params.js';
import { columnQueries, heldOutColumnQueries, refused, twoGroups, unitLeaves } from '../descriptives/column-program.js';

/** Schema keys that all selections share. */
export const selectionKeys = {
  columns: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Candidate columns of numbers, in the order that settles ties; all of them where none is named'),
  leave_one_site_out: z
    .boolean()
    .default(false)
    .describe(
      'Also selects without each site in turn, in the same rounds: what a leave-one-site-out validation would have used. By difference it discloses aggregates of single sites',
    ),
};

/** Leaves of a selection, with and without held-out sites. */
export function selectionLeaves(parts: Parameters<typeof unitLeaves>[1]): MethodLeaf[] {
  return [...unitLeaves(columnQueries, parts), ...unitLeaves(heldOutColumnQueries, parts)];
}

/** Candidate columns and the arms of a selection: everybody, then without each site where that is asked for. */
export interface SelectionSetup {
  readonly columns: readonly string[];
  readonly heldOut: readonly (string | null)[];
  readonly program: UnitProgram<ColumnRecipe>;
}

/**
 * Sets a selection up.
 * @param outcome column of two categories that groups the rows; null where the selection looks at the columns alone
 * @param complete whether only rows that have every column take part
 * @throws `METHOD.REFUSED`
 */
export function selectionSetup(
  method: string,
  context: MethodContext,
  given: { readonly columns?: readonly string[] | undefined; readonly leave_one_site_out: boolean },
  { outcome, complete }: { readonly outcome: string | null; readonly complete: boolean },
): SelectionSetup {
  const { federation, scope, table } = context;
  const columns = numberColumns(table, given.columns, outcome === null ? [] : [outcome]);
  if (columns.length === 0) throw refused(method, 'there is no candidate column of numbers');
  if (outcome !== null && columns.includes(outcome)) throw refused(method, `the outcome "${outcome}" is among the candidates`);
  const group = outcome === null ? { by: 'none' as const } : twoGroups(method, context, outcome).spec;
  const heldOut = [null, ...(given.leave_one_site_out ? scope.sites : [])];
  if (heldOut.length === 2) throw refused(method, 'leaving out the only site leaves nobody');
  const recipe = new Frozen<ColumnRecipe>({ columns, needs: complete ? columns : [], group });
  const arms = heldOut.map((site): Arm<ColumnRecipe> => ({ heldOut: site, recipe }));
  return {
    columns,
    heldOut,
    program: { federation, scope, arms, queries: given.leave_one_site_out ? heldOutColumnQueries : columnQueries },
  };
}

/** The result of the first arm, and of the others by the site that they hold out. */
export function byHeldOut<T>(
  heldOut: readonly (string | null)[],
  arms: readonly T[],
  show: (arm: T) => Record<string, Json>,
): Record<string, Json> {
  const [whole, ...folds] = arms;
  if (whole === undefined) return {};
  return {
    ...show(whole),
    ...(folds.length > 0 && { without_site: Object.fromEntries(folds.map((arm, k) => [heldOut[k + 1] as string, show(arm)])) }),
  };
}

/** A selection over complete rows needs some: a column that a site does not have leaves none there. @throws `METHOD.REFUSED` */
export function needRows(method: string, arms: readonly { readonly n: number }[]): void {
  if (arms.some(({ n }) => n < 3)) throw refused(method, 'fewer than three rows have every column; leave out those that are often missing');
}
