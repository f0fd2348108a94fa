import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTable } from '@cohortium/analysis';
import { PooledFederation } from '@cohortium/federation';
import type { ElasticNetFit } from '@cohortium/statistics';
import { rowsFromTable, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitTable, plainArm, plainQueries } from '../equivalence/elastic-net-problems.js';

// Coefficient paths of glmnet 4.1-6 (thresh 1e-14) at fixed penalties, and its cross-validated deviances for given folds, on two
// tables whose columns are used as they are (standardize = FALSE) or divided by their SD (standardize = TRUE).
const reference = process.env['COHORTIUM_REFERENCE'];
const folder = reference === undefined ? '' : join(reference, 'regression');
const available = existsSync(join(folder, 'duke', 'penalised.json'));
if (!available) console.warn('skipped: glmnet reference (COHORTIUM_REFERENCE has no regression)');

interface Expected {
  readonly features: readonly string[];
  readonly outcome: string;
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly alpha: number;
        readonly standardize: boolean;
        readonly lambda: readonly number[];
        readonly coef: { readonly values: readonly (readonly number[])[] };
        readonly n_nonzero: readonly number[];
      }
    >
  >;
  readonly cv: {
    readonly alpha: number;
    readonly lambda: readonly number[];
    readonly cvm_deviance: readonly number[];
    readonly cvsd: readonly number[];
    readonly lambda_min: number;
    readonly lambda_1se: number;
  };
}

function load(name: string): { table: TestTable; folds: Int32Array; expected: Expected } {
  const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
  const expected = JSON.parse(read('penalised.json')) as Expected;
  const input = parseTable(read('input.csv'), 'input.csv');
  const column = (of: string) => input.rows.map((row) => row[input.columns.indexOf(of)] as string);
  const columns = expected.features.map((feature) => column(feature).map(Number));
  const site = column('site').map((code) => code.replace(/[^A-Za-z0-9_-]/g, '_'));
  const foldOf = new Map(parseTable(read('cv_folds.csv'), 'cv_folds.csv').rows.map((row) => [row[0] as string, Number(row[1])]));
  return {
    expected,
    folds: Int32Array.from(column('id'), (id) => foldOf.get(id) as number),
    table: {
      site,
      outcome: Float64Array.from(column(expected.outcome), Number),
      features: {
        names: expected.features,
        values: Float64Array.from(
          { length: site.length * columns.length },
          (_, k) => columns[k % columns.length]?.[Math.floor(k / columns.length)] as number,
        ),
      },
    },
  };
}

/** SD of each column with division by n, as glmnet takes it. */
function spreads({ site, features: { names, values } }: TestTable): Float64Array {
  const n = site.length;
  return Float64Array.from(names, (_, j) => {
    const column = Array.from({ length: n }, (__, i) => values[i * names.length + j] as number);
    const mean = column.reduce((sum, x) => sum + x, 0) / n;
    return Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
  });
}

function rowsWhere(table: TestTable, keep: (row: number) => boolean): TestTable {
  const p = table.features.names.length;
  const rows = [...table.site.keys()].filter(keep);
  return {
    site: rows.map((row) => table.site[row] as string),
    outcome: Float64Array.from(rows, (row) => table.outcome?.[row] as number),
    features: {
      ...table.features,
      values: Float64Array.from(rows.flatMap((row) => [...table.features.values.subarray(row * p, (row + 1) * p)])),
    },
  };
}

