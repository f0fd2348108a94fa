import { applyCombat } from '@cohortium/harmonization';
import type { SiteEffects } from '@cohortium/harmonization';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { combatFolder, matrixOf, readCsv, readJson, runCombat, unstandardize, worstInSd } from './combat-reference.js';
import type { CombatRun } from './combat-reference.js';
import { standardized } from '../equivalence/combat-tables.js';

if (!combatFolder) console.warn('ComBat conformance is skipped: COHORTIUM_REFERENCE names no folder with reference data.');
const folder = combatFolder ?? '';

interface Cases {
  readonly features: readonly string[];
  readonly covariate_columns: readonly string[];
  readonly cases: Record<string, { covariates: string[]; files: { neurocombat: string; estimates: string } }>;
}

type Rows = readonly (readonly number[])[];
interface Estimates {
  readonly batches: readonly string[];
  readonly beta_hat_rows: readonly string[];
  readonly beta_hat: Rows;
  readonly var_pooled: readonly number[];
  readonly gamma_hat: Rows;
  readonly delta_hat: Rows;
  readonly gamma_star: Rows;
  readonly delta_star: Rows;
  readonly gamma_bar: readonly number[];
  readonly t2: readonly number[];
  readonly a_prior: readonly number[];
  readonly b_prior: readonly number[];
}

function readTable(name: string): { table: TestTable; cases: Cases } {
  const cases = readJson<Cases>(folder, name, 'cases.json');
  const csv = readCsv(folder, name, 'input.csv');
  const column = (title: string) => csv.rows.map((row) => row[csv.header.indexOf(title)] as string);
  return {
    cases,
    table: {
      site: column('batch'),
      participants: column('id'),
      features: { names: cases.features, values: matrixOf(csv, cases.features) },
      covariates: Object.fromEntries(cases.covariate_columns.map((title) => [title, Float64Array.from(column(title), Number)])),
    },
  };
}

function expectedRows(path: string[], features: readonly string[]): Map<string, Float64Array> {
  const csv = readCsv(...path);
  const values = matrixOf(csv, features);
  const id = csv.header.indexOf('id');
  return new Map(csv.rows.map((row, i) => [row[id] as string, values.subarray(i * features.length, (i + 1) * features.length)]));
}

/** Largest |found - expected| / |expected|. Where the scale of a quantity is 1 (standardized locations), values below 1e-3 are measured against 1e-3. */
function worstRelative(found: ArrayLike<number>, expected: readonly number[], floor = 0): number {
  expect(found.length).toBe(expected.length);
  return Math.max(...expected.map((value, k) => Math.abs((found[k] as number) - value) / Math.max(Math.abs(value), floor)));
}

/** Rows of beta_hat in raw units: the intercept of each site, then the covariates. */
function rawBeta({ fit, scaling, sites, effects }: CombatRun): Float64Array[] {
  const intercepts = sites.map((site) =>
    scaling.center.map((center, f) => {
      const standardized =
        (fit.grandMean[f] as number) + Math.sqrt(fit.varPooled[f] as number) * (effects.get(site)?.gammaHat[f] as number);
      return center + (scaling.scale[f] as number) * standardized;
    }),
  );
  return [...intercepts, ...fit.beta.map((row) => Float64Array.from(row, (value, f) => value * (scaling.scale[f] as number)))];
}

