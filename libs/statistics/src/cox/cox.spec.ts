import type { CohortRows } from '@cohortium/federation';
import { PooledFederation } from '@cohortium/federation';
import { Frozen, parseSiteId } from '@cohortium/kernel';
import { SeededRandom, exp, ln } from '@cohortium/numerics';
import { rowsFromTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import type { Term } from '../model-matrix/model-matrix.js';
import { runOnRows } from '../program.js';
import { distinctTimes } from '../survival/times.js';
import type { Baseline } from './baseline.js';
import { concordanceOf } from './concordance.js';
import { commonConcordance, riskRecipe, siteConcordanceQuery } from './concordance-query.js';
import { fitCox, prepareCox } from './fit.js';
import type { CoxProblem } from './fit.js';
import { askHazard } from './hazard.js';
import { fitPenalizedCox } from './penalized.js';
import type { TieRule } from './risk-sums.js';

function rowsOf(columns: Readonly<Record<string, readonly number[]>>, site: (i: number) => string): CohortRows {
  const names = Object.keys(columns);
  const count = columns[names[0] as string]?.length ?? 0;
  const values = Float64Array.from(
    { length: count * names.length },
    (_, k) => columns[names[k % names.length] as string]?.[Math.floor(k / names.length)] as number,
  );
  return rowsFromTable({ site: Array.from({ length: count }, (_, i) => site(i)), features: { names, values } });
}

/** Freireich et al. 1963: weeks of remission under placebo and 6-mercaptopurine (censored: negative). */
const placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];
const mercaptopurine = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35];
const weeks = [...placebo, ...mercaptopurine];
const remission = rowsOf(
  { time: weeks.map(Math.abs), event: weeks.map((w) => Number(w > 0)), placebo: weeks.map((_, i) => Number(i < 21)) },
  (i) => 'ABCD'[i % 4] as string,
);

const column = (name: string): Term => ({ name, factors: [{ column: name }] });
const spec = { time: 'time', event: { column: 'event', code: null }, strata: [], needs: [] };

function pooled(rows: CohortRows) {
  const scope = { name: 'all' as const, sites: ['A', 'B', 'C', 'D'].map(parseSiteId) };
  return { federation: new PooledFederation(() => rows), scope };
}

async function common(rows: CohortRows): Promise<Baseline> {
  const { federation, scope } = pooled(rows);
  return { of: 'all', times: [await distinctTimes(federation, scope, spec, 'events')], rule: 'exact' };
}

function problem(terms: readonly string[], baseline: Baseline, ties: TieRule): CoxProblem {
  return { survival: spec, baseline, terms: terms.map(column), ties, epsilon: 1e-9, maxRounds: 60, limit: 30 };
}

function fitOf(rows: CohortRows, asked: CoxProblem) {
  const setting = runOnRows(prepareCox(asked), rows);
  return { setting, fit: runOnRows(fitCox(setting), rows) };
}

