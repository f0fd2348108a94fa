import { MemoryJournal, PooledFederation, simulatedFederation } from '@cohortium/federation';
import type { CohortRows, Gate, RosterScope, SimulatedSite } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brier } from '../calibration/brier.js';
import { delongAuc } from '../discrimination/delong.js';
import type { ClassHistogram } from '../discrimination/delong.js';
import { pooledPerformanceSchema } from '../figures.js';
import { aucFromHistogram, gridPoint, scoreHistogramQuery } from './histogram-query.js';
import { scoreMomentsQuery } from './moments-query.js';
import type { ScoreMoments } from './moments-query.js';
import { pooledPerformance } from './pooled-performance.js';
import { withinSiteAuc, withinSitePairsQuery } from './within-site-query.js';
import type { WithinSitePairs } from './within-site-query.js';

/** Rows whose features are the scores of two models. */
function rowsOf(parts: readonly { site: string; outcome: number[]; scores: number[][] }[]): CohortRows {
  const outcome = Float64Array.from(parts.flatMap((part) => part.outcome));
  const none = () => {
    throw new Error('not part of this test');
  };
  return {
    rowCount: outcome.length,
    featureNames: ['first', 'second'],
    features: Float64Array.from(parts.flatMap((part) => part.scores.flat())),
    outcome,
    covariates: {},
    folds: none,
    sites: parts.map((part) => parseSiteId(part.site)),
    siteIndex: Int32Array.from(parts.flatMap((part, index) => part.outcome.map(() => index))),
    participantIndex: Int32Array.from(outcome.keys()),
    snapshot: sha256(new TextEncoder().encode(parts.map((part) => part.site).join())),
    digestPredictions: none,
    memo: (_key, compute) => compute(),
  };
}

type Params = { grid: number; models: number };
const options = {
  version: 1,
  params: z.strictObject({ grid: z.int(), models: z.int() }),
  modelCount: (params: Params) => params.models,
  scoresOf: (rows: CohortRows, params: Params) =>
    Array.from({ length: params.models }, (_, m) =>
      Float64Array.from({ length: rows.rowCount }, (_, i) => rows.features[2 * i + m] as number),
    ),
};
const histogramQuery = scoreHistogramQuery<Params>({ ...options, operation: 'test.histogram', gridCells: (params) => params.grid });
const pairsQuery = withinSitePairsQuery<Params>({ ...options, operation: 'test.pairs' });
const momentsQuery = scoreMomentsQuery<Params>({ ...options, operation: 'test.moments', scopeParticipants: () => 99 });

const gate: Gate = {
  decide: ({ words: bytes = new Uint8Array(0) }) => ({
    state: 'released',
    released: { clauseId: 'test', bytes, byteLength: bytes.length, sha256: sha256(bytes) },
  }),
};

function cohort(seed: number, sizes: readonly number[], missing = 0) {
  const random = new SeededRandom(seed);
  return sizes.map((size, s) => ({
    site: `S${s}`,
    outcome: Array.from({ length: size }, (_, i) => (i % 3 === 0 ? 1 : 0)),
    scores: Array.from({ length: size }, (_, i) => {
      const score = () => (random.uniform() < missing ? NaN : Math.min(1, (random.uniform() * 8 + (i % 3 === 0 ? 1.5 : 0) + s / 5) / 12));
      return [score(), Math.round(score() * 20) / 20];
    }),
  }));
}

function federations(parts: ReturnType<typeof cohort>) {
  const scope: RosterScope = { name: 'external', sites: parts.map((part) => parseSiteId(part.site)) };
  const stack = (sites: readonly string[]) => rowsOf(parts.filter((part) => sites.includes(part.site)));
  const history = { find: () => undefined, countInRun: () => 0 };
  const simulated = new Map(scope.sites.map((site): [typeof site, SimulatedSite] => [site, { rows: stack([site]), gate, history }]));
  return { scope, stack, all: [new PooledFederation(stack), simulatedFederation(simulated, new MemoryJournal())] };
}

const sample = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 4, maxLength: 120 })
  .filter((rows) => [0, 1].every((y) => rows.filter((row) => row[0] === y).length >= 2));