describe.skipIf(!combatFolder)('ComBat against neuroCombat and sva', () => {
  describe.each([
    { name: 'duke-48', minBatch: 5 },
    { name: 'acrin-adc-40', minBatch: 4 },
  ])('$name', ({ name, minBatch }) => {
    const read = () => readTable(name);

    it.each(['parametric', 'parametric_cov'])('%s: harmonized values to 1e-8 of the feature SD', async (which) => {
      const { table, cases } = read();
      const wanted = cases.cases[which] as Cases['cases'][string];
      const run = await runCombat(table, wanted.covariates, minBatch);
      const expected = expectedRows([folder, name, wanted.files.neurocombat], cases.features);
      expect(expected.size).toBe(table.site.length);
      expect(run.fit.passedThrough).toEqual([]);
      expect(worstInSd(run.harmonized, expected, run.scaling.scale)).toBeLessThan(1e-8);
    });

    it.each(['parametric', 'parametric_cov'])('%s: estimates to 1e-8 relative', async (which) => {
      const { table, cases } = read();
      const wanted = cases.cases[which] as Cases['cases'][string];
      const run = await runCombat(table, wanted.covariates, minBatch);
      const estimates = readJson<Estimates>(folder, name, wanted.files.estimates);
      expect(run.sites).toEqual(estimates.batches);
      expect(estimates.beta_hat_rows.length).toBe(run.sites.length + wanted.covariates.length);
      rawBeta(run).forEach((row, k) => {
        // Intercepts and effects may cross zero: below a thousandth of the feature's SD they are measured against that.
        row.forEach((value, f) => {
          const reference = (estimates.beta_hat[k] as readonly number[])[f] as number;
          expect(Math.abs(value - reference)).toBeLessThanOrEqual(
            1e-8 * Math.max(Math.abs(reference), 1e-3 * (run.scaling.scale[f] as number)),
          );
        });
      });
      const rawVariance = run.fit.varPooled.map((value, f) => value * (run.scaling.scale[f] as number) ** 2);
      expect(worstRelative(rawVariance, estimates.var_pooled)).toBeLessThan(1e-8);
      run.sites.forEach((site, k) => {
        const { gammaHat, deltaHat, gammaStar, deltaStar, prior } = run.effects.get(site) as SiteEffects;
        expect(worstRelative(gammaHat, estimates.gamma_hat[k] as number[], 1e-3)).toBeLessThan(1e-8);
        expect(worstRelative(deltaHat, estimates.delta_hat[k] as number[])).toBeLessThan(1e-8);
        expect(worstRelative(gammaStar, estimates.gamma_star[k] as number[], 1e-3)).toBeLessThan(1e-8);
        expect(worstRelative(deltaStar, estimates.delta_star[k] as number[])).toBeLessThan(1e-8);
        const priors = [prior?.gammaBar, prior?.tau2, prior?.aPrior, prior?.bPrior] as number[];
        const reference = [estimates.gamma_bar[k], estimates.t2[k], estimates.a_prior[k], estimates.b_prior[k]] as number[];
        expect(worstRelative(priors, reference)).toBeLessThan(1e-8);
      });
    });
  });

  it('duke-48: estimates from training patients harmonize new patients of the same hospitals', async () => {
    const { table, cases } = readTable('duke-48');
    const split = new Map(readCsv(folder, 'duke-48', 'apply_split.csv').rows.map(([id, part]) => [id as string, part as string]));
    const part = (name: string): TestTable => {
      const keep = [...table.site.keys()].filter((row) => split.get(table.participants?.[row] as string) === name);
      const p = table.features.names.length;
      return {
        site: keep.map((row) => table.site[row] as string),
        participants: keep.map((row) => table.participants?.[row] as string),
        features: {
          names: table.features.names,
          values: Float64Array.from(keep.flatMap((row) => [...table.features.values.subarray(row * p, (row + 1) * p)])),
        },
      };
    };
    const run = await runCombat(part('train'), [], 5);
    const fresh = part('new');
    const values = standardized(fresh.features.values, run.scaling);
    const p = table.features.names.length;
    const found = new Map<string, Float64Array>();
    fresh.participants?.forEach((participant, i) => {
      const row = values.slice(i * p, (i + 1) * p);
      const effects = run.effects.get(fresh.site[i] as string) as SiteEffects;
      found.set(participant, unstandardize(applyCombat(row, [], run.fit, effects), run.scaling));
    });
    const expected = expectedRows([folder, 'duke-48', 'expected/apply_to_new.csv'], cases.features);
    expect(expected.size).toBe(fresh.site.length);
    expect(worstInSd(found, expected, run.scaling.scale)).toBeLessThan(1e-8);
  });

  it.each([
    { file: 'testdata_combat_parametric_unadjusted_r.csv', covariates: [] },
    { file: 'testdata_combat_parametric_adjusted_r.csv', covariates: ['pheno'] },
  ])("the authors' own test set: $file", async ({ file, covariates }) => {
    const cases = readJson<{ batch: number[]; pheno: number[] }>(folder, 'neurocombat-testdata', 'cases.json');
    const transposed = (...path: string[]) => {
      const { rows } = readCsv(folder, 'neurocombat-testdata', ...path);
      return Float64Array.from(cases.batch.flatMap((_, sample) => rows.map((row) => Number(row[sample]))));
    };
    const values = transposed('input.csv');
    const p = values.length / cases.batch.length;
    const names = Array.from({ length: p }, (_, f) => `f${f}`);
    const participants = cases.batch.map((_, sample) => `V${sample + 1}`);
    const table: TestTable = {
      site: cases.batch.map(String),
      participants,
      features: { names, values },
      covariates: { pheno: Float64Array.from(cases.pheno) },
    };
    const run = await runCombat(table, covariates, 5);
    const harmonized = transposed('expected', file);
    const expected = new Map(participants.map((participant, sample) => [participant, harmonized.subarray(sample * p, (sample + 1) * p)]));
    expect(worstInSd(run.harmonized, expected, run.scaling.scale)).toBeLessThan(1e-8);
  });

  it('refuses the covariate that both engines call confounded with batch', async () => {
    const { table } = readTable('duke-48');
    const reference = readJson<{ confounded_covariate: { covariate: string } }>(folder, 'error_cases.json');
    expect(reference.confounded_covariate.covariate).toBe('indicator of batch H1');
    const indicator = Float64Array.from(table.site, (site) => (site === 'H1' ? 1 : 0));
    const run = runCombat({ ...table, covariates: { ...table.covariates, indicator } }, ['age', 'indicator'], 5);
    await expect(run).rejects.toMatchObject({ code: 'HARMONIZATION.CONFOUNDED', params: { covariates: '"indicator"' } });
  });
});
