import type { Results } from '@cohortium/analysis';
import { resultsSchema } from '@cohortium/analysis';
import { fixtureEvaluation, fixtureRelease, fixtureSampleSize } from './evaluation.fixture.js';
import type { Figure } from './figures.js';

type SiteEllipse = Extract<Results['science']['siteEllipses'], { state: 'ok' }>['value']['sites'][number]['before'];

const hash = (digit: string): string => digit.repeat(64);
const ok = (value: number, low: number, high: number): Figure => ({ state: 'ok', value, low, high });

const features = [
  'F1_DT_POSTCON (T11=0.05,T12=0.5)',
  'Grouping_based_proportion_of_tumor_voxels_3D_tumor_Group_2_of_the_second_postcontrast_series',
  '小波-HLL_灰度共生矩阵_对比度（瘤周 5 mm）',
  ...Array.from({ length: 45 }, (_, i) => `original_glrlm_RunLengthNonUniformityNormalized_${i + 1}`),
];

const performance = (auc: number, width: number) => ({
  auc: ok(auc, auc - width, auc + width),
  calibrationInTheLarge: ok(-0.214, -0.513, 0.085),
  calibrationSlope: ok(0.412, 0.102, 0.722),
  brier: ok(0.1421, 0.121, 0.163),
  sensitivity: ok(0.5217, 0.33, 0.708),
  specificity: ok(0.6421, 0.54, 0.73),
});

const together = (auc: number, within: number) => ({
  auc: ok(auc, auc - 0.04, auc + 0.04),
  aucCertificate: ok(auc, auc - 0.0007, auc + 0.0007),
  withinSiteAuc: ok(within, within - 0.045, within + 0.045),
  brier: ok(0.151, 0.143, 0.159),
});

const models = (auc: number, width: number) => ({ 'elastic-net': performance(auc, width), lasso: performance(auc - 0.01, width) });

const path = Array.from({ length: 20 }, (_, i) => ({
  lambda: 0.21 * 0.855 ** i,
  deviance: 0.944 + 0.0011 * (i - 11) ** 2 * (i < 11 ? 0.3 : 0.9),
  standardError: 0.012 + 0.0004 * i,
  nonZero: Math.min(47, Math.round(0.13 * i * i)),
}));

const shown = (value: number) => ({ state: 'ok' as const, value });
const ellipse = (x: number, y: number, variance: number): SiteEllipse => ({
  mean: [shown(x), shown(y)],
  covariance: [shown(variance), shown(0.4 * variance), shown(0.6 * variance)],
});
const hidden = { state: 'withheld' as const, reason: 'smallCell' };
const hiddenEllipse: SiteEllipse = { mean: [hidden, hidden], covariance: [hidden, hidden, hidden] };

