import { armSchema, siteSlices, statisticWords, vectorSchema, wideWords } from '@cohortium/federation';
import type { Arm, CohortRows, DesignOf, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { harmonizationErrors } from '../errors.js';
import { addCrossProducts, addLocation, crossProductLength, locationLength } from './local.js';
import { covariateColumns } from './within-site.js';
import type { SiteBlock } from './within-site.js';

/** Parameters of round 1. */
export interface CombatCrossProductParams<R> {
  /** Fits that travel side by side. */
  readonly arms: readonly Arm<R>[];
  /** Clinical columns whose effect is kept. */
  readonly covariates: readonly string[];
  /** Smallest batch; a smaller site answers with an error. */
  readonly minBatch: number;
}

/** Covariate effects of one arm, as round 1 gave them. */
export interface CombatSlopes {
  /** Row-major covariates x features. */
  readonly beta: Float64Array;
  /** Participants of the arm over all sites; the gate's parameters-per-row rule divides by it. */
  readonly participants: number;
}

/** Parameters of round 2. */
export interface CombatLocationParams<R> extends CombatCrossProductParams<R> {
  /** One per arm; empty without covariates. */
  readonly slopes: readonly CombatSlopes[];
}

/** Total of round 1 for one arm; X and Y are centered within each site. */
export interface CombatCrossProducts {
  /** X'X, upper triangle by rows. */
  readonly xx: Float64Array;
  /** X'Y, row-major covariates x features. */
  readonly xy: Float64Array;
  readonly participants: number;
}

/** Total of round 2 for one arm; vectors by feature. */
export interface CombatLocation {
  /** Sum over sites of n_i * gammaHat_i. */
  readonly interceptSum: Float64Array;
  readonly residualSquares: Float64Array;
  /** Sites in which the feature is constant. */
  readonly constantSites: Float64Array;
  readonly participants: number;
  readonly sites: number;
}

/** The two sums of federated ComBat for one kind of design. */
export interface CombatQueries<R> {
  readonly crossProducts: SumQuery<CombatCrossProductParams<R>, CombatCrossProducts[]>;
  readonly location: SumQuery<CombatLocationParams<R>, CombatLocation[]>;
  /** Number of features in the design that a recipe makes. */
  readonly columnsOf: (recipe: R) => number;
}

/**
 * `full` holds nobody out; `leaveOneSiteOut` may. The families have operation names of their own (`harmonization.*`, `loso.*`), so
 * that a protocol can allow one without the other.
 */
export type CombatFamily = 'full' | 'leaveOneSiteOut';

/**
 * Makes the queries of ComBat, `combat-cross-products@1` and `combat-location@1`, for designs made by `designOf`.
 * @param designOf the harmonization input of some rows: imputed and standardized, so that round 2 fits its words
 * @param recipeSchema parser of recipes
 * @param columnsOf number of columns of a recipe's design; the length of a vector may not depend on data
 */
export function combatQueries<R>(
  family: CombatFamily,
  designOf: DesignOf<R>,
  recipeSchema: ZodType<R>,
  columnsOf: (recipe: R) => number,
): CombatQueries<R> {
  const source = { family, designOf, columnsOf };
  return { crossProducts: crossProductsQuery(source, recipeSchema), location: locationQuery(source, recipeSchema), columnsOf };
}

interface DesignSource<R> {
  readonly family: CombatFamily;
  readonly designOf: DesignOf<R>;
  readonly columnsOf: (recipe: R) => number;
}

function commonParams<R>(recipeSchema: ZodType<R>) {
  return { arms: z.array(armSchema(recipeSchema)).min(1).max(64), covariates: z.array(z.string()).max(64), minBatch: z.int().min(2) };
}

function operationOf(family: CombatFamily, operation: string): string {
  return `${family === 'full' ? 'harmonization' : 'loso'}.${operation}`;
}

function crossProductsQuery<R>(source: DesignSource<R>, recipeSchema: ZodType<R>): CombatQueries<R>['crossProducts'] {
  const operation = operationOf(source.family, 'combat-cross-products');
  const common = commonParams(recipeSchema);
  const lengths = ({ arms, covariates }: CombatCrossProductParams<R>) =>
    arms.map((arm) => crossProductLength(covariates.length, source.columnsOf(arm.recipe.value)));
  return {
    kind: 'sum',
    operation,
    version: 1,
    // Covariates come in raw units (age, days): their second moments need the wide words, like those of raw features.
    words: wideWords,
    params: z.strictObject({ ...common, covariates: common.covariates.min(1) }) as ZodType<CombatCrossProductParams<R>>,
    length: (params) => sum(lengths(params)),
    local: (rows, params) => {
      const vector = new Float64Array(sum(lengths(params)));
      parts(vector, lengths(params)).forEach((into, index) => {
        for (const block of armBlocks(rows, params, index, source, operation)) addCrossProducts(into, block);
      });
      return vector;
    },
    read: (total, params) =>
      parts(total, lengths(params)).map((part) => {
        const triangle = (params.covariates.length * (params.covariates.length + 1)) / 2;
        const last = part.length - 1;
        return { xx: part.slice(0, triangle), xy: part.slice(triangle, last), participants: part[last] as number };
      }),
  };
}

function locationQuery<R>(source: DesignSource<R>, recipeSchema: ZodType<R>): CombatQueries<R>['location'] {
  const operation = operationOf(source.family, 'combat-location');
  const columns = (arm: Arm<R>) => source.columnsOf(arm.recipe.value);
  const lengths = ({ arms }: CombatLocationParams<R>) => arms.map((arm) => locationLength(columns(arm)));
  const params = z
    .strictObject({ ...commonParams(recipeSchema), slopes: z.array(z.strictObject({ beta: vectorSchema, participants: z.int().min(1) })) })
    .refine(({ arms, covariates, slopes }) => slopes.length === (covariates.length === 0 ? 0 : arms.length), 'one set of slopes per arm')
    .refine(
      ({ arms, covariates, slopes }) =>
        slopes.every(({ beta }, index) => arms[index] && beta.length === covariates.length * columns(arms[index])),
      'slopes of another length than covariates x features',
    );
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: params as ZodType<CombatLocationParams<R>>,
    length: (asked) => sum(lengths(asked)),
    local: (rows, asked) => {
      const vector = new Float64Array(sum(lengths(asked)));
      parts(vector, lengths(asked)).forEach((into, index) => {
        const beta = asked.slopes[index]?.beta ?? new Float64Array(0);
        for (const block of armBlocks(rows, asked, index, source, operation)) addLocation(into, block, beta);
      });
      return vector;
    },
    read: (total, asked) => parts(total, lengths(asked)).map(readLocation),
    freeParameters: ({ covariates }) => covariates.length,
    // Without slopes there is no free coefficient, and what the rule divides by does not matter.
    scopeParticipants: ({ slopes }) => (slopes.length === 0 ? 1 : Math.min(...slopes.map((slope) => slope.participants))),
  };
}

