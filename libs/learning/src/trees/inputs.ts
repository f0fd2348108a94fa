import { columnOf } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import type { UnitSource } from '@cohortium/statistics';
import { z } from 'zod';
import { learningErrors } from '../errors.js';

/** An input of a tree: a column of numbers, or the indicator of one category of a column (a code of `CohortRows.covariates`). */
export const treeInputSchema = z.strictObject({ column: z.string(), code: z.int().min(0).nullable() });
/** See {@link treeInputSchema}. */
export type TreeInput = z.output<typeof treeInputSchema>;

/** What trees learn: inputs, and the outcome with the values that count as positive; all other observed values are negative. */
export const treeTaskSchema = z.strictObject({
  inputs: z.array(treeInputSchema).min(1).max(20_000),
  outcome: z.strictObject({ column: z.string(), positive: z.array(z.number()).min(1) }),
});
/** See {@link treeTaskSchema}. */
export type TreeTask = z.output<typeof treeTaskSchema>;

/** Rows as trees see them. */
export interface TreeRows {
  readonly rowCount: number;
  /** One vector per input; NaN is missing. */
  readonly columns: readonly Float64Array[];
  /** 1, 0, or -1 where the outcome is missing: such a row is not learned from. */
  readonly outcome: Int8Array;
}

/** Inputs and outcome of some rows; pure and remembered. @throws `LEARNING.NO_COLUMN` */
export function treeRows(rows: CohortRows, task: Frozen<TreeTask>): TreeRows {
  return rows.memo(`tree rows ${task.hash}`, () => {
    const { inputs, outcome } = task.value;
    const labels = needColumn(rows, outcome.column);
    return {
      rowCount: rows.rowCount,
      columns: inputs.map((input) => inputColumn(rows, input)),
      outcome: Int8Array.from(labels, (value) => (Number.isNaN(value) ? -1 : Number(outcome.positive.includes(value)))),
    };
  });
}

/** Values of one input. @throws `LEARNING.NO_COLUMN` */
export function inputColumn(rows: CohortRows, { column, code }: TreeInput): Float64Array {
  const values = needColumn(rows, column);
  return code === null ? values : values.map((value) => (Number.isNaN(value) ? NaN : Number(value === code)));
}

function needColumn(rows: CohortRows, name: string): Float64Array {
  const column = columnOf(rows, name);
  if (!column) throw learningErrors.error('LEARNING.NO_COLUMN', { column: name });
  return column;
}

/** Inputs as columns of units, for moments and counts over a grid; rows without outcome are left out. */
export const treeUnits: UnitSource<TreeTask> = {
  recipe: treeTaskSchema,
  columnCount: ({ inputs }) => inputs.length,
  groupCount: () => 1,
  units: (rows, task) => {
    const { columns, outcome } = treeRows(rows, task);
    return { count: rows.rowCount, siteIndex: rows.siteIndex, columns, groups: Int32Array.from(outcome, (label) => Math.min(label, 0)) };
  },
};
