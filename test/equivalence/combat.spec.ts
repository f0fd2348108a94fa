import { applyCombat, covariateColumns, fitCombat, newSiteEffects, siteEffects } from '@cohortium/harmonization';
import type { CombatFit } from '@cohortium/harmonization';
import type { Federation } from '@cohortium/federation';
import { pooledFederationOf, rowsFromTable, scopeOf, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, madeTable, moments, recipeOf, standardized, standardizedQueries, textbookCombat } from './combat-tables.js';
import type { Harmonized } from './combat-tables.js';

const numRuns = Math.max(1, Math.round(25 * Number(process.env.COHORTIUM_TEST_SCALE ?? 1)));
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const shapes = fc.record({
  seed: seeds,
  sizes: fc.array(fc.integer({ min: 5, max: 40 }), { minLength: 3, maxLength: 12 }),
  featureCount: fc.integer({ min: 2, max: 15 }),
});
const covariateChoices = fc.subarray(['age', 'status', 'tiny']);
const minBatch = 5;

/** Harmonizes every site of a table with a fit, from its own rows only. */
function harmonize(table: TestTable, fit: CombatFit, covariates: readonly string[]): Harmonized {
  const recipe = recipeOf(table).value;
  const effects = new Map();
  const rows = new Map<string, Float64Array>();
  for (const site of scopeOf(table).sites) {
    const own = rowsFromTable(tableOfSites(table, [site]));
    const values = standardized(own.features, recipe);
    const columns = covariateColumns(own, covariates);
    effects.set(site, siteEffects(values, columns, fit, { site, minBatch }));
    rows.set(site, applyCombat(values, columns, fit, effects.get(site)));
  }
  return { fit, effects, rows };
}

async function fitAndHarmonize(table: TestTable, covariates: readonly string[], federation: Federation): Promise<Harmonized> {
  const arms = [{ heldOut: null, recipe: recipeOf(table) }];
  const [fit] = await fitCombat(federation, standardizedQueries(), { arms, covariates, scope: scopeOf(table), minBatch });
  return harmonize(table, fit as CombatFit, covariates);
}

/** Largest |a - b| / max(|b|, scale). */
function worst(a: ArrayLike<number>, b: ArrayLike<number>, scale = 1): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let k = 0; k < b.length; k++) {
    largest = Math.max(largest, Math.abs((a[k] as number) - (b[k] as number)) / Math.max(Math.abs(b[k] as number), scale));
  }
  return largest;
}

/** Scales: 1 for standardized values, 1 / SD of the covariate for its effects, the value itself for variances. */
function expectSameFit(found: CombatFit, expected: CombatFit, table: TestTable, covariates: readonly string[]): void {
  expect(found.participants).toBe(expected.participants);
  expect(found.sites).toBe(expected.sites);
  expect(found.passedThrough).toEqual(expected.passedThrough);
  expect(worst(found.grandMean, expected.grandMean)).toBeLessThan(1e-10);
  expect(worst(found.varPooled, expected.varPooled, 0)).toBeLessThan(1e-10);
  expect(found.beta.length).toBe(covariates.length);
  covariates.forEach((name, c) => {
    const { sd } = moments(table.covariates?.[name] as Float64Array);
    expect(worst(found.beta[c] as number[], expected.beta[c] as number[], 1 / sd)).toBeLessThan(1e-10);
  });
}

