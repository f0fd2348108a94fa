import type { Science } from '@cohortium/analysis';
import type { Figure } from './figures.js';

type Evaluation = Science['external']['evaluation'];
type SiteModel = Extract<Evaluation['sites'], { state: 'ok' }>['value'][number]['models'][string];
type PooledModel = Extract<Evaluation['pooled'], { state: 'ok' }>['value'][string];

const ok = (value: number, half?: number): Figure =>
  half === undefined ? { state: 'ok', value } : { state: 'ok', value, low: value - half, high: value + half };
const withheld: Figure = { state: 'withheld', reason: 'smallCell' };
const thresholds = [0.05, 0.1, 0.2, 0.3, 0.4];

function cut(threshold: number, hidden: boolean) {
  const w = threshold / (1 - threshold);
  const sensitivity = 1 - threshold * 1.6;
  const falsePositive = 1 - threshold * 2;
  const show = (figure: Figure) => (hidden ? withheld : figure);
  return {
    threshold,
    sensitivity: show(ok(sensitivity, 0.06)),
    specificity: show(ok(1 - falsePositive, 0.03)),
    ppv: show(ok(0.2 + threshold / 4, 0.04)),
    npv: show(ok(0.93, 0.02)),
    netBenefit: show(ok(0.2 * sensitivity - 0.8 * falsePositive * w, 0.02)),
    netBenefitAll: show(ok(0.2 - 0.8 * w, 0.02)),
  };
}

const calibration = {
  inTheLarge: ok(-0.21, 0.3),
  intercept: ok(-0.5, 0.4),
  slope: ok(0.61, 0.3),
  brier: ok(0.142, 0.02),
  scaledBrier: ok(0.031),
  logLoss: ok(0.45),
  observedExpected: ok(0.86, 0.2),
  ici: ok(0.032),
  e50: ok(0.03),
  e90: ok(0.071),
};

function siteModel(auc: number, hidden: boolean): SiteModel {
  const figure = (value: number) => (hidden ? withheld : ok(value));
  return {
    auc: hidden ? withheld : ok(auc, 0.08),
    roc: Array.from({ length: 21 }, (_, k) => ({ falsePositiveRate: k / 20, sensitivity: figure((k / 20) ** (1.1 - auc)) })),
    cuts: thresholds.map((threshold) => cut(threshold, hidden || threshold > 0.3)),
    calibration: {
      ...calibration,
      ...(hidden && { ici: withheld, e50: withheld, e90: withheld, slope: withheld }),
      update: { choice: hidden ? 'unknown' : 'recalibration', pAgainstOriginal: figure(0.003), pAgainstIntercept: figure(0.02) },
    },
  };
}

function pooledModel(auc: number): PooledModel {
  return {
    participants: 960,
    events: 192,
    auc: ok(auc, 0.04),
    aucCertificate: ok(auc, 0.0007),
    averagePrecision: ok(0.27),
    roc: Array.from({ length: 101 }, (_, k) => ({ falsePositiveRate: k / 100, sensitivity: (k / 100) ** (1.15 - auc) })),
    precisionRecall: Array.from({ length: 40 }, (_, k) => ({ recall: (k + 1) / 40, precision: 0.45 - 0.25 * ((k + 1) / 40) })),
    cuts: thresholds.map((threshold) => cut(threshold, false)),
    histogram: Array.from({ length: 20 }, (_, k) => ({
      from: k / 20,
      to: (k + 1) / 20,
      participants: k > 14 ? withheld : ok(Math.max(0, 200 - 30 * Math.abs(k - 4))),
    })),
    calibration: {
      ...calibration,
      curve: Array.from({ length: 39 }, (_, k) => {
        const probability = (k + 1) / 40;
        const observed = 0.08 + 0.7 * probability;
        return { probability, observed, low: observed - 0.05, high: Math.min(1, observed + 0.06) };
      }),
    },
  };
}

