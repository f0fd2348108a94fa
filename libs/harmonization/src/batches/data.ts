import { columnOf } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import type { ZodType } from 'zod';
import { harmonizationErrors } from '../errors.js';
import { batchSpecSchema } from './spec.js';
import type { BatchSpec, CovariateTerm } from './spec.js';

/** Rows as ComBat sees them. */
export interface BatchData {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Row-major rowCount x columnCount; NaN is a missing cell. */
  readonly values: Float64Array;
  /** One vector of rowCount values per covariate; NaN is a missing cell. */
  readonly covariates: readonly Float64Array[];
  /** Batch of each row, a position in the levels; -1 where it is unknown. */
  readonly batch: Int32Array;
  /** 1 for rows that can be harmonized: batch known, covariates observed. */
  readonly usable: Uint8Array;
  /** 1 for usable rows that the estimates are made from. */
  readonly fit: Uint8Array;
}

/** Sizes that a recipe fixes; the length of a vector may not depend on data. */
export interface BatchShape {
  readonly columns: number;
  readonly covariates: number;
  readonly batches: number;
}

/** Where the rows of a ComBat come from: the table itself, or something computed from it. */
export interface BatchSource<R> {
  readonly recipe: ZodType<R>;
  shapeOf(recipe: R): BatchShape;
  /** Pure and remembered. */
  dataOf(rows: CohortRows, recipe: Frozen<R>): BatchData;
}

/** The table itself. */
export const tableSource: BatchSource<BatchSpec> = {
  recipe: batchSpecSchema,
  shapeOf: ({ features, covariates, batch }) => ({
    columns: features.length,
    covariates: covariates.length,
    batches: batch.levels.length,
  }),
  dataOf: (rows, spec) => rows.memo(`batch data ${spec.hash}`, () => readData(rows, spec.value)),
};

function readData(rows: CohortRows, spec: BatchSpec): BatchData {
  const { rowCount } = rows;
  const p = spec.features.length;
  const values = new Float64Array(rowCount * p);
  spec.features.forEach((name, f) => {
    const column = needColumn(rows, name);
    for (let i = 0; i < rowCount; i++) values[i * p + f] = column[i] as number;
  });
  const covariates = spec.covariates.map((term) => covariateColumn(rows, term));
  const batch = batchColumn(rows, spec.batch);
  const usable = Uint8Array.from(batch, (code, i) => Number(code >= 0 && covariates.every((column) => !Number.isNaN(column[i]))));
  if (spec.completeRows) {
    for (let i = 0; i < rowCount; i++) if (values.subarray(i * p, (i + 1) * p).some(Number.isNaN)) usable[i] = 0;
  }
  const train = trainColumn(rows, spec.train);
  const fit = usable.map((flag, i) => flag & (train[i] as number));
  return { rowCount, columnCount: p, values, covariates, batch, usable, fit };
}

/** Values of a covariate, the product of its factors. @throws `HARMONIZATION.UNKNOWN_COVARIATE` */
export function covariateColumn(rows: CohortRows, term: CovariateTerm): Float64Array {
  const product = new Float64Array(rows.rowCount).fill(1);
  for (const factor of term.factors) {
    const column = needColumn(rows, factor.column);
    for (let i = 0; i < product.length; i++) {
      const value = column[i] as number;
      // The indicator of a missing cell is missing, not 0.
      const own = !('code' in factor) || Number.isNaN(value) ? value : Number(value === factor.code);
      product[i] = (product[i] as number) * own;
    }
  }
  return product;
}

/** Batch of each row; see {@link BatchData.batch}. */
export function batchColumn(rows: CohortRows, { column, levels }: BatchSpec['batch']): Int32Array {
  if (column === null) {
    const positions = rows.sites.map((site) => levels.indexOf(site));
    return rows.siteIndex.map((index) => positions[index] as number);
  }
  const codes = needColumn(rows, column);
  return Int32Array.from(codes, (code) => (Number.isInteger(code) && code >= 0 && code < levels.length ? code : -1));
}

function trainColumn(rows: CohortRows, train: BatchSpec['train']): Uint8Array {
  if (train === null) return new Uint8Array(rows.rowCount).fill(1);
  return Uint8Array.from(needColumn(rows, train.column), (value) => Number(train.values.includes(value)));
}

function needColumn(rows: CohortRows, name: string): Float64Array {
  const column = columnOf(rows, name);
  if (!column) throw harmonizationErrors.error('HARMONIZATION.UNKNOWN_COVARIATE', { covariate: name });
  return column;
}

/** Rows of one batch that the estimates are made from, ascending. */
export interface BatchGroup {
  readonly batch: number;
  readonly rows: Int32Array;
}

/** Fit rows by batch, ascending; batches without rows are left out. */
export function fitGroups(data: Pick<BatchData, 'batch' | 'fit'>): BatchGroup[] {
  const byBatch = new Map<number, number[]>();
  data.batch.forEach((batch, row) => {
    if (data.fit[row] === 0) return;
    const rows = byBatch.get(batch);
    if (rows) rows.push(row);
    else byBatch.set(batch, [row]);
  });
  return [...byBatch].sort(([a], [b]) => a - b).map(([batch, rows]) => ({ batch, rows: Int32Array.from(rows) }));
}
