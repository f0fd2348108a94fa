import { z } from 'zod';

/** A factor of a covariate: a column as it is, or the indicator of one category of it (a code of `CohortRows.covariates`). */
const factorSchema = z.union([z.strictObject({ column: z.string() }), z.strictObject({ column: z.string(), code: z.int().min(0) })]);
/** See {@link factorSchema}. */
export type CovariateFactor = z.output<typeof factorSchema>;

/** A covariate whose effect is kept: the product of its factors. */
export const covariateTermSchema = z.strictObject({ name: z.string(), factors: z.array(factorSchema).min(1).max(8) });
/** See {@link covariateTermSchema}. */
export type CovariateTerm = z.output<typeof covariateTermSchema>;

/** What is harmonized, over which batches, and from which rows the estimates come. */
export const batchSpecSchema = z.strictObject({
  /** Columns to harmonize. */
  features: z.array(z.string()).min(1).max(20_000),
  /** The batch of a row: a column of codes, or the site where the column is null. Levels are names by code; for sites, their codes. */
  batch: z.strictObject({ column: z.string().nullable(), levels: z.array(z.string()).min(1).max(10_000) }),
  covariates: z.array(covariateTermSchema).max(64),
  /** Rows that the estimates are made from: those with one of these values in a column; null takes all. */
  train: z.strictObject({ column: z.string(), values: z.array(z.number()).min(1) }).nullable(),
  /** Rows with a missing feature are left out; else a missing cell leaves out the cell alone. */
  completeRows: z.boolean(),
});
/** See {@link batchSpecSchema}. */
export type BatchSpec = z.output<typeof batchSpecSchema>;