const meta = (sites: readonly string[]) =>
  (['auc', 'inTheLarge', 'slope', 'observedExpected'] as const).map((measure) => ({
    measure,
    scale: measure === 'auc' ? ('logit' as const) : measure === 'observedExpected' ? ('log' as const) : ('identity' as const),
    sites: [...sites],
    estimate: sites.length < 2 ? ({ state: 'withheld', reason: 'tooFewSites' } as const) : ok(measure === 'auc' ? 0.58 : 0.9, 0.05),
    prediction: sites.length < 3 ? ({ state: 'withheld', reason: 'tooFewSites' } as const) : ok(measure === 'auc' ? 0.58 : 0.9, 0.14),
    ...(measure === 'slope'
      ? { tau2: { state: 'ok' as const, value: 0.021, low: 0.001 }, tau2Beyond: 100 }
      : { tau2: ok(0.021, 0.02), tau2Beyond: null }),
    i2: ok(31.2),
    weights: sites.map(() => 100 / sites.length),
  }));

/** An evaluation over some sites; the second of them shows nothing, all together only from three sites on. */
export function fixtureEvaluation(sites: readonly string[], models: readonly string[]): Evaluation {
  const aucs = Object.fromEntries(models.map((id, k) => [id, 0.6 - 0.02 * k]));
  const all = sites.length >= 3;
  const few = { state: 'withheld' as const, reason: 'fewerThanThreeSites' };
  return {
    sites: {
      state: 'ok',
      value: sites.map((site, k) => ({
        site,
        models: Object.fromEntries(models.map((id) => [id, siteModel((aucs[id] as number) + 0.02 * k, k === 1)])),
      })),
    },
    pooled: all ? { state: 'ok', value: Object.fromEntries(models.map((id) => [id, pooledModel(aucs[id] as number)])) } : few,
    comparisons: all
      ? {
          state: 'ok',
          value: [
            { models: [models[0] as string, models[1] as string], difference: ok(0.02, 0.03), z: ok(1.31), p: ok(0.19), pHolm: ok(0.19) },
          ],
        }
      : few,
    meta: { state: 'ok', value: Object.fromEntries(models.map((id) => [id, meta(sites.filter((_, k) => k !== 1))])) },
  };
}

/** The release gate of an external validation at one site that shows its AUC. */
export const fixtureRelease: Science['release'] = {
  source: 'site',
  rule: { minAuc: 0.85, predictionFloor: 0.7, decisionRange: [0.1, 0.3], minExternalSites: 3 },
  tests: [
    { name: 'pointEstimate', passed: false, known: true, value: 0.561, limit: 0.85 },
    { name: 'lowerBound', passed: false, known: true, value: 0.49, limit: 0.85 },
    { name: 'predictionInterval', passed: false, known: false, value: null, limit: 0.7 },
    { name: 'calibrationSlope', passed: false, known: true, value: 0.278, limit: 0 },
    { name: 'netBenefit', passed: true, known: true, value: 0.004, limit: 0 },
    { name: 'externalSites', passed: false, known: true, value: 2, limit: 3 },
  ],
  verdict: 'doesNotMeet',
};

/** What a study of this size has and needs. */
export const fixtureSampleSize: Science['sampleSize'] = {
  prevalence: 0.1875,
  development: {
    participants: 960,
    candidates: 50,
    needed: [
      { auc: 0.75, needed: 4100 },
      { auc: 0.8, needed: 2600 },
      { auc: 0.85, needed: null },
    ],
  },
  external: {
    participants: { state: 'ok', value: 1216 },
    needed: [
      { auc: 0.75, oe: 1690, slope: 4100, aucWidth: 610, needed: 4100 },
      { auc: 0.8, oe: 1690, slope: 2900, aucWidth: 500, needed: 2900 },
      { auc: 0.85, oe: 1690, slope: 2400, aucWidth: null, needed: 2400 },
    ],
  },
};
