import { PooledFederation } from '@cohortium/federation';
import type { Federation } from '@cohortium/federation';
import { parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import type { BatchSpec } from '../batches/spec.js';
import { fitCovbat } from './fit.js';
import type { CovbatOptions } from './fit.js';
import { covbatRows } from './scores.js';

const p = 6;
const options: CovbatOptions = {
  combat: {
    eb: false,
    parametric: true,
    likelihood: 'log',
    meanOnly: false,
    reference: null,
    missing: 'neurocombat',
    constantInBatch: 'sva',
    minBatch: 1,
    batchOfOne: 'refuse',
  },
  components: { percentVar: 0.8, count: null, scaled: true },
  scoreEb: false,
  scoreParametric: true,
};

/** Three sites whose features are correlated in different ways. */
function madeTable(seed: number): TestTable {
  const random = new SeededRandom(seed);
  const site = Array.from({ length: 60 }, (_, i) => `S${1 + (i % 3)}`);
  const values = Float64Array.from(
    site.flatMap((code) => {
      const s = Number(code.slice(1));
      const common = random.normal();
      const other = random.normal();
      return Array.from(
        { length: p },
        (_, f) => 10 * f + s + (0.4 * s + 0.5) * ((f % 2 === 0 ? s - 1 : 2 - s) * common + (f < 3 ? other : 0) + random.normal()),
      );
    }),
  );
  return { site, features: { names: Array.from({ length: p }, (_, f) => `f${f}`), values } };
}

function specOf(table: TestTable): BatchSpec {
  const levels = [...new Set(table.site)].sort();
  return { features: [...table.features.names], batch: { column: null, levels }, covariates: [], train: null, completeRows: true };
}

async function run(table: TestTable, federation: Federation, asked: CovbatOptions) {
  const spec = specOf(table);
  const scope = { name: 'training' as const, sites: spec.batch.levels.map(parseSiteId) };
  return fitCovbat(federation, spec, { levels: spec.batch.levels, covariates: [] }, asked, scope);
}

type Matrix = number[][];
const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const variance = (list: number[]) => list.reduce((sum, value) => sum + (value - mean(list)) ** 2, 0) / (list.length - 1);
const column = (rows: Matrix, f: number) => rows.map((row) => row[f] as number);

/** Location and scale removed by batch, per column, on the scale of the pooled SD (division by n): ComBat without empirical Bayes. */
function slowCombat(rows: Matrix, batch: string[]): { residuals: Matrix; center: number[]; sd: number[] } {
  const count = rows[0]?.length ?? 0;
  const batches = [...new Set(batch)];
  const center: number[] = [];
  const sd: number[] = [];
  const residuals = rows.map((row) => [...row]);
  for (let f = 0; f < count; f++) {
    const own = (b: string) => column(rows, f).filter((_, i) => batch[i] === b);
    const grand = batches.reduce((sum, b) => sum + (own(b).length / rows.length) * mean(own(b)), 0);
    const pooled = Math.sqrt(batches.reduce((sum, b) => sum + (own(b).length - 1) * variance(own(b)), 0) / rows.length);
    for (const b of batches) {
      const z = own(b).map((value) => (value - grand) / pooled);
      rows.forEach((row, i) => {
        if (batch[i] === b) (residuals[i] as number[])[f] = (((row[f] as number) - grand) / pooled - mean(z)) / Math.sqrt(variance(z));
      });
    }
    center.push(grand);
    sd.push(pooled);
  }
  return { residuals, center, sd };
}

/** Eigenvectors of a symmetric matrix by Jacobi rotations, by descending value. */
function jacobi(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  const v: Matrix = a.map((_, i) => a.map((__, j) => Number(i === j)));
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const off = a[i]?.[j] as number;
        if (off === 0) continue;
        const angle = Math.atan2(2 * off, (a[i]?.[i] as number) - (a[j]?.[j] as number)) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (const m of [a, v]) {
          for (const row of m)
            [row[i], row[j]] = [c * (row[i] as number) + s * (row[j] as number), c * (row[j] as number) - s * (row[i] as number)];
        }
        const [top, bottom] = [a[i] as number[], a[j] as number[]];
        a[i] = top.map((value, k) => c * value + s * (bottom[k] as number));
        a[j] = top.map((value, k) => c * (bottom[k] as number) - s * value);
      }
    }
  }
  const order = [...a.keys()].sort((i, j) => (a[j]?.[j] as number) - (a[i]?.[i] as number));
  return { values: order.map((k) => a[k]?.[k] as number), vectors: v.map((row) => order.map((k) => row[k] as number)) };
}