describe('federated ComBat equals pooled ComBat', () => {
  it('for random splits over 3 to 12 sites, with and without covariates, to 1e-10', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, covariateChoices, async (shape, covariates) => {
        const table = madeTable(shape);
        const federated = await fitAndHarmonize(table, covariates, simulatedFederationOf(table));
        const pooled = await fitAndHarmonize(table, covariates, pooledFederationOf(table));
        expectSameFit(federated.fit, pooled.fit, table, covariates);
        for (const [site, effects] of pooled.effects) {
          const found = federated.effects.get(site);
          expect(worst(found?.gammaStar ?? [], effects.gammaStar)).toBeLessThan(1e-10);
          expect(worst(found?.deltaStar ?? [], effects.deltaStar, 0)).toBeLessThan(1e-10);
          expect(worst(federated.rows.get(site) ?? [], pooled.rows.get(site) ?? [])).toBeLessThan(1e-10);
        }
      }),
      { numRuns },
    );
  });

  it('and the textbook form with a dummy column per batch, to 1e-10', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, covariateChoices, async (shape, covariates) => {
        const table = madeTable(shape);
        const federated = await fitAndHarmonize(table, covariates, simulatedFederationOf(table));
        const p = table.features.names.length;
        const values = standardized(table.features.values, recipeOf(table).value);
        const rows = table.site.map((_, i) => [...values.subarray(i * p, (i + 1) * p)]);
        // In units of their SD around zero, so that the dummy form is well conditioned too.
        const columns = covariates.map((name) => {
          const column = table.covariates?.[name] as Float64Array;
          const { mean, sd } = moments(column);
          return Array.from(column, (value) => (value - mean) / sd);
        });
        const expected = textbookCombat(rows, table.site, columns);
        expect(worst(federated.fit.varPooled, expected.varPooled, 0)).toBeLessThan(1e-10);
        expect(
          worst(
            [...federated.rows.values()].flatMap((part) => [...part]),
            expected.harmonized.flat(),
          ),
        ).toBeLessThan(1e-10);
      }),
      { numRuns },
    );
  });

  it('with every site held out in turn, in the same two rounds', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, covariateChoices, async (shape, covariates) => {
        const table = madeTable(shape);
        const scope = scopeOf(table);
        const rounds: string[] = [];
        const federation = simulatedFederationOf(table, (site, request) => site === scope.sites[0] && rounds.push(request.query.operation));
        const arms = [null, ...scope.sites].map((heldOut) => ({ heldOut, recipe: recipeOf(table) }));
        const fits = await fitCombat(federation, standardizedQueries('leaveOneSiteOut'), { arms, covariates, scope, minBatch });
        expect(rounds).toEqual([...(covariates.length > 0 ? ['loso.combat-cross-products'] : []), 'loso.combat-location']);
        for (const [index, arm] of arms.entries()) {
          const rest = tableOfSites(
            table,
            scope.sites.filter((site) => site !== arm.heldOut),
          );
          const [expected] = await fitCombat(pooledFederationOf(rest), standardizedQueries(), {
            arms: [{ heldOut: null, recipe: arm.recipe }],
            covariates,
            scope: scopeOf(rest),
            minBatch,
          });
          expectSameFit(fits[index] as CombatFit, expected as CombatFit, table, covariates);
        }
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  it('the order of sites changes no bit', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const table = madeTable(shape);
        const scope = scopeOf(table);
        const options = { arms: [{ heldOut: null, recipe: recipeOf(table) }], covariates: ['age', 'tiny'], minBatch };
        const forward = await fitCombat(simulatedFederationOf(table), standardizedQueries(), { ...options, scope });
        const backward = await fitCombat(simulatedFederationOf(table), standardizedQueries(), {
          ...options,
          scope: { ...scope, sites: [...scope.sites].reverse() },
        });
        expect(backward).toStrictEqual(forward);
      }),
      { numRuns },
    );
  });

  it('follows positive affine maps of each feature', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const table = madeTable(shape);
        const p = table.features.names.length;
        const { scale } = recipeOf(table).value;
        const values = table.features.values.map((value, k) => 3 ** ((k % p) % 5) * (value + 7 * (scale[k % p] as number)));
        const scaled = { ...table, features: { ...table.features, values } };
        const first = await fitAndHarmonize(table, ['age'], simulatedFederationOf(table));
        const second = await fitAndHarmonize(scaled, ['age'], simulatedFederationOf(scaled));
        for (const [site, rows] of first.rows) expect(worst(second.rows.get(site) ?? [], rows)).toBeLessThan(1e-10);
      }),
      { numRuns },
    );
  });
});

