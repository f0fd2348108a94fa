import type { BatchFitOptions, BatchNames, BatchSpec, CovariateTerm } from '@cohortium/harmonization';
import type { RosterScope } from '@cohortium/federation';
import { z } from 'zod';
import { analysisErrors } from '../../errors.js';
import type { TableShape } from '../method.js';
import { levelAt, levelName, siteAt } from '../names.js';
import { needColumn, numberColumns } from '../params.js';
import type { NamedTerm } from './combat-result.js';

const cell = z.union([z.string(), z.number()]);

const covariate = z.union([
  z.string().describe('A column: numbers as they are, categories as indicators of every level but the first'),
  z
    .strictObject({ column: z.string(), levels: z.array(cell).min(2).optional() })
    .describe('A column of categories whatever its cells look like; the first of the levels is the one that others are compared with'),
  z.strictObject({ name: z.string(), values: z.array(cell).min(1) }).describe('A column given here, one value per row of the file'),
]);

/** Parameters that every ComBat method shares: which columns, which batches, which rows. */
export const batchColumnsParams = {
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Columns of numbers to harmonize; without it all that are neither batch nor covariate'),
  batch: z
    .union([z.string(), z.array(cell).min(2)])
    .optional()
    .describe('Column of batches (scanners), or one batch per row of the file; without it the site is the batch'),
  covariates: z.array(covariate).max(64).default([]).describe('Effects that are kept'),
  interactions: z
    .array(z.array(z.string()).min(2).max(4))
    .max(32)
    .default([])
    .describe('Products of covariates, by their names: [["diagnosis", "time"]]'),
};

/** Parameters of the ComBat model, named as in the reference cases. */
export const combatModelParams = {
  parametric: z.boolean().default(true).describe('Normal and inverse gamma priors; false: the empirical distribution over features'),
  eb: z.boolean().default(true).describe('Empirical Bayes over features; false: each feature keeps its own location and scale'),
  likelihood: z
    .enum(['double', 'log'])
    .default('double')
    .describe(
      'Non-parametric: likelihoods as sva and neuroCombat form them, which lose digits and vanish in batches of some hundred rows (then logarithms are taken); log: logarithms always, no digits lost',
    ),
  mean_only: z.boolean().default(false).describe('Harmonize means only'),
  ref_batch: cell
    .nullable()
    .default(null)
    .describe('Batch that all others are brought to and whose rows stay as they are; its means and variances become public'),
  missing: z
    .enum(['neurocombat', 'sva'])
    .default('neurocombat')
    .describe('With missing cells the pooled variance divides by the observed cells of a feature (neurocombat), or by one less (sva)'),
  constant_in_batch: z
    .enum(['sva', 'neurocombat'])
    .default('sva')
    .describe('A feature that is constant in some batch is left as it is everywhere (sva), or given variance 1 there (neurocombat)'),
  min_batch: z.int().min(1).default(1).describe('Smallest batch; a smaller one is refused. A study protocol asks for 5'),
  batch_of_one: z
    .enum(['refuse', 'meanOnlyAll'])
    .default('refuse')
    .describe('A batch of one row is refused (neurocombat), or makes all batches harmonize means only (sva)'),
};

const train = z.union([
  z.strictObject({ column: z.string(), value: cell }).describe('Rows with this value in a column'),
  z
    .array(z.union([z.boolean(), z.literal(0), z.literal(1), z.enum(['train', 'new'])]))
    .min(2)
    .describe('One flag per row of the file: true, 1 or "train" for training rows'),
]);

/** Which rows the estimates are made from. */
export const trainParams = {
  train: train.optional().describe('Rows that the estimates are made from; they are applied to the other rows of the same batches too'),
};

const _columnsSchema = z.strictObject({ ...batchColumnsParams, ...trainParams });
/** Columns, batches and training rows. */
export type BatchColumnsParams = z.output<typeof _columnsSchema>;
const _modelSchema = z.strictObject(combatModelParams);
/** The ComBat model. */
export type CombatModelParams = z.output<typeof _modelSchema>;

const inlineBatch = '(batch)';
const inlineTrain = '(train)';
const inlineCovariate = (name: string) => `(covariate) ${name}`;

