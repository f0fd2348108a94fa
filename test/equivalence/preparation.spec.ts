import { siteEffects } from '@cohortium/harmonization';
import {
  harmonizedDesign,
  imputedDesign,
  localEffects,
  onnxInputs,
  onnxModel,
  predict,
  preparedDesign,
  scoreOnnx,
} from '@cohortium/learning';
import type { CombatReference, FittedModel, Imputation, Preparation } from '@cohortium/learning';
import { SeededRandom, logistic } from '@cohortium/numerics';
import { rowsFromTable, scopeOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const numRuns = Math.max(1, Math.round(25 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));
const names = ['a', 'b', 'c', 'd'];

/** Rows with gaps at four sites, of which the last takes no part in training; one covariate. */
function madeTable(seed: number, sizes: readonly number[] = [9, 8, 7, 10]): TestTable {
  const random = new SeededRandom(seed);
  const site = sizes.flatMap((size, s) => new Array<string>(size).fill(`S${s + 1}`));
  const values = Float64Array.from({ length: names.length * site.length }, () => (random.uniform() < 0.1 ? NaN : 5 + 2 * random.normal()));
  return {
    site,
    outcome: Float64Array.from(site, () => random.below(2)),
    covariates: { age: Float64Array.from(site, () => 50 + 10 * random.normal()) },
    features: { names, values },
  };
}

function madePreparation(seed: number, method: 'combat' | 'none' = 'combat', clip: number | null = null): Preparation {
  const random = new SeededRandom(seed + 1);
  const vector = (low: number, high: number) => names.slice(1).map(() => low + (high - low) * random.uniform());
  const combat: CombatReference = {
    method: 'combat',
    sites: ['S1', 'S2', 'S3'],
    covariates: ['age'],
    beta: [vector(-0.02, 0.02)],
    grandMean: vector(-0.1, 0.1),
    varPooled: vector(0.5, 1.2),
    passedThrough: ['c'],
    newSite: 'frozenLocalEb',
    minBatch: 5,
  };
  return {
    // Not in the order of the table, and without its first column.
    features: ['d', 'b', 'c'],
    medians: vector(4, 6),
    center: vector(4, 6),
    scale: vector(1, 3),
    harmonization: method === 'combat' ? combat : { method: 'none' },
    finalCenter: vector(-0.1, 0.1),
    finalScale: vector(0.8, 1.2),
    clip,
  };
}
const models: FittedModel[] = [
  { id: 'm', alpha: 1, lambda: 0.1, intercept: -0.3, coefficients: [0.5, 0, -2] },
  { id: 'null', alpha: 1, lambda: 9, intercept: 0.7, coefficients: [0, 0, 0] },
];
const halves = ({ features, medians, center, scale, harmonization }: Preparation): { imputation: Imputation; combat: CombatReference } => ({
  imputation: { features, medians, center, scale },
  combat: harmonization as CombatReference,
});

describe('preparation', () => {
  it('imputes with medians, standardizes, and keeps the order of the recipe', () => {
    const table = madeTable(1);
    const { imputation } = halves(madePreparation(1));
    const { values, rowCount, columnCount } = imputedDesign(rowsFromTable(table), imputation);
    expect([rowCount, columnCount]).toEqual([34, 3]);
    for (let i = 0; i < rowCount; i++) {
      imputation.features.forEach((feature, j) => {
        const raw = table.features.values[i * names.length + names.indexOf(feature)] as number;
        const x = Number.isNaN(raw) ? (imputation.medians[j] as number) : raw;
        expect(values[i * 3 + j]).toBe((x - (imputation.center[j] as number)) / (imputation.scale[j] as number));
      });
    }
  });

  it('harmonizes each site by its own effects, as the formula says; passed-through columns stay', () => {
    const table = madeTable(2);
    const preparation = madePreparation(2);
    const { imputation, combat } = halves(preparation);
    const harmonized = harmonizedDesign(rowsFromTable(table), { ...imputation, harmonization: combat });
    let row = 0;
    for (const site of scopeOf(table).sites) {
      const own = rowsFromTable(tableOfSites(table, [site]));
      const { values } = imputedDesign(own, imputation);
      const age = own.covariates['age'] as Float64Array;
      const effects = siteEffects(values, [age], { ...combat, passedThrough: [2] }, { site, minBatch: 5 });
      for (let i = 0; i < own.rowCount; i++, row++) {
        for (let j = 0; j < 3; j++) {
          const y = values[i * 3 + j] as number;
          const sd = Math.sqrt(combat.varPooled[j] as number);
          const expected = (combat.grandMean[j] as number) + (age[i] as number) * (combat.beta[0]?.[j] as number);
          const z = (y - expected) / sd;
          const star = j === 2 ? y : (sd * (z - (effects.gammaStar[j] as number))) / Math.sqrt(effects.deltaStar[j] as number) + expected;
          expect(Math.abs((harmonized.values[row * 3 + j] as number) - star)).toBeLessThan(1e-12);
        }
      }
    }
  });

  it('standardizes again and clips on both sides', () => {
    const table = madeTable(3);
    const preparation = madePreparation(3);
    const { imputation, combat } = halves(preparation);
    const before = harmonizedDesign(rowsFromTable(table), { ...imputation, harmonization: combat }).values;
    for (const clip of [null, 0.5]) {
      const { values } = preparedDesign(rowsFromTable(table), { ...preparation, clip });
      const bound = clip ?? Infinity;
      values.forEach((value, k) => {
        const z = ((before[k] as number) - (preparation.finalCenter[k % 3] as number)) / (preparation.finalScale[k % 3] as number);
        expect(value).toBe(Math.min(bound, Math.max(-bound, z)));
      });
      expect(values.some((value) => Math.abs(value) === 0.5)).toBe(clip !== null);
    }
  });

  it('without harmonization is imputation and scaling', () => {
    const table = madeTable(4);
    const preparation = madePreparation(4, 'none');
    const rows = rowsFromTable(table);
    const { imputation } = halves(preparation);
    expect(harmonizedDesign(rows, { ...imputation, harmonization: { method: 'none' } })).toBe(imputedDesign(rows, imputation));
    expect(localEffects(rows, 'S1', preparation)).toBeNull();
  });

  it('is the same bits at a site as in the stacked table, of training sites and of a new one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom<'combat' | 'none'>('combat', 'none'), (seed, method) => {
        const table = madeTable(seed);
        const preparation = madePreparation(seed, method, 3);
        const stacked = preparedDesign(rowsFromTable(table), preparation).values;
        let from = 0;
        for (const site of scopeOf(table).sites) {
          const own = preparedDesign(rowsFromTable(tableOfSites(table, [site])), preparation).values;
          expect(own).toEqual(stacked.subarray(from, from + own.length));
          from += own.length;
        }
        expect(from).toBe(stacked.length);
      }),
      { numRuns },
    );
  });

  it('of a new site follows the rule of the recipe', () => {
    const table = tableOfSites(madeTable(5), ['S4']);
    const preparation = madePreparation(5);
    const { imputation, combat } = halves(preparation);
    const rows = rowsFromTable(table);
    const left = harmonizedDesign(rows, { ...imputation, harmonization: { ...combat, newSite: 'none' } }).values;
    expect([...left]).toEqual([...imputedDesign(rows, imputation).values]);
    expect([...(localEffects(rows, 'S4', { ...preparation, harmonization: { ...combat, newSite: 'none' } })?.gammaStar ?? [])]).toEqual([
      0, 0, 0,
    ]);
    const moved = harmonizedDesign(rows, { ...imputation, harmonization: combat }).values;
    expect(moved.some((x, k) => x !== left[k])).toBe(true);
    expect(localEffects(rows, 'S1', preparation)).toBeNull();
  });

  it('is remembered by content, not by object', () => {
    const rows = rowsFromTable(madeTable(6));
    const preparation = madePreparation(6);
    const first = preparedDesign(rows, preparation);
    expect(preparedDesign(rows, structuredClone(preparation))).toBe(first);
    expect(preparedDesign(rows, { ...preparation, clip: 1 })).not.toBe(first);
  });

  it('refuses a feature that the table does not have', () => {
    const { imputation } = halves(madePreparation(7));
    const unknown = { ...imputation, features: ['d', 'b', 'z'] };
    expect(() => imputedDesign(rowsFromTable(madeTable(7)), unknown)).toThrow(
      expect.objectContaining({ code: 'LEARNING.UNKNOWN_FEATURE', params: { feature: 'z' } }),
    );
  });

  it('refuses a batch below the smallest, and a covariate that the table does not have', () => {
    const small = rowsFromTable(madeTable(8, [4, 8, 8, 8]));
    expect(() => preparedDesign(small, madePreparation(8))).toThrow(expect.objectContaining({ code: 'HARMONIZATION.BATCH_TOO_SMALL' }));
    const bare = { ...madeTable(8), covariates: {} };
    expect(() => preparedDesign(rowsFromTable(bare), madePreparation(8))).toThrow(
      expect.objectContaining({ code: 'HARMONIZATION.UNKNOWN_COVARIATE' }),
    );
  });
});