function readLocation(part: Float64Array): CombatLocation {
  const p = (part.length - 2) / 3;
  return {
    interceptSum: part.slice(0, p),
    residualSquares: part.slice(p, 2 * p),
    constantSites: part.slice(2 * p, 3 * p),
    participants: part[3 * p] as number,
    sites: part[3 * p + 1] as number,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Views of consecutive parts of a vector. */
function parts(vector: Float64Array, lengths: readonly number[]): Float64Array[] {
  let from = 0;
  return lengths.map((length) => {
    const part = vector.subarray(from, from + length);
    from += length;
    return part;
  });
}

/** The sites of `rows` that take part in one arm, each with its rows of the arm's design. */
function armBlocks<R>(
  rows: CohortRows,
  params: CombatCrossProductParams<R>,
  index: number,
  source: DesignSource<R>,
  operation: string,
): SiteBlock[] {
  const { covariates, minBatch } = params;
  const arm = params.arms[index] as Arm<R>;
  if (source.family === 'full' && arm.heldOut !== null) throw harmonizationErrors.error('HARMONIZATION.SITE_FOLDS_REFUSED', { operation });
  const slices = siteSlices(rows).filter(({ site }) => site !== arm.heldOut);
  for (const { site, from, to } of slices) {
    if (to - from < minBatch) throw harmonizationErrors.error('HARMONIZATION.BATCH_TOO_SMALL', { site, n: to - from, needed: minBatch });
  }
  if (slices.length === 0) return [];
  const columnCount = source.columnsOf(arm.recipe.value);
  const { values } = source.designOf(rows, arm.recipe.value);
  const expected = rows.rowCount * columnCount;
  if (values.length !== expected)
    throw harmonizationErrors.error('HARMONIZATION.BAD_SHAPE', { part: 'the design', actual: values.length, expected });
  return slices.map(({ from, to }) => ({
    rowCount: to - from,
    columnCount,
    values: values.subarray(from * columnCount, to * columnCount),
    covariates: covariateColumns(rows, covariates, from, to),
  }));
}
