import { columnOf } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { exp, ln, log1p, log2 } from '@cohortium/numerics';
import { z } from 'zod';
import { statisticsErrors } from '../errors.js';

/** Functions that a factor may apply to its column; `log10` and `log2` as in R. */
const columnFunctions = { identity: (x: number) => x, ln, log2, log10: (x: number) => ln(x) / Math.LN10, log1p, exp, sqrt: Math.sqrt };

/** A column after shift, division and a function: apply((column - minus) / over). */
const transformedColumn = z.strictObject({
  column: z.string(),
  minus: z.number(),
  over: z.number(),
  apply: z.enum(Object.keys(columnFunctions) as (keyof typeof columnFunctions)[]),
});

/**
 * A factor of a term: a column as it is or transformed, the indicator of one category of it, or the indicator of a site (a fixed site
 * effect). Categories are codes, see `CohortRows.covariates`.
 */
const factorSchema = z.union([
  z.strictObject({ column: z.string() }),
  transformedColumn,
  z.strictObject({ column: z.string(), code: z.int().min(0) }),
  z.strictObject({ site: z.string() }),
]);
/** See {@link factorSchema}. */
export type Factor = z.output<typeof factorSchema>;

/** A column of a model matrix: the product of its factors. No factor: the intercept, 1 in every row. */
export const termSchema = z.strictObject({ name: z.string(), factors: z.array(factorSchema).max(8) });
/** See {@link termSchema}. */
export type Term = z.output<typeof termSchema>;

/** The intercept. */
export const interceptTerm: Term = { name: '(Intercept)', factors: [] };

/** How a model matrix is made from rows. */
export const matrixSpecSchema = z.strictObject({
  terms: z.array(termSchema).max(20_000),
  /** Further columns that must be observed for a row to take part: outcome, weights, offsets, strata. */
  needs: z.array(z.string()).max(256),
  /** Value that is subtracted from each term, and then the value that it is divided by; 0 and 1 leave it as it is. */
  center: z.array(z.number()),
  scale: z.array(z.number()),
});
/** See {@link matrixSpecSchema}. */
export type MatrixSpec = z.output<typeof matrixSpecSchema>;

/** Complete rows of a cohort as numbers. */
export interface ModelMatrix {
  /** Rows of the cohort that have every column of the spec; all others are left out (complete-case analysis). */
  readonly rowIndex: Int32Array;
  readonly columnCount: number;
  /** Row-major `rowIndex.length x columnCount`. */
  readonly values: Float64Array;
}

/** A spec whose terms are neither centered nor scaled. */
export function plainSpec(terms: readonly Term[], needs: readonly string[]): MatrixSpec {
  return { terms: [...terms], needs: [...needs], center: terms.map(() => 0), scale: terms.map(() => 1) };
}

/** Columns that a spec reads, each once. */
export function columnsOfSpec({ terms, needs }: Pick<MatrixSpec, 'terms' | 'needs'>): string[] {
  const used = terms.flatMap(({ factors }) => factors.flatMap((factor) => ('column' in factor ? [factor.column] : [])));
  return [...new Set([...used, ...needs])];
}

/**
 * The matrix of a spec, remembered under the spec's hash.
 * @throws `STATISTICS.NO_COLUMN` for a column that the rows do not have
 */
export function modelMatrix(rows: CohortRows, spec: Frozen<MatrixSpec>): ModelMatrix {
  return rows.memo(`matrix ${spec.hash}`, () => makeMatrix(rows, spec.value));
}

/** One column over the rows of a matrix. @throws `STATISTICS.NO_COLUMN` */
export function columnAt(rows: CohortRows, name: string, rowIndex: Int32Array): Float64Array {
  const column = needColumn(rows, name);
  return Float64Array.from(rowIndex, (row) => column[row] as number);
}

/** Rows in which none of the columns is missing, ascending. @throws `STATISTICS.NO_COLUMN` */
export function completeRows(rows: CohortRows, columns: readonly string[]): Int32Array {
  const values = columns.map((name) => needColumn(rows, name));
  const complete: number[] = [];
  for (let i = 0; i < rows.rowCount; i++) if (values.every((column) => !Number.isNaN(column[i]))) complete.push(i);
  return Int32Array.from(complete);
}

function makeMatrix(rows: CohortRows, spec: MatrixSpec): ModelMatrix {
  const rowIndex = completeRows(rows, columnsOfSpec(spec));
  const columnCount = spec.terms.length;
  const values = new Float64Array(rowIndex.length * columnCount);
  const product = new Float64Array(rowIndex.length);
  spec.terms.forEach((term, j) => {
    product.fill(1);
    for (const factor of term.factors) multiply(product, rows, rowIndex, factor);
    const center = spec.center[j] as number;
    const scale = spec.scale[j] as number;
    for (let i = 0; i < product.length; i++) values[i * columnCount + j] = ((product[i] as number) - center) / scale;
  });
  return { rowIndex, columnCount, values };
}

function multiply(product: Float64Array, rows: CohortRows, rowIndex: Int32Array, factor: Factor): void {
  if ('site' in factor) {
    const site = rows.sites.findIndex((code) => code === factor.site);
    for (let i = 0; i < product.length; i++) if (rows.siteIndex[rowIndex[i] as number] !== site) product[i] = 0;
    return;
  }
  const column = needColumn(rows, factor.column);
  if ('apply' in factor) {
    const { minus, over } = factor;
    const apply = columnFunctions[factor.apply];
    for (let i = 0; i < product.length; i++) {
      const value = apply(((column[rowIndex[i] as number] as number) - minus) / over);
      product[i] = (product[i] as number) * value;
    }
    return;
  }
  const code = 'code' in factor ? factor.code : undefined;
  for (let i = 0; i < product.length; i++) {
    const value = column[rowIndex[i] as number] as number;
    product[i] = (product[i] as number) * (code === undefined ? value : value === code ? 1 : 0);
  }
}

function needColumn(rows: CohortRows, name: string): Float64Array {
  const column = columnOf(rows, name);
  if (!column) throw statisticsErrors.error('STATISTICS.NO_COLUMN', { column: name });
  return column;
}