const science: Results['science'] = {
  study: {
    id: 'her2-radiomics',
    version: '1.0.0',
    title: { en: 'HER-2 status from breast MRI radiomics', zh: '乳腺 MRI 影像组学预测 HER-2 状态' },
    endpoint: 'her2',
    endpointLabel: { en: 'HER-2 positive', zh: 'HER-2 阳性' },
    synthetic: true,
  },
  protocolSha256: hash('a'),
  eligibility: [
    ...['S1', 'S2', 'S3', 'S4', 'S5'].map((site, i) => ({
      site,
      role: 'training' as const,
      n: { state: 'ok' as const, value: 118 + 37 * i },
      verdict: 'eligible' as const,
    })),
    { site: 'S6', role: 'training', n: { state: 'withheld', reason: 'smallCell' }, verdict: 'tooFew' },
    { site: 'H8', role: 'external', n: { state: 'ok', value: 1120 }, verdict: 'eligible' },
    { site: 'H9', role: 'external', n: { state: 'ok', value: 96 }, verdict: 'eligible' },
  ],
  flow: {
    state: 'ok',
    value: [
      {
        site: 'S1',
        candidates: { state: 'ok', value: 160 },
        exclusions: [{ reason: 'endpointMissing', count: { state: 'ok', value: 8 } }],
      },
      {
        site: 'S2',
        candidates: { state: 'withheld', reason: 'smallCell' },
        exclusions: [{ reason: 'noClinicalRow', count: { state: 'withheld', reason: 'smallCell' } }],
      },
    ],
  },
  characteristics: {
    state: 'ok',
    value: [
      {
        column: 'age_years',
        label: { en: 'Age (years)', zh: '年龄（岁）' },
        levels: [],
        sites: [
          {
            site: 'S1',
            value: { observed: { state: 'ok', value: 152 }, mean: { state: 'ok', value: 51.2 }, sd: { state: 'ok', value: 10.4 } },
          },
        ],
        total: {
          state: 'ok',
          value: { observed: { state: 'ok', value: 600 }, mean: { state: 'ok', value: 50.9 }, sd: { state: 'ok', value: 11.1 } },
        },
      },
      {
        column: 'menopause',
        label: { en: 'Menopausal status', zh: '绝经状态' },
        levels: ['pre', 'post'],
        sites: [
          {
            site: 'S1',
            value: {
              observed: { state: 'ok', value: 152 },
              shares: [
                { state: 'ok', value: 0.45 },
                { state: 'ok', value: 0.55 },
              ],
            },
          },
        ],
        total: { state: 'withheld', reason: 'smallCell' },
      },
    ],
  },
  selection: { state: 'not-done', reason: 'notInProtocol' },
  trainingSites: ['S1', 'S2', 'S3', 'S4', 'S5'],
  trainingParticipants: 960,
  features: {
    candidates: 50,
    kept: 48,
    leftOut: [
      { feature: 'washout_rate', reason: 'missing' },
      { feature: 'constant_feature', reason: 'constant' },
    ],
    missingness: [
      ...features.map((feature, i) => ({ feature, band: i % 9 === 0 ? ('<5%' as const) : ('0' as const) })),
      { feature: 'washout_rate', band: '20-50%' },
    ],
  },
  preparation: {
    features,
    medians: features.map((_, i) => 10 ** ((i % 9) - 3) * 1.2345),
    center: features.map((_, i) => -0.1 * i),
    scale: features.map((_, i) => 1 + i),
    finalCenter: features.map(() => 0),
    finalScale: features.map(() => 0.9731),
    clip: 4,
  },
  harmonization: {
    method: 'combat',
    sites: ['S1', 'S2', 'S3', 'S4', 'S5'],
    covariates: ['age'],
    beta: [features.map(() => 0.01)],
    grandMean: features.map(() => 0),
    varPooled: features.map(() => 0.95),
    passedThrough: ['F1_DT_POSTCON (T11=0.05,T12=0.5)'],
    newSite: 'frozenLocalEb',
    minBatch: 5,
  },
  siteDifferences: {
    state: 'ok',
    value: {
      counts: { before: { location: 31, spread: 12 }, after: { location: 0, spread: 0 } },
      features: features.slice(1).map((feature, i) => ({
        feature,
        before: { location: { explained: 0.004 * i, p: 0.001 }, spread: { explained: 0.002 * i, p: 0.01 } },
        after: {
          location: i === 3 ? { explained: null, p: null } : { explained: 0.00001 * i, p: 0.99 },
          spread: { explained: 0.0005 * i, p: 0.7 },
        },
      })),
    },
  },
  siteEllipses: {
    state: 'ok',
    value: {
      explained: [0.31, 0.12],
      sites: ['S1', 'S2', 'S3', 'S4', 'S5'].map((site, i) => ({
        site,
        before: i === 4 ? hiddenEllipse : ellipse(3 * i - 4.5, 1.5 - i, 9 + i),
        after: i === 4 ? hiddenEllipse : ellipse(0.2 * i - 0.3, 0.1, 8),
      })),
    },
  },
  models: [
    {
      id: 'lasso',
      alpha: 1,
      lambda: 0.03,
      penaltyRule: 'fixed',
      path: [],
      coefficientPaths: [],
      foldCount: 0,
      intercept: -1.4,
      terms: features.map((feature) => ({ feature, coefficient: 0, folds: 0 })),
      rounds: 80,
      converged: false,
    },
    {
      id: 'elastic-net',
      alpha: 0.5,
      lambda: path[11]?.lambda ?? 0.03,
      penaltyRule: 'crossValidation',
      path,
      coefficientPaths: features.flatMap((feature, i) =>
        i % 3 === 2
          ? []
          : [{ feature, coefficients: path.map((_, k) => (k < i / 3 ? 0 : ((i % 2 === 0 ? 0.31 : -0.27) * (k - i / 3)) / (12 + 3 * i))) }],
      ),
      foldCount: 5,
      intercept: -1.503211,
      terms: features.map((feature, i) => ({
        feature,
        coefficient: i % 3 === 2 ? 0 : (i % 2 === 0 ? 0.31 : -0.27) / (1 + i / 4),
        folds: i % 3 === 2 ? 0 : Math.max(1, 5 - (i >> 2)),
      })),
      rounds: 143,
      converged: true,
    },
  ],
  lock: { modelSha256: hash('b'), onnxSha256: hash('c'), primaryModel: 'elastic-net', threshold: 0.187512345 },
  external: {
    sites: [
      {
        site: 'H8',
        harmonizationSha256: hash('d'),
        predictionsSha256: { 'elastic-net': hash('e'), lasso: hash('f') },
        performance: models(0.561, 0.071),
      },
      {
        site: 'H9',
        harmonizationSha256: null,
        predictionsSha256: { 'elastic-net': hash('1') },
        performance: {
          'elastic-net': {
            auc: { state: 'withheld', reason: 'belowMinCount' },
            calibrationInTheLarge: { state: 'none-yet' },
            calibrationSlope: { state: 'error', reason: 'notConverged' },
            brier: { state: 'ok', value: 0, low: 0, high: 0.01 },
            sensitivity: { state: 'not-done', reason: 'notComputable' },
            specificity: { state: 'ok', value: 1 },
          },
        },
      },
    ],
    evaluation: fixtureEvaluation(['H8', 'H9'], ['elastic-net', 'lasso']),
    pooled: { state: 'withheld', reason: 'fewerThanThreeSites' },
  },
  leaveOneSiteOut: {
    state: 'ok',
    value: {
      penaltyRule: 'siteFolds',
      sites: ['S1', 'S2', 'S3', 'S4', 'S5'].map((site, i) => ({
        site,
        selected: null,
        lambda: { 'elastic-net': 0.03 + 0.004 * i, lasso: 0.03 },
        nonZero: { 'elastic-net': features.filter((_, j) => j % 3 !== 2 && j < 40 - 7 * i), lasso: [] },
        predictionsSha256: { 'elastic-net': hash('2') },
        performance: models(0.5 + 0.037 * i, 0.09 - 0.01 * i),
      })),
      evaluation: fixtureEvaluation(['S1', 'S2', 'S3', 'S4', 'S5'], ['elastic-net', 'lasso']),
      pooled: { state: 'ok', value: { 'elastic-net': together(0.589, 0.561), lasso: together(0.571, 0.569) } },
    },
  },
  release: fixtureRelease,
  sampleSize: fixtureSampleSize,
  rounds: 412,
};