describe('what leaves a site', () => {
  it('is as long for five patients as for forty, and only in the declared operations', async () => {
    const sizes = [5, 40, 17, 9];
    const table = madeTable({ seed: 7, sizes, featureCount: 11 });
    const bytes = new Map<string, number[]>();
    const federation = simulatedFederationOf(table, (site, { query }, answer) => {
      const known = bytes.get(query.operation) ?? [];
      bytes.set(query.operation, [...known, answer.state === 'released' ? answer.bytes.length : -1]);
      expect(table.site).toContain(site);
    });
    await fitAndHarmonize(table, ['age', 'status'], federation);
    // X'X upper triangle 3, X'Y 2 x 11, participants 1 in 32-byte words; three vectors of 11 and two counts in 16-byte words.
    expect(Object.fromEntries(bytes)).toEqual({
      'harmonization.combat-cross-products': sizes.map(() => (3 + 22 + 1) * 32),
      'harmonization.combat-location': sizes.map(() => (33 + 2) * 16),
    });
  });

  it('holds no site mean in the first round: a shift of one site changes nothing', async () => {
    const table = madeTable({ seed: 8, sizes: [12, 9, 30], featureCount: 4 });
    const shifted = {
      ...table,
      features: { ...table.features, values: table.features.values.map((value, k) => (k < 12 * 4 ? value * 1 + 2 ** 10 : value)) },
    };
    const first = async (of: TestTable) => {
      const query = standardizedQueries().crossProducts;
      const arms = [{ heldOut: null, recipe: recipeOf(table) }];
      return (await pooledFederationOf(of).sum(query, { arms, covariates: ['age'], minBatch }, scopeOf(of))).value[0];
    };
    const [a, b] = [await first(table), await first(shifted)];
    const size = Math.max(...(a?.xy.map(Math.abs) ?? []));
    expect(worst(b?.xy ?? [], a?.xy ?? [], size)).toBeLessThan(1e-6);
  });
});

describe('a new hospital', () => {
  const table = madeTable({ seed: 11, sizes: [40, 35, 30, 40], featureCount: 12 });
  const training = tableOfSites(table, ['S01', 'S02', 'S03']);
  const recipe = recipeOf(training);
  const fitted = async () =>
    (
      await fitCombat(simulatedFederationOf(training), standardizedQueries(), {
        arms: [{ heldOut: null, recipe }],
        covariates: ['age'],
        scope: scopeOf(training),
        minBatch,
      })
    )[0] as CombatFit;

  it('is brought to the frozen reference from its own rows alone', async () => {
    const fit = await fitted();
    const own = rowsFromTable(tableOfSites(table, ['S04']));
    const values = standardized(own.features, recipe.value);
    const covariates = covariateColumns(own, ['age']);
    const effects = newSiteEffects('frozenLocalEb', values, covariates, fit, { site: 'S04', minBatch });
    const after = applyCombat(values, covariates, fit, effects);
    const again = newSiteEffects('frozenLocalEb', after, covariates, fit, { site: 'S04', minBatch });
    const size = (list: Float64Array) => Math.max(...list.map(Math.abs));
    expect(size(effects.gammaHat)).toBeGreaterThan(1);
    expect(size(again.gammaHat)).toBeLessThan(0.25 * size(effects.gammaHat));
    // The frozen reference does not know the new rows: training rows come out as they did before.
    expect(harmonize(training, fit, ['age']).rows).toEqual(harmonize(training, await fitted(), ['age']).rows);
  });

  it('stays as it is under `none`', async () => {
    const fit = await fitted();
    const own = rowsFromTable(tableOfSites(table, ['S04']));
    const values = standardized(own.features, recipe.value);
    const covariates = covariateColumns(own, ['age']);
    const effects = newSiteEffects('none', values, covariates, fit, { site: 'S04', minBatch });
    expect(applyCombat(values, covariates, fit, effects)).toEqual(values);
  });
});