/** CovBat as published, on the stacked rows. */
function slowCovbat(rows: Matrix, batch: string[], limit: number): { values: Matrix; count: number } {
  const { residuals, center, sd } = slowCombat(rows, batch);
  const means = center.map((_, f) => mean(column(residuals, f)));
  const scales = center.map((_, f) => Math.sqrt(variance(column(residuals, f))));
  const x = residuals.map((row) => row.map((value, f) => (value - (means[f] as number)) / (scales[f] as number)));
  const covariance = center.map((_, a) =>
    center.map((__, b) => x.reduce((sum, row) => sum + (row[a] as number) * (row[b] as number), 0) / (x.length - 1)),
  );
  const { values, vectors } = jacobi(covariance);
  const total = values.reduce((a, b) => a + b, 0);
  let count = 1;
  while (values.slice(0, count).reduce((a, b) => a + b, 0) / total <= limit) count++;
  const scores = x.map((row) => center.map((_, k) => row.reduce((sum, value, f) => sum + value * (vectors[f]?.[k] as number), 0)));
  const second = slowCombat(
    scores.map((row) => row.slice(0, count)),
    batch,
  );
  const full = scores.map((row, i) =>
    row.map((value, k) =>
      k < count ? (second.residuals[i]?.[k] as number) * (second.sd[k] as number) + (second.center[k] as number) : value,
    ),
  );
  const back = full.map((row) => center.map((_, f) => row.reduce((sum, score, k) => sum + score * (vectors[f]?.[k] as number), 0)));
  return {
    count,
    values: back.map((row) =>
      row.map((value, f) => (value * (scales[f] as number) + (means[f] as number)) * (sd[f] as number) + (center[f] as number)),
    ),
  };
}

describe('CovBat', () => {
  it.each([1, 2, 3])('equals the published steps on stacked rows, each site alone with its rows (seed %i)', async (seed) => {
    const table = madeTable(seed);
    const { fitted, components } = await run(table, simulatedFederationOf(table), options);
    const stacked = rowsFromTable(table);
    const rows: Matrix = Array.from({ length: stacked.rowCount }, (_, i) => [...stacked.features.subarray(i * p, (i + 1) * p)]);
    const batch = Array.from(stacked.siteIndex, (index) => stacked.sites[index] as string);
    const slow = slowCovbat(rows, batch, 0.8);
    expect(components.count).toBe(slow.count);
    let at = 0;
    for (const site of stacked.sites) {
      const own = rowsFromTable(tableOfSites(table, [site]));
      covbatRows(own, fitted, false).forEach((value, k) => {
        const f = k % p;
        // Scale: the SD of the feature; eigenvectors move by rounding over the gap of their values.
        expect(Math.abs(value - (slow.values[at + Math.floor(k / p)]?.[f] as number)) / Math.sqrt(variance(column(rows, f)))).toBeLessThan(
          1e-9,
        );
      });
      at += own.rowCount;
    }
  });

  it('federated equals pooled', async () => {
    const table = madeTable(7);
    const federated = await run(table, simulatedFederationOf(table), options);
    const pooled = await run(table, new PooledFederation((sites) => rowsFromTable(tableOfSites(table, sites))), options);
    expect(federated.components.count).toBe(pooled.components.count);
    federated.components.rotation.forEach((value, k) =>
      expect(Math.abs(value - (pooled.components.rotation[k] as number))).toBeLessThan(1e-10),
    );
  });

  it('brings the covariances of the sites together', async () => {
    const table = madeTable(11);
    const { fitted } = await run(table, simulatedFederationOf(table), {
      ...options,
      components: { percentVar: 1, count: p, scaled: true },
    });
    const spread = (of: (own: ReturnType<typeof rowsFromTable>) => Float64Array) => {
      const all = ['S1', 'S2', 'S3'].map((site) => {
        const own = rowsFromTable(tableOfSites(table, [site]));
        const values = of(own);
        const rows: Matrix = Array.from({ length: own.rowCount }, (_, i) => [...values.subarray(i * p, (i + 1) * p)]);
        const [a, b] = [column(rows, 0), column(rows, 2)];
        return (
          a.reduce((sum, x, i) => sum + (x - mean(a)) * ((b[i] as number) - mean(b)), 0) /
          (a.length - 1) /
          Math.sqrt(variance(a) * variance(b))
        );
      });
      return Math.max(...all) - Math.min(...all);
    };
    expect(spread((own) => covbatRows(own, fitted, false))).toBeLessThan(0.6 * spread((own) => own.features));
  });

  it('refuses more features than products fit a message', () =>
    expect(
      fitCovbat(
        simulatedFederationOf(madeTable(1)),
        { ...specOf(madeTable(1)), features: Array.from({ length: 2001 }, (_, f) => `f${f}`) },
        { levels: [], covariates: [] },
        options,
        { name: 'training', sites: [] },
      ),
    ).rejects.toThrow('HARMONIZATION.TOO_MANY_FEATURES'));
});
