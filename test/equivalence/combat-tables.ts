import type { Design } from '@cohortium/federation';
import { vectorSchema } from '@cohortium/federation';
import { combatQueries } from '@cohortium/harmonization';
import type { CombatFamily, CombatFit, SiteEffects } from '@cohortium/harmonization';
import { Frozen } from '@cohortium/kernel';
import { SeededRandom, exp } from '@cohortium/numerics';
import type { TestTable } from '@cohortium/testkit';
import { z } from 'zod';

/** Pooled mean and SD by feature. */
export interface Scaling {
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

/** Queries of ComBat on features standardized by a {@link Scaling}. */
export function standardizedQueries(family: CombatFamily = 'full') {
  return combatQueries<Scaling>(
    family,
    (rows, recipe): Design => ({ rowCount: rows.rowCount, columnCount: recipe.center.length, values: standardized(rows.features, recipe) }),
    z.strictObject({ center: vectorSchema, scale: vectorSchema }),
    (recipe) => recipe.center.length,
  );
}

/** Row-major features in standardized units. */
export function standardized(values: Float64Array, { center, scale }: Scaling): Float64Array {
  return values.map((value, k) => (value - (center[k % center.length] as number)) / (scale[k % scale.length] as number));
}

/** Mean and SD (n - 1) of a vector. */
export function moments(values: Float64Array): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
}

/** A column of a row-major matrix of `width` columns. */
export function columnOf(values: Float64Array, width: number, column: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, i) => values[i * width + column] as number);
}

/** {@link Scaling} of all rows of a table, frozen as a recipe. */
export function recipeOf({ features }: TestTable): Frozen<Scaling> {
  const columns = features.names.map((_, f) => moments(columnOf(features.values, features.names.length, f)));
  return new Frozen({ center: Float64Array.from(columns, ({ mean }) => mean), scale: Float64Array.from(columns, ({ sd }) => sd || 1) });
}

/** Shape of a made-up table. */
export interface TableShape {
  readonly seed: number;
  readonly sizes: readonly number[];
  readonly featureCount: number;
}

/**
 * A seeded table whose sites differ in location and scale, with features in units from 1e-6 to 1e6 and three covariates: years,
 * a 0/1 status that varies within every site, and one in tiny units.
 */
export function madeTable({ seed, sizes, featureCount }: TableShape): TestTable {
  const random = new SeededRandom(seed);
  const site = sizes.flatMap((size, s) => Array.from({ length: size }, () => `S${String(s + 1).padStart(2, '0')}`));
  const covariates = {
    age: Float64Array.from(site, () => 55 + 12 * random.normal()),
    status: Float64Array.from(site, (_, i) => (i % 3 === 0 ? 1 : 0)),
    tiny: Float64Array.from(site, () => 1e-7 * random.normal()),
  };
  const unit = Array.from({ length: featureCount }, () => 10 ** (random.below(13) - 6));
  const location = sizes.map(() => unit.map(() => random.normal()));
  const scale = sizes.map(() => unit.map(() => exp(0.3 * random.normal())));
  const effect = unit.map(() => [random.normal() / 20, random.normal(), random.normal() * 3e6]);
  const sites = [...new Set(site)];
  const values = site.flatMap((code, i) => {
    const s = sites.indexOf(code);
    return unit.map((u, f) => {
      const [byAge, byStatus, byTiny] = effect[f] as [number, number, number];
      const explained =
        byAge * (covariates.age[i] as number) + byStatus * (covariates.status[i] as number) + byTiny * (covariates.tiny[i] as number);
      return u * (20 + explained + (location[s]?.[f] as number) + (scale[s]?.[f] as number) * random.normal());
    });
  });
  return { site, features: { names: unit.map((_, f) => `f${f}`), values: Float64Array.from(values) }, covariates };
}

