import type { EquivalenceCase } from './case.js';

const columns = { time: 'time', event: 'event' };

/** Survival analysis. */
export const survivalCases: readonly EquivalenceCase[] = [
  {
    method: 'cox',
    label: 'baseline of each site, Efron, category',
    params: { formula: 'Surv(time, event) ~ x1 + large + group + x1:x2', zph: 'identity' },
  },
  {
    method: 'cox',
    label: 'baseline of each site and stage, Breslow, missing cells',
    params: { ...columns, terms: ['x1', 'gaps'], strata: ['site', 'stage'], ties: 'breslow', zph: 'log' },
  },
  {
    method: 'cox',
    label: 'common baseline, observed times, Efron',
    params: { formula: 'Surv(time, event) ~ x1 + group', exact_times: true, baseline_hazard: true },
  },
  {
    method: 'cox',
    label: 'common baseline of each stage, observed times, Breslow',
    params: { formula: 'Surv(time, event) ~ x1 + large + strata(stage)', exact_times: true, ties: 'breslow', baseline_hazard: true },
  },
  {
    method: 'cox',
    label: 'common baseline on a grid',
    params: { formula: 'Surv(time, event) ~ x1 + x2', grid: { from: 10, to: 120, step: 10 } },
  },
  {
    method: 'cox',
    label: 'elastic net, several penalties',
    params: { ...columns, terms: ['x1', 'x2', 'x3', 'large'], penalty: { alpha: 0.5, lambda: [0.2, 0.05, 0.01] } },
  },
  { method: 'km', label: 'groups, observed times', params: { ...columns, group: 'group', exact_times: true, at_times: [10, 25.5, 60] } },
  { method: 'km', label: 'all together, a grid', params: { ...columns, grid: [5, 10, 20, 40, 80], at_times: [20, 80] } },
  { method: 'logrank', label: 'within sites', params: { ...columns, group: 'group' } },
  {
    method: 'logrank',
    label: 'within sites and stages, Peto & Peto',
    params: { ...columns, group: 'group', strata: ['site', 'stage'], rho: 1 },
  },
  {
    method: 'logrank',
    label: 'strata across sites, observed times',
    params: { ...columns, group: 'stage', strata: 'group', exact_times: true, rho: 0.5 },
  },
];