describe('predict', () => {
  it('is the logistic of intercept plus coefficients times the prepared design', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rows = rowsFromTable(madeTable(seed));
        const preparation = madePreparation(seed, 'combat', 4);
        const { values } = preparedDesign(rows, preparation);
        const found = predict(rows, { preparation, models });
        models.forEach(({ intercept, coefficients }, m) => {
          for (let i = 0; i < rows.rowCount; i++) {
            const eta = coefficients.reduce((sum, b, j) => sum + b * (values[i * 3 + j] as number), intercept);
            expect(Math.abs((found[m]?.[i] as number) - logistic(eta))).toBeLessThan(1e-15);
          }
        });
      }),
      { numRuns },
    );
  });

  it('equals the ONNX file of the same model at every site', async () => {
    const table = madeTable(9);
    const preparation = madePreparation(9, 'combat', 3);
    const onnx = onnxModel({
      schemaVersion: 1,
      study: 's',
      protocolHash: '0'.repeat(64),
      endpoint: 'e',
      synthetic: true,
      preparation,
      models,
      primaryModel: 'm',
      threshold: 0.5,
    });
    for (const site of scopeOf(table).sites) {
      const rows = rowsFromTable(tableOfSites(table, [site]));
      const scored = await scoreOnnx(
        onnx,
        onnxInputs(rows, { from: 0, to: rows.rowCount }, preparation, localEffects(rows, site, preparation)),
      );
      predict(rows, { preparation, models }).forEach((probabilities, m) => {
        probabilities.forEach((p, i) => expect(Math.abs(p - (scored[i * models.length + m] as number))).toBeLessThan(1e-12));
      });
    }
  });
});