/** ComBat as a textbook states it, on one table with a dummy column per batch; slow, and shares nothing with the library. */
export function textbookCombat(values: number[][], batch: readonly string[], covariates: number[][]) {
  const batches = [...new Set(batch)].sort();
  const n = values.length;
  const p = (values[0] as number[]).length;
  const design = batch.map((code, i) => [...batches.map((b) => (b === code ? 1 : 0)), ...covariates.map((column) => column[i] as number)]);
  const rowsOf = (code: string) => [...batch.keys()].filter((i) => batch[i] === code);
  const average = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const variance = (list: number[]) => list.reduce((sum, value) => sum + (value - average(list)) ** 2, 0) / (list.length - 1);
  const z = values.map((row) => [...row]);
  const fitted = values.map((row) => [...row]);
  const varPooled: number[] = [];
  for (let f = 0; f < p; f++) {
    const coefficients = leastSquares(
      design,
      values.map((row) => row[f] as number),
    );
    const predict = (row: number[]) => row.reduce((sum, value, k) => sum + value * (coefficients[k] as number), 0);
    const grand = batches.reduce((sum, code, k) => sum + (rowsOf(code).length / n) * (coefficients[k] as number), 0);
    varPooled.push(average(values.map((row, i) => ((row[f] as number) - predict(design[i] as number[])) ** 2)));
    values.forEach((row, i) => {
      const expected = grand + predict((design[i] as number[]).map((value, k) => (k < batches.length ? 0 : value)));
      (fitted[i] as number[])[f] = expected;
      (z[i] as number[])[f] = ((row[f] as number) - expected) / Math.sqrt(varPooled[f] as number);
    });
  }
  const harmonized = values.map((row) => [...row]);
  for (const code of batches) {
    const own = rowsOf(code);
    const column = (f: number) => own.map((i) => (z[i] as number[])[f] as number);
    const gammaHat = Array.from({ length: p }, (_, f) => average(column(f)));
    const deltaHat = Array.from({ length: p }, (_, f) => variance(column(f)));
    const [m, v, bar, t2] = [average(deltaHat), variance(deltaHat), average(gammaHat), variance(gammaHat)];
    let gamma = [...gammaHat];
    let delta = [...deltaHat];
    for (let change = 1; change > 1e-4;) {
      const nextGamma = gammaHat.map(
        (g, f) => (t2 * own.length * g + (delta[f] as number) * bar) / (t2 * own.length + (delta[f] as number)),
      );
      const nextDelta = nextGamma.map((g, f) => {
        const squares = column(f).reduce((sum, value) => sum + (value - g) ** 2, 0);
        return (0.5 * squares + (m * v + m ** 3) / v) / (own.length / 2 + (2 * v + m * m) / v - 1);
      });
      change = Math.max(
        ...nextGamma.map((g, f) => Math.abs(g - (gamma[f] as number)) / (gamma[f] as number)),
        ...nextDelta.map((d, f) => Math.abs(d - (delta[f] as number)) / (delta[f] as number)),
      );
      [gamma, delta] = [nextGamma, nextDelta];
    }
    for (const i of own) {
      for (let f = 0; f < p; f++) {
        const residual = (((z[i] as number[])[f] as number) - (gamma[f] as number)) / Math.sqrt(delta[f] as number);
        (harmonized[i] as number[])[f] = residual * Math.sqrt(varPooled[f] as number) + ((fitted[i] as number[])[f] as number);
      }
    }
  }
  return { varPooled, harmonized };
}

/** Least squares by modified Gram-Schmidt. */
function leastSquares(design: number[][], y: number[]): number[] {
  const k = (design[0] as number[]).length;
  const q = Array.from({ length: k }, (_, c) => design.map((row) => row[c] as number));
  const r = q.map(() => new Array<number>(k).fill(0));
  const rest = [...y];
  const projections: number[] = [];
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  q.forEach((column, c) => {
    for (let e = 0; e < c; e++) {
      const along = dot(q[e] as number[], column);
      (r[e] as number[])[c] = along;
      column.forEach((_, i) => (column[i] = (column[i] as number) - along * ((q[e] as number[])[i] as number)));
    }
    const norm = Math.sqrt(dot(column, column));
    (r[c] as number[])[c] = norm;
    column.forEach((_, i) => (column[i] = (column[i] as number) / norm));
    const along = dot(column, rest);
    projections.push(along);
    rest.forEach((_, i) => (rest[i] = (rest[i] as number) - along * (column[i] as number)));
  });
  const solution = new Array<number>(k).fill(0);
  for (let c = k - 1; c >= 0; c--) {
    const known = solution.reduce((sum, value, e) => (e > c ? sum + value * ((r[c] as number[])[e] as number) : sum), 0);
    solution[c] = ((projections[c] as number) - known) / ((r[c] as number[])[c] as number);
  }
  return solution;
}

/** A fit and what each site makes of it. */
export interface Harmonized {
  readonly fit: CombatFit;
  readonly effects: ReadonlyMap<string, SiteEffects>;
  /** Harmonized standardized rows in table order of each site. */
  readonly rows: ReadonlyMap<string, Float64Array>;
}
