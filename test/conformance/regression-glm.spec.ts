import { describe, expect, it } from 'vitest';
import { analyzeReference, near, nearAll, nearMatrix } from './regression-reference.js';
import type { Loose } from './regression-reference.js';
import { referenceColumns, referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

warnIfAbsent('generalized linear models against R');

/** R converged to a relative deviance change of 1e-14, which leaves coefficients right to about 1e-9; text has 15 digits. */
const coefficientTolerance = 1e-8;
const figureTolerance = 1e-7;

const read = (...path: string[]): Loose => JSON.parse(referenceText('regression', ...path));

/** Compares one model of the reference; one coefficient alone stands in other shapes there. */
function compareModel(found: Loose, expected: Loose, what: string): void {
  expect(found.converged, what).toBe(true);
  near(found.n, expected.n, 0, `${what}.n`);
  const names = Object.keys(expected.coef);
  nearAll(found.coef, expected.coef, coefficientTolerance, `${what}.coef`);
  for (const key of ['se', 'z', 'p']) {
    const wanted = Array.isArray(expected[key]) ? Object.fromEntries(names.map((name, j) => [name, expected[key][j]])) : expected[key];
    if (key !== 'p') nearAll(found[key], wanted, figureTolerance, `${what}.${key}`);
    // A relative error e of z is one of z^2 e of p.
    else
      for (const name of names) near(found.p[name], wanted[name], figureTolerance * (1 + found.z[name] ** 2), `${what}.p.${name}`, 1e-300);
  }
  for (const key of ['deviance', 'null_deviance', 'df_residual', 'loglik', 'aic', 'bic'])
    near(found[key], expected[key], 1e-10, `${what}.${key}`);
  if (names.length === 1) {
    near(found.profile95.values[0][0], expected.profile95.values[0][0], figureTolerance, what);
    near(found.profile95.values[0][1], expected.profile95.values[1][0], figureTolerance, what);
    return;
  }
  for (const key of ['vcov', 'wald95']) nearMatrix(found[key], expected[key], figureTolerance, `${what}.${key}`);
  nearMatrix(found.profile95, expected.profile95, figureTolerance, `${what}.profile95`);
}

describe.skipIf(!referenceFolder)('glm against R', () => {
  it.each(['duke', 'ispy1'])('%s: every model, profile intervals and fitted values included', async (folder) => {
    const reference = read(folder, 'logistic.json');
    const fitted = referenceColumns('regression', folder, 'logistic_fitted.csv');
    for (const [name, expected] of Object.entries<Loose>(reference.models)) {
      const table = ['regression', folder, 'input.csv'];
      const { estimates, stays } = await analyzeReference(table, 'glm', { formula: expected.formula, profile: true }, { site: 'site' });
      compareModel(estimates, expected, `${folder} ${name}`);
      const column = fitted[name];
      column?.forEach((value, i) => near(stays.get(fitted['id']?.[i] ?? '')?.['fitted'], Number(value), 1e-8, `${folder} ${name} ${i}`));
    }
  });

  it.each(['duke', 'ispy1'])('%s: the linear model', async (folder) => {
    const { linear } = read(folder, 'logistic.json');
    const { estimates } = await analyzeReference(
      ['regression', folder, 'input.csv'],
      'glm',
      { formula: linear.formula, family: 'gaussian' },
      { site: 'site' },
    );
    // Where the intercept is 0 but for rounding of the input (I-SPY1: -3e-8), digits are relative to its standard error.
    nearAll(estimates.coef, linear.coef, 1e-8, 'coef', 0.05);
    nearAll(estimates.se, linear.se, 1e-10, 'se');
    nearAll(estimates.t, linear.t, 1e-8, 't', 1);
    nearAll(estimates.p, linear.p, 1e-7, 'p', 1e-300);
    for (const key of ['sigma', 'r2', 'adj_r2', 'f', 'rss']) near(estimates[key], linear[key], 1e-10, key);
  });

  it.each(['duke', 'ispy1'])('%s: fits of single sites and their meta-analysis', async (folder) => {
    const { local_fits_per_site_first3: local } = read(folder, 'logistic.json');
    const meta = read(folder, 'one_shot_meta_of_local_fits.json');
    const { formula } = Object.values<Loose>(local)[0];
    const params = { formula, per_site: true, meta: true, profile: true };
    const { estimates } = await analyzeReference(['regression', folder, 'input.csv'], 'glm', params, { site: 'site' });
    expect(Object.keys(estimates.per_site)).toEqual(Object.keys(local));
    for (const [site, expected] of Object.entries<Loose>(local)) {
      // Sites that the reference leaves out of its meta-analysis have flat likelihoods (standard errors above 10).
      if (meta.sites_used.includes(site)) compareModel(estimates.per_site[site], expected, `${folder} ${site}`);
    }
    expect(estimates.meta.sites_used).toEqual(meta.sites_used);
    for (const [name, { estimate, se }] of Object.entries<Loose>(meta.fixed_effect_inverse_variance)) {
      near(estimates.meta.fixed_effect_inverse_variance[name].estimate, estimate, 1e-7, name);
      near(estimates.meta.fixed_effect_inverse_variance[name].se, se, 1e-7, name);
    }
  });

  it('mama-mia-pcr: pooled and with site effects over 20 hospitals', async () => {
    const { models } = read('mama-mia-pcr', 'expected.json');
    for (const [name, expected] of Object.entries<Loose>(models)) {
      const params = { formula: expected.formula, profile: true };
      const { estimates } = await analyzeReference(['regression', 'mama-mia-pcr', 'input.csv'], 'glm', params, { site: 'site' });
      compareModel(estimates, expected, name);
    }
  });

  it('mama-mia-pcr: leave-one-site-out predictions and AUC', async () => {
    const { models, loso } = read('mama-mia-pcr', 'expected.json');
    const params = { formula: models.pooled.formula, loso: true };
    const { estimates, stays } = await analyzeReference(['regression', 'mama-mia-pcr', 'input.csv'], 'glm', params, { site: 'site' });
    const expected = referenceColumns('regression', 'mama-mia-pcr', 'loso_predictions.csv');
    expected['id']?.forEach((id, i) => near(stays.get(id)?.['loso_prediction'], Number(expected['loso_prediction']?.[i]), 1e-8, id));
    // The pooled AUC is that of a grid of 10,000 cells; its certificate also counts the true ties of a model of a few categories.
    expect(Math.abs(estimates.loso.auc - loso.auc)).toBeLessThanOrEqual(estimates.loso.certificate);
    near(estimates.loso.auc, loso.auc, 1e-4, 'auc', 1);
    near(estimates.loso.ci95[0], loso.ci95[0], 1e-4, 'low', 1);
    near(estimates.loso.ci95[1], loso.ci95[1], 1e-4, 'high', 1);
    loso.per_site.forEach(({ label, ...figures }: Loose, k: number) => {
      const { label: found, ...shown } = estimates.loso.per_site[k];
      expect(found).toBe(label);
      nearAll(shown, figures, 1e-9, label);
    });
  });

  it('separation is reported, not returned', async () => {
    const reference = read('separation', 'expected.json');
    const run = async (formula: string, more = {}) =>
      (await analyzeReference(['regression', 'separation', 'input.csv'], 'glm', { formula, ...more }, { split: [3, '1'] })).estimates;
    const complete = await run('y ~ x_separates');
    expect(complete).toMatchObject({ converged: false, coef: null, separation: { kind: 'complete' } });
    const quasi = await run('y ~ x_quasi');
    expect(quasi).toMatchObject({ converged: false, coef: null, separation: { kind: 'quasi' } });
    for (const found of [complete, quasi]) expect(found.warnings[0]).toContain('separation');
    // Where the likelihood rises without end its deviance falls to this.
    expect(Math.abs(complete.deviance)).toBeLessThan(1e-9);
    near(quasi.deviance, reference.quasi.deviance, 1e-9, 'deviance');
    compareModel(await run('y ~ x_ok', { profile: true }), reference.ordinary, 'ordinary');
    const firth = await run('y ~ x_separates', { firth: true });
    expect(firth).toMatchObject({ converged: true, separation: null });
  });

  it('duke: multinomial model of four subtypes, fitted probabilities, confusion', async () => {
    const expected = read('duke', 'multinomial.json');
    const { outcome, terms, reference_level } = expected;
    const { estimates, stays } = await analyzeReference(
      ['regression', 'duke', 'input.csv'],
      'multinomial',
      { outcome, terms, reference_level },
      { site: 'site' },
    );
    // nnet stops where the likelihood no longer changes by 1e-8 of itself.
    nearMatrix(estimates.coef, expected.coef, 1e-5, 'coef', 0.1);
    nearMatrix(estimates.se, expected.se, 1e-5, 'se');
    near(estimates.deviance, expected.deviance, 1e-9, 'deviance');
    near(estimates.aic, expected.aic, 1e-9, 'aic');
    expect(estimates.confusion).toEqual(expected.confusion);
    const fitted = referenceColumns('regression', 'duke', 'multinomial_fitted.csv');
    fitted['id']?.forEach((id, i) =>
      expected.confusion.rows.forEach((level: string) =>
        near(stays.get(id)?.[level], Number(fitted[level]?.[i]), 1e-5, `${id} ${level}`, 0.1),
      ),
    );
  });

  it.each(['duke', 'ispy1'])('%s: random intercept per site, Laplace and ten points', async (folder) => {
    const { v, fits } = read(folder, 'mixed_logistic.json');
    const outcome = folder === 'duke' ? 'her2' : 'pcr';
    const columns = Object.values<string>(v);
    for (const expected of fits) {
      const params = { outcome, terms: columns, nAGQ: expected.nAGQ, ranef: true };
      const { estimates } = await analyzeReference(['regression', folder, 'input.csv'], 'mixed-logistic', params, { site: 'site' });
      // lme4 searches without derivatives and stops within about 1e-4 under Laplace's approximation, closer with ten points.
      const what = `${folder} ${expected.nAGQ}`;
      near(estimates.deviance, expected.deviance, 1e-6, what);
      near(estimates.re_sd, expected.re_sd, 2e-4, what);
      Object.keys(expected.fixef).forEach((name, j) => {
        const own = j === 0 ? name : v[name];
        near(estimates.fixef[own], expected.fixef[name], 2e-4, `${what} ${name}`, 0.1);
        near(estimates.se[own], expected.se[name], 2e-4, `${what} ${name}`);
      });
      nearAll(estimates.ranef, expected.ranef, 1e-3, what, 0.1);
    }
  });
});
