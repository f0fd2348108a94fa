import type { SeededRandom } from '@cohortium/numerics';
import type { EquivalenceCase } from './case.js';
import { madeTable } from './tables.js';
import type { Layout } from './tables.js';

const features = ['x1', 'x2', 'x3', 'large', 'amount', 'score1', 'time'];
const gappy = [...features, 'gaps'];

/** Two to four visits of a participant, at one site; scanners change, some scanners are the same at several sites. */
function visits(random: SeededRandom, { sizes }: Layout): string {
  const lines = ['id,site,scanner,shared,time,group,f1,f2,f3,f4'];
  sizes.forEach((size, s) => {
    for (let i = 0; i < Math.max(3, size / 3); i++) {
      const own = random.normal();
      const group = random.uniform() < 0.5 ? 'a' : 'b';
      for (let visit = 0; visit < 2 + random.below(3); visit++) {
        const scanner = random.below(2);
        const values = [1, 2, 3, 4].map(
          (k) => 10 ** k + k * own + 0.7 * scanner - 0.2 * visit + (0.5 + 0.4 * scanner) * random.normal() * k,
        );
        const time = visit + 0.2 * random.normal();
        lines.push(
          [`P${s}-${i}`, `S${String(s + 1).padStart(2, '0')}`, `${s}-${scanner}`, `m${random.below(3)}`, time, group, ...values].join(','),
        );
      }
    }
  });
  return `${lines.join('\n')}\n`;
}

/** A model as `combat` reports it, of three features and a covariate. */
const frozenModel = {
  rows: 100,
  batches: ['S01', 'T1'],
  crossing_batches: [],
  features: ['x1', 'large', 'gaps'],
  passed_through: [],
  mean_only: false,
  eb: true,
  parametric: true,
  likelihood: 'double',
  constant_in_batch: 'sva',
  ref_batch: null,
  covariates: ['groupb', 'weight'],
  covariate_terms: [
    { name: 'groupb', factors: [{ column: 'group', level: 'b' }] },
    { name: 'weight', factors: [{ column: 'weight', level: null }] },
  ],
  covariate_effects: [
    [0.3, 500, -0.2],
    [0.1, 2000, 0.4],
  ],
  stand_mean: [0.2, 1.001e6, -0.3],
  var_pooled: [1.1, 3.9e8, 8.5],
  gamma_hat: [null, null],
  delta_hat: [null, null],
  gamma_star: [null, null],
  delta_star: [null, null],
  scaling: { center: [0.25, 1.003e6, 0.1], scale: [1.2, 2e4, 3], covariate_center: [0.33, 1], covariate_scale: [0.47, 0.29] },
};

/** A quarter of the rows: exact ranks take many rounds. */
function smaller(random: SeededRandom, layout: Layout): string {
  return madeTable(random, { ...layout, sizes: layout.sizes.map((size) => Math.max(6, Math.ceil(size / 4))) });
}

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
  {
    method: 'combat-longitudinal',
    label: 'scanners within sites, interaction',
    table: visits,
    params: { features: ['f1', 'f2', 'f3', 'f4'], batch: 'scanner', covariates: ['time', 'group'], interactions: [['time', 'group']] },
  },
  {
    method: 'combat-longitudinal',
    label: 'scanners across sites, mean squared residual',
    table: visits,
    params: { features: ['f1', 'f2', 'f3', 'f4'], batch: 'shared', covariates: ['time'], method: 'MSR' },
  },
  {
    method: 'batch-effect',
    label: 'exact, before and after combat with covariates',
    table: smaller,
    without: ['oneClass'],
    params: { features: ['x1', 'score2', 'gaps'], combat: { covariates: ['weight'] }, exact: true },
  },
  { method: 'batch-effect', label: 'grid', params: { features: gappy, exact: false, bins: 500 } },
  {
    method: 'batch-effect',
    label: 'batches across sites, exact, after combat',
    table: smaller,
    without: ['oneClass', 'missingColumn'],
    params: { features: ['x1', 'time', 'gaps'], batch: 'group', combat: {}, exact: true },
  },
  { method: 'combat-apply', label: 'new scanners across sites, frozen model', params: { model: frozenModel, batch: 'stage' } },
  { method: 'combat', label: 'site effects stay at home', params: { features, covariates: ['y'], report_site_effects: false } },
];
