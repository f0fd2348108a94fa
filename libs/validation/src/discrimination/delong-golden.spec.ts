import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { columnSource } from '../score-sums/column-source.js';
import type { ColumnEntry } from '../score-sums/column-source.js';
import { scoreQueries } from '../score-sums/score-queries.js';
import { delongInterval } from './delong.js';
import { holm, pairedDelong, unpairedDelong } from './delong-tests.js';
import { compareDiscrimination } from './evaluate.js';
import type { GridSpec } from './score-grid.js';

// Ranks (ties at their minimum) of three markers of 113 patients with subarachnoid hemorrhage and their outcome, from the data published with
// pROC (Turck et al. 2010, doi 10.1007/s00134-009-1641-y). AUCs depend on ranks alone. Golden values: pROC 1.18.0.
const poor = '00001101001011001011101000000000100110110000000001100010001010011101101111000110100000010000000000001111110001000';
const ranks = {
  s100b:
    '51 56 36 2 51 36 95 65 71 36 50 36 91 106 2 21 99 2 12 84 28 28 12 45 12 69 12 45 51 72 7 65 89 56 86 87 97 28 112 77 100 94 65 12 90 93 45 21 28 111 102 21 10 51 113 36 56 61 12 10 109 7 28 81 1 28 2 75 105 28 79 106 21 78 21 65 28 51 36 21 45 84 45 80 12 36 82 74 12 7 76 88 36 61 21 56 36 12 2 72 103 56 104 82 110 108 61 95 69 91 61 100 97',
  wfns: '1 1 1 1 72 40 92 76 1 40 92 40 92 92 1 40 92 40 40 92 40 1 1 1 1 40 1 40 1 1 72 76 40 1 76 92 76 1 76 40 92 92 1 1 40 76 1 1 40 92 92 40 1 40 92 1 40 40 40 1 92 1 1 40 92 40 1 76 92 40 76 76 1 76 1 40 1 76 40 1 40 72 40 76 40 1 76 92 1 1 92 76 40 40 1 1 1 72 1 40 92 40 40 92 92 92 40 76 76 92 1 1 1',
  ndka: '1 27 23 44 86 63 8 69 79 9 82 87 5 28 70 90 51 83 101 109 102 108 104 32 10 58 13 11 112 64 37 38 40 88 4 75 94 22 17 25 14 34 68 21 77 105 18 16 60 72 2 30 19 67 113 99 95 41 91 55 43 110 12 50 57 73 84 97 65 36 93 24 111 79 45 47 78 6 34 3 92 85 62 30 49 89 48 7 56 20 39 46 100 26 59 65 106 53 61 29 33 103 54 76 107 52 98 42 74 81 96 15 71',
};
const names = Object.keys(ranks) as (keyof typeof ranks)[];
const columns = names.map((name) => ranks[name].split(' ').map(Number));

const table: TestTable = {
  site: [...poor].map((_, i) => `S${i % 4}`),
  features: {
    names: [...names, 'poor'],
    values: Float64Array.from([...poor].flatMap((digit, i) => [...columns.map((column) => column[i] as number), Number(digit)])),
  },
};
const entries = names.map((score): ColumnEntry => ({
  score,
  outcome: 'poor',
  event: null,
  missingOutcome: 'exclude',
  transform: 'none',
  needs: [],
  within: [],
}));

async function compared(grid: GridSpec, federation = simulatedFederationOf(table)) {
  const evaluation = { federation, scope: scopeOf(table), queries: scoreQueries(columnSource), source: { entries }, entryCount: 3 };
  const { entries: found, covariances } = await compareDiscrimination(evaluation, grid, [[0, 1, 2]]);
  const matrix = covariances[0] as Float64Array;
  const test = (a: number, b: number) =>
    pairedDelong(
      [found[a]?.auc.auc as number, found[b]?.auc.auc as number],
      [matrix[a * 3 + a] as number, matrix[b * 3 + b] as number],
      matrix[a * 3 + b] as number,
    );
  return { found, matrix, test };
}

