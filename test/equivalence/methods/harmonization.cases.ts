import type { EquivalenceCase } from './case.js';

const features = ['x1', 'x2', 'x3', 'large', 'amount', 'score1', 'time'];
const gappy = [...features, 'gaps'];

/** Harmonization methods; `gaps` has missing cells, and in one layout a site without any. */
export const harmonizationCases: readonly EquivalenceCase[] = [
  { method: 'combat', label: 'parametric, sites as batches, features with gaps', params: { features: gappy } },
  {
    method: 'combat',
    label: 'covariates (numbers and categories), gaps as in sva',
    params: { features: gappy, covariates: ['y', 'group', { column: 'stage' }], missing: 'sva' },
  },
  { method: 'combat', label: 'non-parametric', params: { features, parametric: false, covariates: ['y'] } },
  { method: 'combat', label: 'means only, reference site', params: { features: gappy, mean_only: true, ref_batch: 'S02' } },
  { method: 'combat', label: 'reference site, covariates', params: { features: gappy, ref_batch: 'S01', covariates: ['y', 'weight'] } },
  { method: 'combat', label: 'without empirical Bayes', params: { features: gappy, eb: false, covariates: ['group'] } },
  {
    method: 'combat',
    label: 'batches across sites, covariates, gaps',
    params: { features: gappy, batch: 'stage', covariates: ['y', 'group'] },
  },
  {
    method: 'combat',
    label: 'batches across sites, reference batch, training rows',
    params: { features, batch: 'group', ref_batch: 'b', train: { column: 'event', value: 1 } },
  },
  { method: 'covbat', label: 'sites as batches, covariates', params: { features, covariates: ['y'] } },
  {
    method: 'covbat',
    label: 'batches across sites, scores with empirical Bayes',
    params: { features, batch: 'stage', n_pc: 3, score_eb: true, std_var: false },
  },
  { method: 'combat', label: 'site effects stay at home', params: { features, covariates: ['y'], report_site_effects: false } },
];
