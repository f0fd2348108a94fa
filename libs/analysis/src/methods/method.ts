import type { AnyQuery, CohortRows, Federation, RosterScope } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import type { ZodType } from 'zod';
import type { SummaryTable } from './summary-table.js';

/** A column of the table that a method runs on. */
export interface TableColumn {
  readonly name: string;
  /** `number`: every cell is a decimal number or missing. `category`: anything else, or asked for by the method. */
  readonly kind: 'number' | 'category';
  /** Levels of a category, sorted by code unit; cells are their positions in this list. Empty for numbers. */
  readonly levels: readonly string[];
}

/** What a method may know about the table beside its sums: names, kinds and levels of columns, as a protocol would list them. */
export interface TableShape {
  /** In file order, without the id and site columns. */
  readonly columns: readonly TableColumn[];
  /** Name of the column that the site codes were read from, where there is one: a parameter that names it means the site. */
  readonly siteColumn?: string;
}

/** What a program of a method works with. */
export interface MethodContext {
  readonly federation: Federation;
  readonly scope: RosterScope;
  readonly table: TableShape;
  /** The table of a method whose input is `summaries`. */
  readonly summaries?: SummaryTable;
}

/** One kind of vector or summary that a method lets out of a site. */
export interface MethodLeaf {
  readonly query: AnyQuery;
  /** Shape of what leaves, in words: `1 + 2p doubles: rows, sums, sums of squares`. */
  readonly shape: string;
}

/** Results by participant: they stay at the site. One value per row of the rows they were made from; NaN where there is none. */
export type StayingColumns = Readonly<Record<string, Float64Array>>;

/**
 * One method of the catalogue, as `cohortium analyze` runs it: a program over the sums of a federation, with parameters. The same
 * program runs on the stacked table (the pooled twin) and over sites.
 */
export interface Method<P = unknown> {
  /** What the command line calls it, kebab-case: `glm`, `combat`. */
  readonly name: string;
  readonly title: { readonly en: string; readonly zh: string };
  /** Parameters, every default written out and every key described: printed as JSON Schema by `cohortium operations`. */
  readonly params: ZodType<P>;
  /**
   * What it works on. `rows` (where it is absent): rows of participants at sites. `summaries`: a table whose rows are site summaries, held in one
   * place. `none`: its parameters alone. Nothing leaves a site in the last two.
   */
  readonly input?: 'rows' | 'summaries' | 'none';
  /** Everything that may leave a site. */
  readonly leaves: readonly MethodLeaf[];
  /** The definition that the result follows under these parameters: formula in words, source, what other programs call it. */
  definition(params: P): string;
  /** Columns that the parameters bring along, one value per row of the file: for tables whose batches stand elsewhere. */
  inlineColumns?(params: P): Readonly<Record<string, readonly (string | number)[]>>;
  /** Columns that are categories whatever their cells look like (a scanner number, a race code). */
  categories?(params: P): readonly string[];
  /** The analysis. Numbers of the result are finite; a value that does not exist is null. */
  run(context: MethodContext, params: P): Promise<Json>;
  /** What a site computes for its own participants from the result: adjusted values, predictions. */
  stays?(rows: CohortRows, params: P, estimates: Json, table: TableShape): StayingColumns;
}

/** A method whose parameters are not known to the compiler, as the registry holds it; its own schema parses them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a registry holds methods of every parameter type
export type AnyMethod = Method<any>;
