import { columnIndex, isMissing } from '../cohort/table.js';
import type { TextTable } from '../cohort/table.js';
import { analysisErrors } from '../errors.js';

/** A table whose rows are results of sites (estimates with standard errors), in the order of its file. */
export interface SummaryTable {
  /** Name of each row. */
  readonly labels: readonly string[];
  /** A column of numbers, NaN where a cell is missing. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC` */
  column(name: string): Float64Array;
}

/** Reads a table of site summaries. @throws `COHORT.NO_COLUMN` */
export function readSummaryTable(table: TextTable, label: string): SummaryTable {
  const at = columnIndex(table, label);
  return {
    labels: table.rows.map((row) => row[at] ?? ''),
    column: (name) => {
      const index = table.columns.indexOf(name);
      if (index < 0) throw analysisErrors.error('METHOD.NO_COLUMN', { column: name });
      return Float64Array.from(table.rows, (row) => {
        const cell = (row[index] ?? '').trim();
        if (isMissing(cell)) return NaN;
        if (!Number.isFinite(Number(cell))) throw analysisErrors.error('METHOD.NOT_NUMERIC', { column: name });
        return Number(cell);
      });
    },
  };
}