describe('the federated DeLong test in two rounds', () => {
  it('has the golden values of pROC over four sites', async () => {
    const { found, matrix, test } = await compared({ kind: 'exact' });
    // The golden values have six digits.
    expect(found[0]?.auc.auc).toBeCloseTo(0.731369, 6);
    expect(found[0]?.auc.variance).toBeCloseTo(0.00266868, 8);
    expect(found[1]?.auc.auc).toBeCloseTo(0.823679, 6);
    expect(found[1]?.auc.variance).toBeCloseTo(0.00146991, 8);
    const bounds = found.slice(0, 2).map(({ auc }) => delongInterval(auc));
    expect([bounds[0]?.low, bounds[0]?.high, bounds[1]?.low, bounds[1]?.high].map((b) => Math.round((b as number) * 1e6))).toEqual([
      630118, 832619, 748535, 898823,
    ]);
    expect(matrix[1]).toBeCloseTo(0.00119616, 8);
    expect(test(0, 1).z).toBeCloseTo(-2.208984, 6);
    expect(test(0, 1).p).toBeCloseTo(0.0271758, 6);
    expect(test(0, 2).z).toBeCloseTo(1.39077, 6);
    // Printed as .164294; pROC itself gives .1642952.
    expect(test(0, 2).p).toBeCloseTo(0.1642952, 6);
  });

  it('gives the variance on the diagonal of the covariance matrix, whatever the grid', async () => {
    for (const grid of [{ kind: 'exact' }, { kind: 'bins', bins: 20, range: null }] as const) {
      const { found, matrix } = await compared(grid);
      found.forEach(({ auc }, k) => expect(Math.abs((matrix[4 * k] as number) - auc.variance)).toBeLessThan(1e-16));
    }
  });

  it('is the same over one stacked table', async () => {
    const [overSites, pooled] = [await compared({ kind: 'exact' }), await compared({ kind: 'exact' }, pooledFederationOf(table) as never)];
    expect(pooled.matrix.every((value, k) => Math.abs(value - (overSites.matrix[k] as number)) < 1e-16)).toBe(true);
  });

  it('certifies bins: the AUC of the scores lies within', async () => {
    const exact = await compared({ kind: 'exact' });
    for (const bins of [5, 20, 100, 1000]) {
      const { found } = await compared({ kind: 'bins', bins, range: null });
      found.forEach(({ auc }, k) =>
        expect(Math.abs(auc.auc - (exact.found[k]?.auc.auc as number))).toBeLessThanOrEqual(auc.certificateHalfWidth + 1e-12),
      );
    }
  });
});

describe('pairedDelong', () => {
  it('of a score with itself is no difference', () => {
    expect(pairedDelong([0.7, 0.7], [0.01, 0.01], 0.01)).toMatchObject({ difference: 0, z: 0, p: 1, interval: null });
  });

  it('of different AUCs without variance, or of unknown variance, has no p', () => {
    expect(pairedDelong([1, 0.9], [0, 0], 0).p).toBeNaN();
    expect(pairedDelong([1, 0.9], [NaN, 0.1], 0)).toMatchObject({ p: NaN, interval: null });
  });
});

describe('unpairedDelong', () => {
  it('is a t statistic with Welch-Satterthwaite degrees of freedom', () => {
    const a = { auc: 0.8, variance: 0.002, positives: 30, negatives: 70 };
    const { d, df } = unpairedDelong(a, { auc: 0.7, variance: 0.003, positives: 20, negatives: 40 });
    expect(d).toBeCloseTo(0.1 / Math.sqrt(0.005), 12);
    expect(df).toBeCloseTo(0.005 ** 2 / (0.002 ** 2 / 99 + 0.003 ** 2 / 59), 9);
    expect(unpairedDelong({ ...a, variance: 0 }, { ...a, variance: 0 })).toMatchObject({ p: NaN, interval: null });
  });
});

describe('holm', () => {
  it('is p.adjust(c(.01, .04, .03, .005, NA), "holm") of R', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005, NaN]).map((p) => Math.round(p * 1e6) / 1e6)).toEqual([0.03, 0.06, 0.06, 0.02, NaN]);
  });
});