describe.skipIf(!available).each(['duke', 'ispy1'])('glmnet on %s', (name) => {
  it('every coefficient of every path to 1e-6, through the encoding', async () => {
    const { table, expected } = load(name);
    const p = expected.features.length;
    const sd = spreads(table);
    const scaled = { ...table, features: { ...table.features, values: table.features.values.map((x, k) => x / (sd[k % p] as number)) } };
    let largest = 0;
    let compared = 0;
    for (const standardize of [false, true]) {
      const paths = Object.values(expected.paths).filter((path) => path.standardize === standardize);
      const used = standardize ? scaled : table;
      const specs = paths.flatMap(({ alpha, lambda }, k) =>
        lambda.map((value) => ({ id: `${k} ${value}`, alpha, penalty: { rule: 'fixed' as const, lambda: value } })),
      );
      const [fits] = (await fitTable(used, simulatedFederationOf(used), specs, { tolerance: 1e-11 })) as [ElasticNetFit[]];
      paths.forEach(({ lambda, coef, n_nonzero }, k) => {
        lambda.forEach((_, l) => {
          const { coefficients } = fits[k * lambda.length + l] as ElasticNetFit;
          coef.values.forEach((row, j) => {
            const found = (coefficients[j] as number) / (standardize && j > 0 ? (sd[j - 1] as number) : 1);
            largest = Math.max(largest, Math.abs(found - (row[l] as number)));
            compared++;
          });
          expect(coefficients.subarray(1).filter((b) => b !== 0).length).toBe(n_nonzero[l]);
        });
      });
    }
    console.info(`${name}: largest difference of ${compared} coefficients ${largest.toExponential(2)}`);
    expect(compared).toBe(8 * 6 * (p + 1));
    expect(largest).toBeLessThan(1e-6);
  }, 120_000);

  it('cross-validated deviances and their errors to 1e-6, and both choices', async () => {
    const { table, folds, expected } = load(name);
    const { alpha, lambda, cvm_deviance, cvsd, lambda_min, lambda_1se } = expected.cv;
    const p = expected.features.length;
    const fileOrder = rowsFromTable({ ...table, site: table.site.map(() => 'all') });
    const numbers = [...new Set(folds)].sort((a, b) => a - b);
    const federation = new PooledFederation(() => ({ ...fileOrder, folds: () => folds.map((fold) => numbers.indexOf(fold)) }));
    const specs = lambda.map((value) => ({ id: String(value), alpha, penalty: { rule: 'fixed' as const, lambda: value } }));
    const parts: { participants: number; loss: number }[][] = [];
    for (const [fold, number] of numbers.entries()) {
      const rest = rowsWhere(table, (row) => folds[row] !== number);
      const [fits] = (await fitTable(rest, simulatedFederationOf(rest), specs)) as [ElasticNetFit[]];
      const { value } = await federation.sum(
        plainQueries().deviance,
        {
          arms: [plainArm()],
          columnCounts: [p],
          participants: table.site.length,
          participantFolds: { count: numbers.length, seed: '' },
          models: fits.map(() => ({ arm: 0, leftOut: fold, size: p + 1 })),
          indices: Float64Array.from(fits.flatMap(() => Array.from({ length: p + 1 }, (_, j) => j))),
          values: Float64Array.from(fits.flatMap((fit) => [...fit.coefficients])),
        },
        scopeOf(table),
      );
      parts.push(value);
    }
    const total = table.site.length;
    const curve = lambda.map((_, l) => {
      const own = parts.map((part) => part[l] as { participants: number; loss: number });
      const deviance = own.reduce((sum, { loss }) => sum + 2 * loss, 0) / total;
      const spread = own.reduce((sum, { participants: n, loss }) => sum + (n / total) * ((2 * loss) / n - deviance) ** 2, 0);
      return { deviance, standardError: Math.sqrt(spread / (parts.length - 1)) };
    });
    curve.forEach(({ deviance, standardError }, l) => {
      expect(Math.abs(deviance - (cvm_deviance[l] as number))).toBeLessThan(1e-6);
      expect(Math.abs(standardError - (cvsd[l] as number))).toBeLessThan(1e-6);
    });
    const best = curve.reduce((at, { deviance }, l) => (deviance < (curve[at]?.deviance as number) - 1e-9 ? l : at), 0);
    const limit = (curve[best]?.deviance as number) + (curve[best]?.standardError as number);
    expect(lambda[best]).toBe(lambda_min);
    expect(lambda[curve.findIndex(({ deviance }) => deviance <= limit)]).toBe(lambda_1se);
  }, 120_000);
});