describe('refusals and features left as they are', () => {
  const table = madeTable({ seed: 21, sizes: [12, 8, 20], featureCount: 6 });
  const run = (of: TestTable, covariates: readonly string[], smallest = minBatch) =>
    fitCombat(simulatedFederationOf(of), standardizedQueries(), {
      arms: [{ heldOut: null, recipe: recipeOf(of) }],
      covariates,
      scope: scopeOf(of),
      minBatch: smallest,
    });
  const withColumn = (name: string, column: Float64Array): TestTable => ({ ...table, covariates: { ...table.covariates, [name]: column } });

  it('names a covariate that is constant within sites, whatever its size', async () => {
    const bySite: Record<string, number> = { S01: 0.1, S02: 1e9 / 3, S03: 63.7 };
    // The last digits differ, as after a change of units: rounding must not pass for variation.
    const scanner = withColumn(
      'scanner',
      Float64Array.from(table.site, (site, i) => (bySite[site] as number) * (1 + (i % 2) * 1e-14)),
    );
    await expect(run(scanner, ['age', 'scanner'])).rejects.toMatchObject({
      code: 'HARMONIZATION.CONFOUNDED',
      params: { covariates: '"scanner"' },
    });
  });

  it('names both of two covariates that vary together within sites', async () => {
    const age = table.covariates?.age as Float64Array;
    const offset: Record<string, number> = { S01: 4, S02: 0, S03: -30 };
    const months = withColumn(
      'months',
      Float64Array.from(age, (value, i) => 12 * value + (offset[table.site[i] as string] as number)),
    );
    await expect(run(months, ['age', 'status', 'months'])).rejects.toMatchObject({ params: { covariates: '"age", "months"' } });
  });

  it('refuses a batch that is too small, naming site and sizes', async () => {
    await expect(run(table, [], 9)).rejects.toMatchObject({
      code: 'HARMONIZATION.BATCH_TOO_SMALL',
      params: { site: 'S02', n: 8, needed: 9 },
    });
  });

  it('refuses one batch before anything leaves, also in a single arm', async () => {
    await expect(run(tableOfSites(table, ['S01']), [])).rejects.toMatchObject({ code: 'HARMONIZATION.ONE_BATCH', params: { sites: 1 } });
    const two = tableOfSites(table, ['S01', 'S02']);
    let answers = 0;
    const asked = fitCombat(
      simulatedFederationOf(two, () => answers++),
      standardizedQueries('leaveOneSiteOut'),
      { arms: [{ heldOut: 'S02', recipe: recipeOf(two) }], covariates: [], scope: scopeOf(two), minBatch },
    );
    await expect(asked).rejects.toMatchObject({ code: 'HARMONIZATION.ONE_BATCH' });
    expect(answers).toBe(0);
  });

  it('refuses to hold out a site under the operations of the full family', async () => {
    const arms = [{ heldOut: 'S01', recipe: recipeOf(table) }];
    const asked = fitCombat(simulatedFederationOf(table), standardizedQueries(), { arms, covariates: [], scope: scopeOf(table), minBatch });
    await expect(asked).rejects.toMatchObject({ code: 'HARMONIZATION.SITE_FOLDS_REFUSED' });
  });

  it('refuses a covariate that the table does not have', async () => {
    await expect(run(table, ['toString'])).rejects.toMatchObject({
      code: 'HARMONIZATION.UNKNOWN_COVARIATE',
      params: { covariate: 'toString' },
    });
  });

  it('passes a feature through that is constant in one site, and changes nothing else', async () => {
    const p = table.features.names.length;
    const values = table.features.values.map((value, k) => (k % p === 2 && table.site[Math.floor(k / p)] === 'S02' ? 1 / 3 : value));
    const broken = { ...table, features: { ...table.features, values } };
    const found = await fitAndHarmonize(broken, ['age'], simulatedFederationOf(broken));
    expect(found.fit.passedThrough).toEqual([2]);
    const without = {
      ...table,
      features: { names: table.features.names.filter((_, f) => f !== 2), values: table.features.values.filter((_, k) => k % p !== 2) },
    };
    const expected = await fitAndHarmonize(without, ['age'], simulatedFederationOf(without));
    const before = standardized(values, recipeOf(broken).value);
    let row = 0;
    for (const [site, rows] of found.rows) {
      expect(found.effects.get(site)?.gammaStar[2]).toBe(0);
      expect(found.effects.get(site)?.deltaStar[2]).toBe(1);
      const size = rows.length / p;
      expect(columnOf(rows, p, 2)).toEqual(columnOf(before.subarray(row * p, (row + size) * p), p, 2));
      expect(rows.filter((_, k) => k % p !== 2)).toEqual(expected.rows.get(site));
      row += size;
    }
  });
});
