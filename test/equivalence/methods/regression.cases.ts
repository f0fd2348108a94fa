import type { EquivalenceCase } from './case.js';

/** Predictors in raw units, a category, an interaction. */
const right = 'x1 + x2 + large + group + x1:group';

/** Generalized linear and related models. */
export const regressionCases: readonly EquivalenceCase[] = [
  {
    method: 'glm',
    label: 'binomial, categories, profile intervals',
    params: { formula: `y ~ ${right}`, profile: true },
  },
  {
    method: 'glm',
    label: 'binomial, site effects, weights, missing cells',
    params: { formula: 'y ~ x1 + gaps + site', weights: 'weight' },
    // A site of one class has no finite effect: separation, which is a case of its own.
    without: ['oneClass', 'tiny'],
  },
  { method: 'glm', label: 'Firth, penalized profiles', params: { formula: 'y ~ x1 + x2 + group', firth: true, profile: true } },
  {
    method: 'glm',
    label: 'poisson, offset and weights',
    params: { family: 'poisson', outcome: 'count', terms: ['x1', 'x2', 'group'], weights: 'weight', offset: 'x3' },
  },
  { method: 'glm', label: 'gaussian, raw units', params: { family: 'gaussian', formula: `amount ~ ${right} + I(x2^2)` } },
  { method: 'glm', label: 'no intercept', params: { family: 'gaussian', formula: 'large ~ 0 + group + x1' }, scales: [[/./, 1e6]] },
  {
    method: 'glm',
    label: 'leave one site out, single sites, meta-analysis',
    params: { formula: 'y ~ x1 + x2', loso: true, per_site: true, meta: true },
    without: ['tiny'],
  },
  { method: 'glm', label: 'separation', params: { formula: 'event ~ x1 + factor(event)' }, unfitted: true },
  { method: 'multinomial', label: 'three classes, weights', params: { formula: 'group ~ x1 + x2 + large', weights: 'weight' } },
  {
    method: 'multinomial',
    label: 'categories, reference class',
    params: { formula: 'stage ~ x1 * group', reference_level: '3' },
    without: ['tiny'],
  },
  { method: 'ordinal', label: 'proportional odds, category', params: { formula: 'stage ~ x1 + x2 + large + group' } },
  {
    method: 'ordinal',
    label: 'probit, weights, missing cells',
    params: { outcome: 'stage', terms: ['x1', 'gaps'], link: 'probit', weights: 'weight' },
  },
  {
    method: 'ordinal',
    label: 'complementary log-log',
    params: { formula: 'ordered(group) ~ x1 + site', link: 'cloglog', levels: ['c', 'a', 'b'] },
    without: ['tiny'],
  },
  { method: 'mixed-logistic', label: 'Laplace', params: { formula: 'y ~ x1 + large + group + (1 | site)', ranef: true } },
  { method: 'mixed-logistic', label: 'seven points, missing cells', params: { outcome: 'y', terms: ['x1', 'gaps'], nAGQ: 7 } },
];