/** Columns that the parameters bring along. */
export function inlineBatchColumns({ batch, train: flags, covariates }: BatchColumnsParams): Record<string, readonly (string | number)[]> {
  return {
    ...(Array.isArray(batch) ? { [inlineBatch]: batch } : {}),
    ...(Array.isArray(flags) ? { [inlineTrain]: flags.map((flag) => Number(flag === true || flag === 1 || flag === 'train')) } : {}),
    ...Object.fromEntries(
      covariates.flatMap((item) => (typeof item === 'object' && 'values' in item ? [[inlineCovariate(item.name), item.values]] : [])),
    ),
  };
}

/** Columns that are categories whatever their cells look like. */
export function batchCategories({ batch, covariates }: BatchColumnsParams): string[] {
  return [
    ...(batch === undefined ? [] : [Array.isArray(batch) ? inlineBatch : batch]),
    ...covariates.flatMap((item) => (typeof item === 'object' && 'column' in item ? [item.column] : [])),
  ];
}

/** What a table and parameters say about batches, in the terms of the library. */
export interface ResolvedBatches {
  readonly spec: BatchSpec;
  readonly names: BatchNames;
}

/** Resolves columns and levels. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC`, `METHOD.REFUSED` */
export function resolveBatches(
  method: string,
  table: TableShape,
  params: BatchColumnsParams,
  sites: RosterScope['sites'] | readonly string[],
  completeRows = false,
): ResolvedBatches {
  const batch = batchOf(table, params, sites);
  const main = new Map(params.covariates.map((item) => [labelOf(item), termsOf(method, table, item)]));
  const covariates = [...[...main.values()].flat(), ...params.interactions.flatMap((names) => productsOf(method, names, main))];
  const used = [batch.column ?? '', ...covariates.flatMap(({ factors }) => factors.map(({ column }) => column))];
  const trained = trainOf(method, table, params.train);
  const features = numberColumns(table, params.features, [...used, trained?.column ?? '', inlineTrain]);
  if (features.length === 0)
    throw analysisErrors.error('METHOD.REFUSED', { name: method, reason: 'there is no column of numbers to harmonize' });
  return {
    spec: { features, batch, covariates, train: trained, completeRows },
    names: { levels: batch.levels, covariates: covariates.map(({ name }) => name) },
  };
}

/** The batches that a parameter names. @throws `METHOD.NO_COLUMN` */
export function batchOf(table: TableShape, { batch }: Pick<BatchColumnsParams, 'batch'>, sites: readonly string[]): BatchSpec['batch'] {
  if (batch === undefined || batch === table.siteColumn) return { column: null, levels: [...sites] };
  const { name, levels } = needColumn(table, Array.isArray(batch) ? inlineBatch : batch);
  return { column: name, levels: levels.length > 0 ? [...levels] : ['(none)'] };
}

type CovariateParam = BatchColumnsParams['covariates'][number];

function labelOf(item: CovariateParam): string {
  return typeof item === 'string' ? item : 'column' in item ? item.column : item.name;
}

/** Products of every term of the first covariate with every term of the next. */
function productsOf(method: string, names: readonly string[], main: ReadonlyMap<string, CovariateTerm[]>): CovariateTerm[] {
  return names.reduce<CovariateTerm[]>((products, name) => {
    const terms = main.get(name);
    if (!terms)
      throw analysisErrors.error('METHOD.REFUSED', { name: method, reason: `the interaction names "${name}", which is no covariate` });
    if (products.length === 0) return terms;
    return products.flatMap((left) =>
      terms.map((right) => ({ name: `${left.name}:${right.name}`, factors: [...left.factors, ...right.factors] })),
    );
  }, []);
}

