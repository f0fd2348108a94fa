import { PooledFederation } from '@cohortium/federation';
import type { Federation } from '@cohortium/federation';
import { parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import type { BatchSpec } from '../batches/spec.js';
import { fitLongitudinal } from './fit.js';
import type { LongitudinalOptions } from './fit.js';
import { RatioSearch, startRatios } from './ratio-search.js';
import { longitudinalRows } from './shrink.js';

const p = 3;
const levels = ['A', 'B', 'C', 'D'];

/** Participants with 1 to 4 visits; scanners change between visits, within a site or across sites. */
function madeTable(seed: number, shared: boolean, spread = 1): TestTable {
  const random = new SeededRandom(seed);
  const site: string[] = [];
  const participants: string[] = [];
  const scanner: number[] = [];
  const time: number[] = [];
  const values: number[] = [];
  for (let person = 0; person < 12; person++) {
    const own = Array.from({ length: p }, () => spread * random.normal());
    const visits = 1 + random.below(4);
    for (let visit = 0; visit < visits; visit++) {
      const s = person % 2;
      const b = shared ? random.below(3) : 2 * s + random.below(2);
      site.push(`S${s + 1}`);
      participants.push(`P${person}`);
      scanner.push(b);
      time.push(visit + 0.3 * random.normal());
      own.forEach((level, f) => values.push(5 * f + level + 0.8 * b - 0.4 * visit + (0.5 + 0.3 * b) * random.normal()));
    }
  }
  return {
    site,
    participants,
    features: { names: ['f0', 'f1', 'f2'], values: Float64Array.from(values) },
    covariates: { scanner: Float64Array.from(scanner), time: Float64Array.from(time) },
  };
}

const spec: BatchSpec = {
  features: ['f0', 'f1', 'f2'],
  batch: { column: 'scanner', levels },
  covariates: [{ name: 'time', factors: [{ column: 'time' }] }],
  train: null,
  completeRows: true,
};

function run(table: TestTable, federation: Federation, options: LongitudinalOptions = { method: 'REML', steps: 30 }, asked = spec) {
  const scope = { name: 'training' as const, sites: [...new Set(table.site)].sort().map(parseSiteId) };
  return fitLongitudinal(
    federation,
    asked,
    { levels: asked.batch.levels, covariates: asked.covariates.map(({ name }) => name) },
    options,
    scope,
  );
}

type Matrix = number[][];
const pooledOf = (table: TestTable) => new PooledFederation((sites) => rowsFromTable(tableOfSites(table, sites)));

/** Inverse and ln of the determinant of a symmetric positive matrix by Gauss-Jordan. */
function inverse(matrix: Matrix): { inverse: Matrix; logDet: number } {
  const n = matrix.length;
  const a = matrix.map((row, i) => [...row, ...matrix.map((_, j) => Number(i === j))]);
  let logDet = 0;
  for (let c = 0; c < n; c++) {
    const pivot = a[c]?.[c] as number;
    logDet += Math.log(pivot);
    a[c] = (a[c] as number[]).map((value) => value / pivot);
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = a[r]?.[c] as number;
      a[r] = (a[r] as number[]).map((value, k) => value - factor * (a[c]?.[k] as number));
    }
  }
  return { inverse: a.map((row) => row.slice(n)), logDet };
}

const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] as number[]).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)));
const turned = (a: Matrix): Matrix => (a[0] as number[]).map((_, j) => a.map((row) => row[j] as number));

/** Mixed model with a dense covariance, restricted likelihood by golden section over ln of the ratio. */
function slowMixed(x: Matrix, y: number[], person: string[]) {
  const at = (ratio: number) => {
    const v = y.map((_, i) => y.map((__, j) => Number(i === j) + ratio * Number(person[i] === person[j])));
    const { inverse: vi, logDet } = inverse(v);
    const xv = times(turned(x), vi);
    const { inverse: ci, logDet: logDetX } = inverse(times(xv, x));
    const column = y.map((value) => [value]);
    const beta = times(ci, times(xv, column)).map((row) => row[0] as number);
    const residual = y.map((value, i) => value - (x[i] as number[]).reduce((sum, entry, k) => sum + entry * (beta[k] as number), 0));
    const squares = residual.reduce(
      (sum, r, i) => sum + r * residual.reduce((inner, other, j) => inner + (vi[i]?.[j] as number) * other, 0),
      0,
    );
    const df = y.length - beta.length;
    return { ratio, beta, residual, sd: Math.sqrt(squares / df), deviance: df * Math.log(squares) + logDet + logDetX };
  };
  let [low, high] = [Math.log(1e-6), Math.log(1e4)];
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let k = 0; k < 44; k++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (at(Math.exp(left)).deviance < at(Math.exp(right)).deviance) high = right;
    else low = left;
  }
  return at(Math.exp((low + high) / 2));
}

