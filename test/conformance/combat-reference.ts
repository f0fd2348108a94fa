import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyCombat, covariateColumns, fitCombat, siteEffects } from '@cohortium/harmonization';
import type { CombatFit, SiteEffects } from '@cohortium/harmonization';
import { rowsFromTable, scopeOf, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { recipeOf, standardized, standardizedQueries } from '../equivalence/combat-tables.js';
import type { Scaling } from '../equivalence/combat-tables.js';

/** Folder of the ComBat reference cases, if the reference data are present. */
export const combatFolder = process.env.COHORTIUM_REFERENCE ? join(process.env.COHORTIUM_REFERENCE, 'combat') : undefined;

/** A CSV with a header line: cells as text, by row. */
export interface Csv {
  readonly header: string[];
  readonly rows: string[][];
}

/** Reads a small CSV of the reference folders; quoted cells may hold commas. */
export function readCsv(...path: string[]): Csv {
  const lines = readFileSync(join(...path), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => (cell ?? '').replace(/^"|"$/g, '').replaceAll('""', '"')),
    )
    .map((cells) => cells.slice(0, -1));
  return { header: lines[0] as string[], rows: lines.slice(1) };
}

/** Reads a JSON file. */
export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

/** The named columns of a CSV as a row-major matrix. */
export function matrixOf(csv: Csv, names: readonly string[]): Float64Array {
  const columns = names.map((name) => csv.header.indexOf(name));
  return Float64Array.from(csv.rows.flatMap((row) => columns.map((column) => Number(row[column]))));
}

/** What ComBat gave, back in raw units where it has units. */
export interface CombatRun {
  readonly fit: CombatFit;
  readonly scaling: Scaling;
  readonly sites: readonly string[];
  readonly effects: ReadonlyMap<string, SiteEffects>;
  /** Harmonized raw features by participant. */
  readonly harmonized: ReadonlyMap<string, Float64Array>;
}

/**
 * Federated ComBat of a table, one simulated site per batch. The features are standardized by the pooled mean and SD first and
 * the result is transformed back, which changes nothing: ComBat is equivariant under positive affine maps of each feature.
 */
export async function runCombat(table: TestTable, covariates: readonly string[], minBatch: number): Promise<CombatRun> {
  const recipe = recipeOf(table);
  const scaling = recipe.value;
  const arms = [{ heldOut: null, recipe }];
  const scope = scopeOf(table);
  const [fit] = await fitCombat(simulatedFederationOf(table), standardizedQueries(), { arms, covariates, scope, minBatch });
  const effects = new Map<string, SiteEffects>();
  const harmonized = new Map<string, Float64Array>();
  for (const site of scope.sites) {
    const own = tableOfSites(table, [site]);
    const rows = rowsFromTable(own);
    const values = standardized(rows.features, scaling);
    const columns = covariateColumns(rows, covariates);
    const found = siteEffects(values, columns, fit as CombatFit, { site, minBatch });
    effects.set(site, found);
    collect(harmonized, own.participants as string[], unstandardize(applyCombat(values, columns, fit as CombatFit, found), scaling));
  }
  return { fit: fit as CombatFit, scaling, sites: scope.sites, effects, harmonized };
}

/** Back to raw units. */
export function unstandardize(values: Float64Array, { center, scale }: Scaling): Float64Array {
  return values.map((value, k) => value * (scale[k % scale.length] as number) + (center[k % center.length] as number));
}

function collect(into: Map<string, Float64Array>, participants: readonly string[], values: Float64Array): void {
  const p = values.length / participants.length;
  participants.forEach((participant, i) => into.set(participant, values.subarray(i * p, (i + 1) * p)));
}

/** Largest |found - expected| over all cells, each in units of its feature's SD. */
export function worstInSd(found: ReadonlyMap<string, Float64Array>, expected: ReadonlyMap<string, Float64Array>, sd: Float64Array): number {
  let worst = 0;
  for (const [participant, row] of expected) {
    row.forEach((value, f) => (worst = Math.max(worst, Math.abs((found.get(participant)?.[f] ?? NaN) - value) / (sd[f] as number))));
  }
  return worst;
}
