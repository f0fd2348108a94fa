import { columnOf } from '@cohortium/federation';
import type { CohortRows, RowSubset } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import { statisticsErrors } from '../../errors.js';
import { matrixSpecSchema, modelMatrix } from '../../model-matrix/model-matrix.js';
import { filled } from './kernels.js';
import type { Columns } from './kernels.js';

/** How rows fall into folds: by the values of a column, one site after another, or by lot within a site. */
const foldsSchema = z.union([
  z.strictObject({ kind: z.literal('column'), column: z.string(), values: z.array(z.number()).min(2).max(1000) }),
  z.strictObject({ kind: z.literal('site'), sites: z.array(z.string()).min(2).max(1000) }),
  z.strictObject({ kind: z.literal('participant'), count: z.int().min(2).max(1000), seed: z.string() }),
]);
/** See {@link foldsSchema}. */
export type PathFolds = z.output<typeof foldsSchema>;

/** Kinds of outcome. */
export const families = ['gaussian', 'binomial', 'poisson', 'multinomial'] as const;
/** See {@link families}. */
export type PathFamily = (typeof families)[number];

/** What a site needs to know to take part in a fit, beside the coefficients. */
export const penalizedDataSchema = z.strictObject({
  family: z.enum(families),
  /** The penalized columns, about standardized; every column that a row must have is among its needs. */
  matrix: matrixSpecSchema,
  outcome: z.strictObject({
    column: z.string(),
    /** Values of the classes in order (binomial: negative, positive); null for numbers. */
    classes: z.array(z.number()).min(2).max(64).nullable(),
    /** Subtracted from a number, and then what it is divided by. */
    center: z.number(),
    scale: z.number(),
  }),
  /** Column of case weights. */
  weight: z.string().nullable(),
  /** Columns that are added to the linear predictor with coefficient 1: none, one, or one per class. */
  offsets: z.array(z.string()).max(64),
  folds: foldsSchema.nullable(),
});
/** See {@link penalizedDataSchema}. */
export type PenalizedData = z.output<typeof penalizedDataSchema>;

/** Linear predictors of one row: one per class of a multinomial outcome, else one. */
export function predictorCount({ family, outcome }: Pick<PenalizedData, 'family' | 'outcome'>): number {
  return family === 'multinomial' ? (outcome.classes?.length ?? 0) : 1;
}

/** Folds of a data set; 0 where there are none. */
export function foldCount(folds: PathFolds | null): number {
  if (folds === null) return 0;
  return folds.kind === 'participant' ? folds.count : folds.kind === 'site' ? folds.sites.length : folds.values.length;
}

/** One site's complete rows as numbers. */
export interface PenalizedRows {
  readonly design: Columns;
  /** Number, or position among the classes. NaN where the value is no class. */
  readonly outcome: Float64Array;
  readonly weight: Float64Array;
  /** By class, by row. */
  readonly offsets: readonly Float64Array[];
  /** Fold of each row, -1 where it is in none. */
  readonly fold: Int32Array;
}

/** The rows of a data set, remembered. @throws `STATISTICS.NO_COLUMN` */
export function penalizedRows(rows: CohortRows, data: Frozen<PenalizedData>, matrix: Frozen<PenalizedData['matrix']>): PenalizedRows {
  return rows.memo(`penalized ${data.hash}`, () => makeRows(rows, data.value, matrix));
}

function makeRows(rows: CohortRows, data: PenalizedData, matrix: Frozen<PenalizedData['matrix']>): PenalizedRows {
  const { rowIndex, columnCount: p, values } = modelMatrix(rows, matrix);
  const n = rowIndex.length;
  const stride = filled(n);
  const columns = new Float64Array(stride * (p + 1)).fill(1, 0, n);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) columns[(j + 1) * stride + i] = values[i * p + j] as number;
  const pick = (name: string) => {
    const column = columnOf(rows, name);
    if (!column) throw statisticsErrors.error('STATISTICS.NO_COLUMN', { column: name });
    return Float64Array.from(rowIndex, (row) => column[row] as number);
  };
  const { column, classes, center, scale } = data.outcome;
  const given = data.offsets.map(pick);
  const none = new Float64Array(n);
  // A Gaussian offset is subtracted from the outcome, as glmnet does: it then has the outcome's scale.
  const isGaussian = data.family === 'gaussian';
  const outcome = pick(column).map((value, i) => {
    if (classes === null) return (value - (isGaussian ? (given[0]?.[i] ?? 0) : 0) - center) / scale;
    const at = classes.indexOf(value);
    return at < 0 ? NaN : at;
  });
  return {
    design: { rowCount: n, columnCount: p + 1, stride, values: columns },
    outcome,
    weight: data.weight === null ? new Float64Array(n).fill(1) : pick(data.weight),
    offsets: Array.from({ length: predictorCount(data) }, (_, c) => (isGaussian ? none : (given[c] ?? none))),
    fold: foldsOf(rows, data.folds, rowIndex, pick),
  };
}

/** Rows that the folds of a request set apart by lot or by a column; whole sites are not rows set apart. */
export function foldSubsets({ folds }: PenalizedData): RowSubset[] {
  if (folds === null || folds.kind === 'site') return [];
  return [
    folds.kind === 'participant'
      ? { foldCount: folds.count, seed: folds.seed }
      : { foldCount: folds.values.length, seed: `column ${folds.column}` },
  ];
}

function foldsOf(rows: CohortRows, folds: PathFolds | null, rowIndex: Int32Array, pick: (name: string) => Float64Array): Int32Array {
  if (folds === null) return new Int32Array(rowIndex.length).fill(-1);
  if (folds.kind === 'column') return Int32Array.from(pick(folds.column), (value) => folds.values.indexOf(value));
  if (folds.kind === 'participant') {
    const all = rows.folds(folds.count, folds.seed);
    return Int32Array.from(rowIndex, (row) => all[row] as number);
  }
  const bySite = rows.sites.map((site) => folds.sites.indexOf(site));
  return Int32Array.from(rowIndex, (row) => bySite[rows.siteIndex[row] as number] as number);
}