describe('remission of leukemia: coxph(Surv(time, event) ~ placebo)', () => {
  it.each<[TieRule, readonly number[]]>([
    [
      'efron',
      [
        0.016708790324, 0.0348807810283, 0.044600195502, 0.0655204986637, 0.0887870339044, 0.1273504601016, 0.1407189996122,
        0.2011970371429, 0.2198764088555, 0.2606856726836, 0.3128476372356, 0.3448297317728, 0.3778684745034, 0.4171602455253,
        0.4580590010859, 0.5910358384319, 0.8099312270654,
      ],
    ],
    [
      'breslow',
      [
        0.0172436815886, 0.03594604288, 0.0461613588298, 0.0675817096803, 0.0913000285835, 0.1311529107687, 0.1451827086744,
        0.2021004446301, 0.2216375801427, 0.2623007342733, 0.3134014016438, 0.3466325071633, 0.381005877789, 0.4217072171408,
        0.4641354420736, 0.5887759785144, 0.7788345466705,
      ],
    ],
  ])('baseline hazard with ties by %s: basehaz(centered = FALSE) of survival 3.5-3', async (ties, expected) => {
    const baseline = (await common(remission)) as Extract<Baseline, { of: 'all' }>;
    const { setting, fit } = fitOf(remission, problem(['placebo'], baseline, ties));
    const [found] = runOnRows(askHazard(baseline, setting.model(fit.standard.coefficients)), remission);
    expect([...(found?.times ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 22, 23]);
    const atZero = exp(-(setting.standard.mean[1] as number) * (fit.coefficients[0] as number));
    expected.forEach((value, k) => expect((found?.cumulative[k] as number) * atZero).toBeCloseTo(value, 10));
  });

  it.each<[TieRule, number, number, number, number]>([
    ['efron', 1.5721, 0.4124, 16.35, 17.25],
    ['breslow', 1.5092, 0.4096, 15.21, 15.93],
  ])('%s', async (ties, coefficient, error, ratio, score) => {
    const { fit } = fitOf(remission, problem(['placebo'], await common(remission), ties));
    expect(fit).toMatchObject({ converged: true, rows: 42, events: 30 });
    expect(fit.coefficients[0]).toBeCloseTo(coefficient, 4);
    expect(Math.sqrt(fit.covariance[0] as number)).toBeCloseTo(error, 4);
    expect(2 * (fit.logLikelihood - fit.nullLogLikelihood)).toBeCloseTo(ratio, 2);
    expect(fit.score).toBeCloseTo(score, 2);
  });

  it('concordance 0.69 (se 0.041), the same from counts in order as from pairs', async () => {
    const { federation, scope } = pooled(remission);
    const baseline = await common(remission);
    const { setting, fit } = fitOf(remission, problem(['placebo'], baseline, 'efron'));
    const recipe = new Frozen(riskRecipe(setting.model(fit.standard.coefficients)));
    const sums = await commonConcordance(federation, scope, recipe, baseline.of === 'all' ? baseline.times : []);
    const found = concordanceOf(sums as NonNullable<typeof sums>);
    expect(found?.concordance).toBeCloseTo(0.69, 3);
    expect(found?.se).toBeCloseTo(0.041, 3);
  });

  it('one site: its own baseline is the common one', async () => {
    const alone = rowsOf(
      { time: weeks.map(Math.abs), event: weeks.map((w) => Number(w > 0)), placebo: weeks.map((_, i) => Number(i < 21)) },
      () => 'A',
    );
    const shared = fitOf(alone, problem(['placebo'], await common(alone), 'efron')).fit;
    const own = fitOf(alone, problem(['placebo'], { of: 'site' }, 'efron')).fit;
    expect(own.coefficients[0]).toBeCloseTo(shared.coefficients[0] as number, 12);
    expect(own.logLikelihood).toBeCloseTo(shared.logLikelihood, 10);
  });
});

describe('made-up survival with ties, three columns, four sites', () => {
  const random = new SeededRandom(5);
  const n = 90;
  const x = [0, 1, 2].map((k) => Array.from({ length: n }, () => random.normal() * 10 ** k));
  const time = x[0]?.map((a) => Math.ceil(-ln(random.uniform()) * 12 * exp(-0.5 * a))) as number[];
  const event = time.map(() => Number(random.uniform() < 0.7));
  const made = rowsOf({ time, event, a: x[0] as number[], b: x[1] as number[], c: x[2] as number[] }, (i) => 'ABCD'[i % 4] as string);

  /** Efron's log partial likelihood, pair by pair. */
  function slow(b: readonly number[], stratumOf: (i: number) => number): number {
    let total = 0;
    const w = time.map((_, i) => exp(b.reduce((sum, coefficient, k) => sum + coefficient * (x[k]?.[i] as number), 0)));
    for (const stratum of new Set(time.map((_, i) => stratumOf(i)))) {
      const own = time.map((_, i) => i).filter((i) => stratumOf(i) === stratum);
      for (const t of new Set(own.filter((i) => event[i] === 1).map((i) => time[i] as number))) {
        const tied = own.filter((i) => event[i] === 1 && time[i] === t);
        const risk = own.filter((i) => (time[i] as number) >= t).reduce((sum, i) => sum + (w[i] as number), 0);
        const share = tied.reduce((sum, i) => sum + (w[i] as number), 0);
        tied.forEach((i, l) => (total += ln(w[i] as number) - ln(risk - (l / tied.length) * share)));
      }
    }
    return total;
  }

  it.each([
    ['a baseline of each site', (i: number) => i % 4, true],
    ['a common baseline', () => 0, false],
  ])('%s: the maximum of the slow likelihood', async (_, stratumOf, isSite) => {
    const { fit } = fitOf(made, problem(['a', 'b', 'c'], isSite ? { of: 'site' } : await common(made), 'efron'));
    const best = [...fit.coefficients];
    expect(slow(best, stratumOf)).toBeCloseTo(fit.logLikelihood, 9);
    expect(slow([0, 0, 0], stratumOf)).toBeCloseTo(fit.nullLogLikelihood, 9);
    best.forEach((_b, j) => {
      const h = 1e-4 * Math.sqrt(fit.covariance[4 * j] as number) * 10;
      const moved = (by: number) =>
        slow(
          best.map((b, k) => (k === j ? b + by : b)),
          stratumOf,
        );
      expect(((moved(h) - moved(-h)) / (2 * h)) * Math.sqrt(fit.covariance[4 * j] as number)).toBeCloseTo(0, 5);
    });
  });

  it('a grid equals the observed times rounded up to it, what lies beyond censored at its end', async () => {
    const grid = Float64Array.of(4, 8, 16, 24);
    const coarse = fitOf(made, problem(['a', 'b'], { of: 'all', times: [grid], rule: 'up' }, 'efron')).fit;
    const up = time.map((t) => grid.find((g) => g >= t) ?? 25);
    const rounded = rowsOf(
      { time: up, event: event.map((e, i) => (up[i] === 25 ? 0 : e)), a: x[0] as number[], b: x[1] as number[] },
      (i) => 'ABCD'[i % 4] as string,
    );
    const exact = fitOf(rounded, problem(['a', 'b'], await common(rounded), 'efron')).fit;
    expect(coarse.coefficients[0]).toBeCloseTo(exact.coefficients[0] as number, 10);
    expect(coarse.logLikelihood).toBeCloseTo(exact.logLikelihood, 9);
  });

  it('concordance within sites, pair by pair with the jackknife of the definition', () => {
    const { setting, fit } = fitOf(made, problem(['a', 'b'], { of: 'site' }, 'efron'));
    const recipe = new Frozen(riskRecipe(setting.model(fit.standard.coefficients)));
    const found = concordanceOf(siteConcordanceQuery.read(siteConcordanceQuery.local(made, { recipe }), { recipe }));
    const risk = time.map(
      (_, i) => (fit.coefficients[0] as number) * (x[0]?.[i] as number) + (fit.coefficients[1] as number) * (x[1]?.[i] as number),
    );
    const own = time.map(() => [0, 0, 0]);
    const totals = [0, 0, 0];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const later = (time[j] as number) > (time[i] as number) || (time[j] === time[i] && event[j] === 0);
        if (i % 4 !== j % 4 || event[i] !== 1 || !later || i === j) continue;
        const kind = (risk[i] as number) > (risk[j] as number) ? 0 : (risk[i] as number) < (risk[j] as number) ? 1 : 2;
        for (const counts of [totals, own[i], own[j]]) (counts as number[])[kind] = ((counts as number[])[kind] as number) + 1;
      }
    const [c = 0, d = 0, t = 0] = totals;
    const pairs = c + d + t;
    const somers = (c - d) / pairs;
    const variance = own.reduce((sum, [a = 0, b = 0, e = 0]) => sum + ((a - b - (a + b + e) * somers) / (2 * pairs)) ** 2, 0);
    expect(found?.concordance).toBeCloseTo((somers + 1) / 2, 12);
    expect(found?.se).toBeCloseTo(Math.sqrt(variance), 12);
  });

  it.each([0, 0.5, 1])('penalized, alpha %f: no coordinate of the objective can fall', (alpha) => {
    const setting = runOnRows(prepareCox(problem(['a', 'b', 'c'], { of: 'site' }, 'breslow')), made);
    const lambdas = [0.3, 0.05, 0.005];
    const fits = runOnRows(fitPenalizedCox(setting, { alpha, lambdas, standardize: true }), made);
    const sd = x.map((values) => {
      const mean = values.reduce((sum, v) => sum + v, 0) / n;
      return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
    });
    const likelihood = (b: readonly number[]) => {
      let total = 0;
      const w = time.map((_, i) => exp(b.reduce((sum, coefficient, k) => sum + coefficient * (x[k]?.[i] as number), 0)));
      time.forEach((t, i) => {
        if (event[i] !== 1) return;
        const risk = w.reduce((sum, v, j) => sum + (i % 4 === j % 4 && (time[j] as number) >= t ? v : 0), 0);
        total += ln((w[i] as number) / risk);
      });
      return total;
    };
    fits.forEach(({ converged, coefficients, lambda, objective }) => {
      const objectiveAt = (b: readonly number[]) =>
        -likelihood(b) / n +
        lambda *
          b.reduce((sum, v, k) => sum + ((1 - alpha) / 2) * (v * (sd[k] as number)) ** 2 + alpha * Math.abs(v * (sd[k] as number)), 0);
      const best = [...coefficients];
      expect(converged).toBe(true);
      expect(objectiveAt(best)).toBeCloseTo(objective, 10);
      best.forEach((_, j) => {
        for (const move of [1e-4, -1e-4])
          expect(objectiveAt(best.map((b, k) => (k === j ? b + move / (sd[j] as number) : b)))).toBeGreaterThanOrEqual(objective - 1e-13);
      });
    });
    if (alpha === 1) expect(fits[0]?.nonZero).toBeLessThan(fits[2]?.nonZero as number);
  });

  it('a column that orders the events has no finite estimate', () => {
    const separated = rowsOf({ time: [1, 2, 3, 4, 5, 6], event: [1, 1, 1, 1, 1, 0], a: [6, 5, 4, 3, 2, 1] }, () => 'A');
    expect(fitOf(separated, problem(['a'], { of: 'site' }, 'efron')).fit.converged).toBe(false);
  });

  it.each([
    ['no event', { time: [1, 2, 3], event: [0, 0, 0], a: [1, 2, 4] }],
    ['an event that is neither 0 nor 1', { time: [1, 2, 3], event: [0, 1, 2], a: [1, 2, 4] }],
    ['no complete row', { time: [NaN, 2, 3], event: [0, 1, 1], a: [1, NaN, NaN] }],
  ])('%s is refused', (_, columns) =>
    expect(() =>
      fitOf(
        rowsOf(columns, () => 'A'),
        problem(['a'], { of: 'site' }, 'efron'),
      ),
    ).toThrow('CANNOT_FIT'),
  );
});