/** longCombat of the stacked rows, step by step as its R code. */
function slowLongCombat(
  rows: Matrix,
  batch: number[],
  time: number[],
  person: string[],
  method: 'REML' | 'MSR',
): { values: Matrix; ratios: number[] } {
  const n = rows.length;
  const used = [...new Set(batch)].sort();
  const x = batch.map((b, i) => [1, ...used.slice(1).map((other) => Number(b === other)), time[i] as number]);
  const counts = used.map((b) => batch.filter((own) => own === b).length);
  const z: Matrix = rows.map(() => []);
  const back: { sd: number; base: number[] }[] = [];
  const ratios: number[] = [];
  for (let f = 0; f < p; f++) {
    const y = rows.map((row) => row[f] as number);
    const { beta, residual, sd, ratio } = slowMixed(x, y, person);
    ratios.push(ratio);
    const random = person.map((own) => {
      const members = residual.filter((_, i) => person[i] === own);
      return (ratio / (1 + members.length * ratio)) * members.reduce((a, b) => a + b, 0);
    });
    const fitted = y.map((value, i) => value - (residual[i] as number) + (random[i] as number));
    const left = y.map((value, i) => value - (fitted[i] as number));
    const mean = left.reduce((a, b) => a + b, 0) / n;
    const sigma = method === 'REML' ? sd : Math.sqrt(left.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
    const first = -used.slice(1).reduce((sum, _, k) => sum + (counts[k + 1] as number) * (beta[k + 1] as number), 0) / n;
    const adjusted = used.map((_, k) => (k === 0 ? first : first + (beta[k] as number)));
    const base = fitted.map((value, i) => value - (adjusted[used.indexOf(batch[i] as number)] as number));
    y.forEach((value, i) => (z[i] as number[]).push((value - (base[i] as number)) / sigma));
    back.push({ sd: sigma, base });
  }
  const stars = used.map((b) => {
    const own = z.filter((_, i) => batch[i] === b);
    const mean = (list: number[]) => list.reduce((a, c) => a + c, 0) / list.length;
    const variance = (list: number[]) => list.reduce((sum, value) => sum + (value - mean(list)) ** 2, 0) / (list.length - 1);
    const column = (f: number) => own.map((row) => row[f] as number);
    const gamma = Array.from({ length: p }, (_, f) => mean(column(f)));
    const delta = Array.from({ length: p }, (_, f) => variance(column(f)));
    const [bar, tau, d, s] = [mean(gamma), variance(gamma), mean(delta), variance(delta)];
    const [shape, rate] = [(d * d + 2 * s) / s, (d ** 3 + d * s) / s];
    const location = (f: number, spread: number) => (own.length * tau * (gamma[f] as number) + spread * bar) / (own.length * tau + spread);
    const spread = (f: number, g: number) =>
      (rate + 0.5 * column(f).reduce((sum, value) => sum + (value - g) ** 2, 0)) / (own.length / 2 + shape - 1);
    return Array.from({ length: p }, (_, f) => {
      let g = location(f, delta[f] as number);
      let v = spread(f, g);
      for (let step = 0; step < 30; step++) [g, v] = [location(f, v), spread(f, g)];
      return { g, v };
    });
  });
  return {
    ratios,
    values: z.map((row, i) =>
      row.map((value, f) => {
        const { g, v } = stars[used.indexOf(batch[i] as number)]?.[f] as { g: number; v: number };
        const { sd, base } = back[f] as (typeof back)[number];
        return (sd / Math.sqrt(v)) * (value - g) + (base[i] as number);
      }),
    ),
  };
}

describe('longitudinal ComBat', () => {
  it.each([
    { label: 'scanners within sites', shared: false, method: 'REML' as const },
    { label: 'scanners across sites', shared: true, method: 'REML' as const },
    { label: 'mean squared residual', shared: false, method: 'MSR' as const },
  ])('equals the steps of longCombat with dense mixed models: $label', async ({ shared, method }) => {
    const table = madeTable(4, shared);
    const { model, scale, crossingEffects } = await run(table, simulatedFederationOf(table), { method, steps: 30 });
    expect(model.value.crossing.length).toBe(shared ? 3 : 0);
    const stacked = rowsFromTable(table);
    const rows: Matrix = Array.from({ length: stacked.rowCount }, (_, i) => [...stacked.features.subarray(i * p, (i + 1) * p)]);
    const person = Array.from(stacked.participantIndex, (index, i) => `${stacked.siteIndex[i]} ${index}`);
    const slow = slowLongCombat(
      rows,
      [...(stacked.covariates['scanner'] as Float64Array)],
      [...(stacked.covariates['time'] as Float64Array)],
      person,
      method,
    );
    // Golden section finds the ratio to about the root of the machine epsilon.
    model.value.ratio.forEach((ratio, f) => expect(Math.abs(ratio / (slow.ratios[f] as number) - 1)).toBeLessThan(1e-6));
    const crossing = new Map([...crossingEffects].map(([batch, { effects }]) => [batch, effects]));
    let at = 0;
    for (const site of stacked.sites) {
      const own = rowsFromTable(tableOfSites(table, [site]));
      longitudinalRows(own, model, scale, crossing).forEach((value, k) =>
        expect(Math.abs(value - (slow.values[at + Math.floor(k / p)]?.[k % p] as number))).toBeLessThan(1e-6),
      );
      at += own.rowCount;
    }
  });

  it('federated equals pooled', async () => {
    for (const shared of [false, true]) {
      const table = madeTable(5, shared);
      const federated = await run(table, simulatedFederationOf(table));
      const pooled = await run(table, pooledOf(table));
      for (const key of ['ratio', 'beta'] as const)
        federated.model.value[key].forEach((value, k) =>
          expect(Math.abs(value - (pooled.model.value[key][k] as number))).toBeLessThan(1e-10),
        );
    }
  });

  it('Dyestuff (Davies 1947): variances of balanced analysis of variance', async () => {
    const yields = [
      [1545, 1440, 1440, 1520, 1580],
      [1540, 1555, 1490, 1560, 1495],
      [1595, 1550, 1605, 1510, 1560],
      [1445, 1440, 1595, 1465, 1545],
      [1595, 1630, 1515, 1635, 1625],
      [1520, 1455, 1450, 1480, 1445],
    ];
    // Batches of dyestuff are the participants.
    const table: TestTable = {
      site: yields.flatMap((row, k) => row.map(() => `S${1 + (k % 2)}`)),
      participants: yields.flatMap((row, k) => row.map(() => `batch ${k}`)),
      features: { names: ['yield', 'again'], values: Float64Array.from(yields.flat().flatMap((value) => [value, 2 * value])) },
    };
    const bySite: BatchSpec = {
      features: ['yield', 'again'],
      batch: { column: null, levels: ['S1', 'S2'] },
      covariates: [],
      train: null,
      completeRows: true,
    };
    const { model, residualVariance } = await run(table, simulatedFederationOf(table), { method: 'REML', steps: 30 }, bySite);
    // Balanced and batch = site: within = MSW; between = (MS of participants within sites - MSW) / 5, 4 degrees of freedom.
    const means = yields.map((row) => row.reduce((a, b) => a + b, 0) / 5);
    const within =
      yields.reduce((sum, row, k) => sum + row.reduce((inner, value) => inner + (value - (means[k] as number)) ** 2, 0), 0) / 24;
    expect(within).toBeCloseTo(2451.25, 10);
    const site = (s: number) => means.filter((_, k) => k % 2 === s).reduce((a, b) => a + b, 0) / 3;
    const between = (5 * means.reduce((sum, mean, k) => sum + (mean - site(k % 2)) ** 2, 0)) / 4;
    const scale = model.value.scaling.scale[0] as number;
    expect((residualVariance[0] as number) * scale ** 2).toBeCloseTo(within, 6);
    expect(model.value.ratio[0]).toBeCloseTo((between - within) / 5 / within, 9);
    expect(model.value.ratio[1]).toBeCloseTo(model.value.ratio[0] as number, 9);
  });

  it('gives a ratio of 0 to about half of the features where participants do not differ', async () => {
    const ratios: number[] = [];
    for (let seed = 1; seed <= 6; seed++) {
      const table = madeTable(seed, false, 0);
      ratios.push(...(await run(table, simulatedFederationOf(table))).model.value.ratio);
    }
    expect(ratios.filter((ratio) => ratio === 0).length).toBeGreaterThan(3);
    expect(ratios.filter((ratio) => ratio > 0).length).toBeGreaterThan(3);
  });

  it('refuses tables without repeated rows', () => {
    const table = { ...madeTable(2, false), participants: madeTable(2, false).site.map((_, i) => `P${i}`) };
    return expect(run(table, simulatedFederationOf(table))).rejects.toThrow('HARMONIZATION.NO_REPEATS');
  });
});

describe('RatioSearch', () => {
  it.each([0.003, 0.37, 4.2, 900])('finds a minimum at %d in few steps', (target) => {
    const slope = (ratio: number) => (ratio - target) / (1 + ratio) ** 2 / (1 + target);
    const deviance = (ratio: number) => (Math.log(1 + ratio) + (1 + target) / (1 + ratio)) / (1 + target);
    const search = new RatioSearch(startRatios.map((ratio) => ({ ratio, deviance: deviance(ratio), slope: slope(ratio) })));
    let steps = 0;
    while (search.ratio === undefined && steps < 100) {
      search.tell(slope(search.next()));
      steps++;
    }
    expect(Math.abs((search.ratio as number) / target - 1)).toBeLessThan(1e-11 * Math.max(1, target));
    expect(steps).toBeLessThan(25);
  });

  it('ends at 0 where the deviance rises, and at the last ratio where it falls', () => {
    const points = (slope: number) => startRatios.map((ratio) => ({ ratio, deviance: slope * ratio, slope }));
    expect(new RatioSearch(points(1)).ratio).toBe(0);
    expect(new RatioSearch(points(-1)).ratio).toBe(startRatios[startRatios.length - 1]);
  });
});