describe('gridPoint', () => {
  it('rounds to the nearest point', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 10_000 }), (p, cells) => {
        const point = gridPoint(p, cells);
        expect(Number.isInteger(point) && point >= 0 && point <= cells).toBe(true);
        expect(Math.abs(p * cells - point)).toBeLessThanOrEqual(0.5 + 2e-9);
      }),
    );
  });

  it('sends a score on a border, or next to it in its last bits, to the lower point', () => {
    for (let k = 0; k < 1000; k++) {
      const border = (k + 0.5) / 1000;
      for (const nudge of [-1e-13, 0, 1e-13]) expect(gridPoint(border + nudge, 1000)).toBe(k);
      expect(gridPoint(border + 1e-8, 1000)).toBe(k + 1);
    }
    expect([gridPoint(0, 1000), gridPoint(1, 1000)]).toEqual([0, 1000]);
  });
});

describe('scoreHistogramQuery', () => {
  it('gives the AUC and the DeLong variance of the gridded scores, and its certificate holds', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 2, max: 1000 }), (pairs, grid) => {
        const rows = rowsOf([{ site: 'S0', outcome: pairs.map((p) => p[0]), scores: pairs.map((p) => [p[1], 0]) }]);
        const params = { grid, models: 1 };
        const [histogram] = histogramQuery.read(histogramQuery.local(rows, params), params);
        if (!histogram) throw new Error('no histogram');
        const binned = aucFromHistogram(histogram);
        const scores = Float64Array.from(pairs, (p) => p[1]);
        const gridded = delongAuc(
          rows.outcome,
          scores.map((p) => gridPoint(p, grid) / grid),
        );
        expect(Math.abs(binned.auc - gridded.auc)).toBeLessThan(1e-12);
        expect(Math.abs(binned.variance - gridded.variance)).toBeLessThan(1e-12);
        expect(Math.abs(binned.auc - delongAuc(rows.outcome, scores).auc)).toBeLessThanOrEqual(binned.certificateHalfWidth + 1e-12);
      }),
    );
  });

  it('has a length that depends on the parameters alone', () => {
    for (const [grid, models] of [
      [100, 1],
      [1000, 2],
    ] as const) {
      const params = { grid, models };
      for (const size of [0, 7]) expect(histogramQuery.local(rowsOf(cohort(1, [size])), params).length).toBe(histogramQuery.length(params));
    }
  });

  it('refuses probabilities outside 0 to 1 and a wrong number of models', () => {
    const rows = rowsOf([
      {
        site: 'S0',
        outcome: [0, 1],
        scores: [
          [0.5, 0.5],
          [1.2, 0.5],
        ],
      },
    ]);
    expect(() => histogramQuery.local(rows, { grid: 100, models: 1 })).toThrow(/VALIDATION.BAD_SCORES/);
    const wrong = scoreHistogramQuery<Params>({ ...options, operation: 'test.wrong', gridCells: () => 10, scoresOf: () => [] });
    expect(() => wrong.local(rows, { grid: 100, models: 1 })).toThrow(/VALIDATION.BAD_SCORES/);
  });
});