const run: Results['run'] = {
  run: 'run-7f3a',
  mode: 'federated',
  startedAt: '2026-06-30T17:42:09.120Z',
  finishedAt: '2026-06-30T17:43:21.845Z',
  durationMs: 72_725,
  software: { cohortium: '0.1.0', node: '20.20.2', 'nats-server': '2.9.10' },
  host: { platform: 'linux', arch: 'x64', cpus: 2 },
  sites: ['S1', 'S2', 'S3', 'S4', 'S5', 'H8', 'H9'].map((site, i) => ({
    site,
    messages: 410 - 100 * Number(i > 4),
    bytes: 1_843_201 + 977 * i,
  })),
  contributionsVisibleToCoordinator: true,
  ledger: {
    log: 'cohortium.org/her2-radiomics/coordinator',
    leaves: [
      'statistics.eligibility@1',
      'statistics.first-moments@1',
      'statistics.grid-counts@1',
      'harmonization.combat-location@1',
      'harmonization.site-differences@1',
      'harmonization.site-ellipses@1',
      'statistics.gram@1',
      'statistics.logistic-gradient@1',
      'statistics.logistic-deviance@1',
      null,
      'validation.commit-harmonization@1',
      'validation.external@1',
      'statistics.characteristics@1',
      'loso.gram@1',
      'loso.held-out@1',
    ].map((operation, i) => ({
      index: i + 1,
      leafSha256: hash((i % 10).toString()),
      type: operation === null ? ('modelCommit' as const) : ('roundCommit' as const),
      round: operation === null ? null : i + 1,
      operation,
    })),
  },
};

/** A whole study with every state a value can have, parsed as a reader of results.json would parse it; `change` may alter a copy first. */
export function fixtureResults(change: (results: Results) => void = () => undefined): Results {
  const results: Results = structuredClone({ schemaVersion: 1, science, run });
  change(results);
  return resultsSchema.parse(results);
}
