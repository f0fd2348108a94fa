import type { EquivalenceCase } from './case.js';

const features = ['x1', 'x2', 'large', 'x3'];

/** Penalized models: paths, folds, families, weights. */
export const glmnetCases: readonly EquivalenceCase[] = [
  {
    method: 'glmnet',
    label: 'binomial, path of its own',
    params: { outcome: 'y', features, alpha: 0.5, nlambda: 12, lambda_min_ratio: 0.01 },
  },
  {
    method: 'glmnet',
    label: 'binomial, given penalties, folds of participants, missing cells',
    params: { outcome: 'y', features: [...features, 'gaps'], lambda: [0.1, 0.02], cv: { folds: 4, seed: 'equivalence' } },
    without: ['tiny'],
  },
  {
    method: 'glmnet',
    label: 'gaussian ridge, weights, raw scale',
    params: { family: 'gaussian', outcome: 'amount', features, alpha: 0, lambda: [1, 0.1], weights: 'weight', standardize: false },
  },
  {
    method: 'glmnet',
    label: 'poisson, offset, penalty factors',
    params: {
      family: 'poisson',
      outcome: 'count',
      features: ['x1', 'x2', 'large'],
      offset: 'x3',
      alpha: 0.9,
      lambda: [0.2],
      penalty_factor: { x1: 0 },
    },
  },
  {
    method: 'glmnet',
    label: 'multinomial, grouped',
    params: { family: 'multinomial', type_multinomial: 'grouped', outcome: 'group', features, lambda: [0.05, 0.02] },
  },
  {
    method: 'glmnet',
    label: 'multinomial, adaptive',
    params: { family: 'multinomial', outcome: 'group', features, alpha: 0.5, lambda: [0.05], adaptive: {} },
  },
  {
    method: 'glmnet',
    label: 'multinomial lasso, classes missed, folds with paths of their own',
    params: {
      family: 'multinomial',
      outcome: 'group',
      features,
      nlambda: 6,
      lambda_min_ratio: 0.05,
      cv: { folds: 4, seed: 'm', type: 'class' },
    },
    without: ['tiny'],
  },
  {
    method: 'glmnet',
    label: 'binomial, areas under the curve, sparse coefficients, adaptive weights from a fit without penalty',
    params: {
      outcome: 'y',
      features,
      lambda: [0.1, 0.03],
      adaptive: { from: 'ols' },
      coefficients: 'sparse',
      cv: { folds: 3, seed: 'a', type: 'auc', auc_bins: 50 },
    },
    without: ['tiny'],
  },
  {
    method: 'glmnet',
    label: 'gaussian lasso, absolute errors, folds of participants',
    params: {
      family: 'gaussian',
      outcome: 'amount',
      features,
      nlambda: 8,
      lambda_min_ratio: 0.02,
      cv: { folds: 3, seed: 'g', type: 'mae' },
    },
    without: ['tiny'],
  },
];