describe('federated and pooled', () => {
  it.each([0, 0.3])('agree, with a share of %s of the rows not scored', async (missing) => {
    const parts = cohort(5, [40, 25, 61, 33], missing);
    const { all, scope } = federations(parts);
    const params = { grid: 500, models: 2 };
    const results: { histograms: readonly ClassHistogram[]; withinSite: readonly WithinSitePairs[]; moments: readonly ScoreMoments[] }[] =
      [];
    for (const federation of all) {
      const histograms = (await federation.sum(histogramQuery, params, scope)).value;
      const withinSite = (await federation.sum(pairsQuery, params, scope)).value;
      const moments = (await federation.sum(momentsQuery, params, scope)).value;
      results.push({ histograms, withinSite, moments });
    }
    const [pooled, federated] = results as [(typeof results)[0], (typeof results)[0]];
    expect(federated.histograms).toEqual(pooled.histograms);
    for (const m of [0, 1]) {
      const [a, b] = [pooled.withinSite[m], federated.withinSite[m]];
      expect([b?.concordant, b?.pairs, b?.pairsWithoutVariance]).toEqual([a?.concordant, a?.pairs, a?.pairsWithoutVariance]);
      for (const key of ['participantCount', 'events', 'probability', 'squaredError', 'fourthPower'] as const) {
        expect(federated.moments[m]?.[key]).toBeCloseTo(pooled.moments[m]?.[key] as number, 12);
      }
    }
    const figures = (r: (typeof results)[0], m: number) =>
      pooledPerformance({ histogram: r.histograms[m]!, withinSite: r.withinSite[m]!, moments: r.moments[m]! });
    for (const m of [0, 1]) {
      const [a, b] = [figures(pooled, m), figures(federated, m)];
      expect(pooledPerformanceSchema.parse(a)).toEqual(a);
      for (const key of ['auc', 'aucCertificate', 'withinSiteAuc', 'brier'] as const) {
        const [x, y] = [a[key], b[key]];
        if (x.state !== 'ok' || y.state !== 'ok') throw new Error(`${key} is absent`);
        expect(y.value).toBeCloseTo(x.value, 12);
        expect(y.low).toBeCloseTo(x.low as number, 12);
        expect(y.high).toBeCloseTo(x.high as number, 12);
      }
    }
  });

  it('within-site AUC and Brier score equal those made from the sites themselves', async () => {
    const parts = cohort(8, [30, 45, 24]);
    const { all, scope, stack } = federations(parts);
    const params = { grid: 100, models: 1 };
    let concordant = 0;
    let pairs = 0;
    let variance = 0;
    for (const { outcome, scores } of parts) {
      const site = delongAuc(
        Float64Array.from(outcome),
        Float64Array.from(scores, (s) => s[0] as number),
      );
      const weight = site.positives * site.negatives;
      concordant += site.auc * weight;
      pairs += weight;
      variance += weight * weight * site.variance;
    }
    const [sums] = (await all[1]!.sum(pairsQuery, params, scope)).value;
    const within = withinSiteAuc(sums!);
    expect(within.auc).toBeCloseTo(concordant / pairs, 13);
    expect(within.interval?.high).toBeCloseTo(concordant / pairs + (1.959963984540054 * Math.sqrt(variance)) / pairs, 12);
    const [moments] = (await all[1]!.sum(momentsQuery, params, scope)).value;
    const whole = stack(scope.sites);
    const scores = Float64Array.from({ length: whole.rowCount }, (_, i) => whole.features[2 * i] as number);
    const direct = brier(whole.outcome, scores);
    const performance = pooledPerformance({
      histogram: (await all[1]!.sum(histogramQuery, params, scope)).value[0]!,
      withinSite: sums!,
      moments: moments!,
    });
    expect(performance.brier).toMatchObject({ state: 'ok' });
    if (performance.brier.state === 'ok') {
      expect(performance.brier.value).toBeCloseTo(direct.brier, 14);
      expect(performance.brier.low).toBeCloseTo(direct.interval?.low as number, 12);
    }
  });
});

describe('pooledPerformance', () => {
  const params = { grid: 100, models: 1 };
  const totals = (rows: CohortRows) => ({
    histogram: histogramQuery.read(histogramQuery.local(rows, params), params)[0]!,
    withinSite: pairsQuery.read(pairsQuery.local(rows, params), params)[0]!,
    moments: momentsQuery.read(momentsQuery.local(rows, params), params)[0]!,
  });

  it('withholds AUCs of few events, keeps the Brier score, and shows nothing of nobody', () => {
    const few = { state: 'withheld', reason: 'tooFewEvents' };
    const small = pooledPerformance(totals(rowsOf(cohort(3, [12, 12]))));
    expect(small).toMatchObject({ auc: few, aucCertificate: few, withinSiteAuc: few, brier: { state: 'ok' } });
    expect(pooledPerformance(totals(rowsOf(cohort(3, [12, 12]))), 8).auc.state).toBe('ok');
    expect(pooledPerformance(totals(rowsOf(cohort(3, [0, 0]))), 0)).toEqual({
      auc: few,
      aucCertificate: few,
      withinSiteAuc: few,
      brier: { state: 'withheld', reason: 'noParticipants' },
    });
  });

  it('has no within-site AUC where every site holds one class, and no interval where a site has one positive', () => {
    const apart = [0, 1].map((y) => ({
      site: `S${y}`,
      outcome: new Array<number>(15).fill(y),
      scores: Array.from({ length: 15 }, (_, i) => [i / 20, 0]),
    }));
    expect(pooledPerformance(totals(rowsOf(apart)))).toMatchObject({ auc: { state: 'ok' }, withinSiteAuc: { state: 'withheld' } });
    const lone = cohort(4, [60]).concat({
      site: 'S1',
      outcome: [1, 0, 0],
      scores: [
        [0.4, 0],
        [0.1, 0],
        [0.6, 0],
      ],
    });
    const figure = pooledPerformance(totals(rowsOf(lone))).withinSiteAuc;
    expect(figure.state).toBe('ok');
    expect(figure).not.toHaveProperty('low');
  });

  it('passes the declared scope on to the gate', () => {
    expect(momentsQuery.scopeParticipants?.(params)).toBe(99);
    expect(histogramQuery.scopeParticipants).toBeUndefined();
  });
});