function termsOf(method: string, table: TableShape, item: CovariateParam): CovariateTerm[] {
  const label = labelOf(item);
  const column = needColumn(table, typeof item === 'object' && 'values' in item ? inlineCovariate(item.name) : label);
  if (column.kind === 'number') return [{ name: label, factors: [{ column: column.name }] }];
  const asked =
    typeof item === 'object' && 'levels' in item && item.levels ? item.levels.map((level) => levelName(String(level))) : column.levels;
  const unlisted = column.levels.filter((level) => !asked.includes(level));
  if (unlisted.length > 0)
    throw analysisErrors.error('METHOD.REFUSED', {
      name: method,
      reason: `the column "${label}" has levels that its list does not name: ${unlisted.map((level) => `"${level}"`).join(', ')}`,
    });
  return asked.slice(1).flatMap((level) => {
    const code = column.levels.indexOf(level);
    // A level without rows has no indicator: it would be constant.
    return code < 0 ? [] : [{ name: `${label}${level}`, factors: [{ column: column.name, code }] }];
  });
}

function trainOf(method: string, table: TableShape, selection: BatchColumnsParams['train']): BatchSpec['train'] {
  if (selection === undefined) return null;
  if (Array.isArray(selection)) return { column: needColumn(table, inlineTrain).name, values: [1] };
  const column = needColumn(table, selection.column);
  const value = column.kind === 'number' ? Number(selection.value) : levelAt(column.levels, selection.value);
  if (Number.isNaN(value) || (column.kind === 'category' && value < 0))
    throw analysisErrors.error('METHOD.REFUSED', {
      name: method,
      reason: `no row has the value "${selection.value}" in the column "${selection.column}"`,
    });
  return { column: column.name, values: [value] };
}

/** Options of the fit; the reference batch by its name, also as a site code. @throws `HARMONIZATION.UNKNOWN_REFERENCE` */
export function fitOptions(method: string, params: CombatModelParams, { levels }: BatchNames): BatchFitOptions {
  return {
    eb: params.eb,
    parametric: params.parametric,
    likelihood: params.likelihood,
    meanOnly: params.mean_only,
    reference: params.ref_batch === null ? null : referenceOf(method, String(params.ref_batch), levels),
    missing: params.missing,
    constantInBatch: params.constant_in_batch,
    minBatch: params.min_batch,
    batchOfOne: params.batch_of_one,
  };
}

function referenceOf(method: string, name: string, levels: readonly string[]): number {
  const level = levelAt(levels, name);
  const at = level >= 0 ? level : siteAt(levels, name);
  if (at < 0)
    throw analysisErrors.error('METHOD.REFUSED', {
      name: method,
      reason: `there is no reference batch "${name}"; there are ${levels.map((level) => `"${level}"`).join(', ')}`,
    });
  return at;
}

/** Inline columns must have one value per row of the file; they are laid beside the rows in order. @throws `METHOD.REFUSED` */
export function requireInlineLengths(method: string, params: BatchColumnsParams, rows: number): void {
  for (const [name, values] of Object.entries(inlineBatchColumns(params))) {
    if (values.length === rows) continue;
    throw analysisErrors.error('METHOD.REFUSED', { name: method, reason: `${name} has ${values.length} values for ${rows} rows` });
  }
}

/** Covariates by names instead of codes, so that another table can make the same ones. */
export function namedTerms(covariates: readonly CovariateTerm[], table: TableShape): NamedTerm[] {
  return covariates.map(({ name, factors }) => ({
    name,
    factors: factors.map((factor) => ({
      column: plainName(factor.column),
      level: 'code' in factor ? (needColumn(table, factor.column).levels[factor.code] as string) : null,
    })),
  }));
}

function plainName(column: string): string {
  return column.startsWith(inlineCovariate('')) ? column.slice(inlineCovariate('').length) : column;
}

/** The covariates of a model on another table: a level that the table does not have is never met. @throws `METHOD.NO_COLUMN`, `METHOD.REFUSED` */
export function termsByName(method: string, terms: readonly NamedTerm[], table: TableShape, inline: readonly string[]): CovariateTerm[] {
  return terms.map(({ name, factors }) => ({
    name,
    factors: factors.map(({ column, level }) => {
      const found = needColumn(table, inline.includes(column) ? inlineCovariate(column) : column);
      if (level === null) {
        if (found.kind === 'number') return { column: found.name };
        throw analysisErrors.error('METHOD.REFUSED', {
          name: method,
          reason: `the column "${column}" holds categories where the model has numbers`,
        });
      }
      const code = levelAt(found.levels, level);
      return { column: found.name, code: code < 0 ? found.levels.length : code };
    }),
  }));
}
