import { describe, expect, it } from 'vitest';
import { analyzeReference, near, nearAll, nearMatrix } from './regression-reference.js';
import type { Loose } from './regression-reference.js';
import { referenceColumns, referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

warnIfAbsent('survival analysis against R');

const table = ['survival', 'ispy1-rfs', 'input.csv'];
const columns = { time: 'rfs_days', event: 'rfs_event' };
const terms = ['age', 'hr', 'her2', 'mri_ld_baseline_mm'];
const how = { split: [4, '7'], id: 'subject_id' } as const;
/** R's text has 15 digits; coxph stops when the log-likelihood changes by less than 1e-9 of itself, which leaves coefficients right to about 1e-8. */
const tolerance = 1e-7;

const read = (): Loose => JSON.parse(referenceText('survival', 'ispy1-rfs', 'survival.json'));
const cell = (text: string | undefined) => (text === undefined || text === '' || text === 'NA' ? null : Number(text));

describe.skipIf(!referenceFolder)('survival against R', () => {
  it.each(['efron', 'breslow'])('cox on the observed times, ties by %s', async (ties) => {
    const expected = read().cox[ties];
    const { estimates } = await analyzeReference(table, 'cox', { ...columns, terms, ties, exact_times: true }, how);
    expect(estimates).toMatchObject({ n: expected.n, events: expected.events });
    nearAll(estimates.coef, expected.coef, tolerance, 'coef');
    nearAll(estimates.se, expected.se, tolerance, 'se');
    nearMatrix(estimates.hr95, expected.hr95, tolerance, 'hr95');
    expected.loglik.forEach((value: number, k: number) => near(estimates.loglik[k], value, 1e-10, 'loglik'));
    for (const test of ['lr_test', 'score'])
      expected[test].forEach((value: number, k: number) => near(estimates[test][k], value, tolerance, test));
    // summary.coxph rounds its Wald statistic to two decimals, but not the p value.
    near(estimates.wald[0], expected.wald[0], 0.005, 'wald', 1);
    near(estimates.wald[2], expected.wald[2], tolerance, 'wald p');
    expected.concordance.forEach((value: number, k: number) => near(estimates.concordance[k], value, 1e-10, 'concordance'));
    if (expected.cox_zph) nearMatrix(estimates.cox_zph, expected.cox_zph, 1e-6, 'cox_zph');
  });

  it('cox stratified by race across sites', async () => {
    const expected = read().cox.stratified_breslow;
    const params = { ...columns, terms, ties: 'breslow', exact_times: true, strata: expected.strata };
    const { estimates } = await analyzeReference(table, 'cox', params, how);
    nearAll(estimates.coef, expected.coef, tolerance, 'coef');
    nearAll(estimates.se, expected.se, tolerance, 'se');
    expected.loglik.forEach((value: number, k: number) => near(estimates.loglik[k], value, 1e-10, 'loglik'));
  });

  it('the same by race as the site: risk sets stay at the sites', async () => {
    const expected = read().cox.stratified_breslow;
    const formula = 'Surv(rfs_days, rfs_event) ~ age + hr + her2 + mri_ld_baseline_mm';
    const { estimates } = await analyzeReference(table, 'cox', { formula, ties: 'breslow' }, { site: 'race_id', id: 'subject_id' });
    nearAll(estimates.coef, expected.coef, tolerance, 'coef');
    nearAll(estimates.se, expected.se, tolerance, 'se');
    expected.loglik.forEach((value: number, k: number) => near(estimates.loglik[k], value, 1e-10, 'loglik'));
  });

  it('Kaplan-Meier curves, survival at given years, medians, log-rank test', async () => {
    const reference = read();
    const at = referenceColumns('survival', 'ispy1-rfs', 'km_at_times.csv');
    const curves = referenceColumns('survival', 'ispy1-rfs', 'km_curves.csv');
    const at_times = [365, 730, 1095, 1460, 1825];
    const { estimates } = await analyzeReference(table, 'km', { ...columns, group: 'pcr', exact_times: true, at_times }, how);
    expect(estimates.n).toEqual(reference.n);
    expect(estimates.events_per_group).toEqual(reference.events_per_group);
    for (const key of ['estimate', 'lower', 'upper']) expect(estimates.median[key]).toEqual(reference.median[key]);
    const { observed, expected, ...test } = reference.logrank;
    nearAll({ chisq: estimates.logrank.chisq, df: estimates.logrank.df, p: estimates.logrank.p }, test, 1e-10, 'logrank');
    expect(estimates.logrank.observed).toEqual(observed);
    expected.forEach((value: number, k: number) => near(estimates.logrank.expected[k], value, 1e-10, 'expected'));
    const pointNames = ['time', 'n_risk', 'survival', 'se', 'lower', 'upper'];
    expect(estimates.at_times).toHaveLength(at['time']?.length ?? 0);
    estimates.at_times.forEach((row: Loose, i: number) => {
      expect([row.conf_type, row.group]).toEqual([at['conf_type']?.[i], at['group']?.[i]]);
      for (const name of pointNames) near(row[name], cell(at[name]?.[i]), 1e-10, `${name} ${i}`);
    });
    const curveNames = ['time', 'n_risk', 'n_event', 'n_censor', 'survival', 'greenwood_se_of_log'];
    expect(estimates.curves).toHaveLength(curves['time']?.length ?? 0);
    estimates.curves.forEach((row: Loose, i: number) => {
      expect(row.group).toBe(curves['group']?.[i]);
      for (const name of curveNames) near(row[name], cell(curves[name]?.[i]), 1e-10, `${name} ${i}`);
    });
  });

  it('the log-rank test by itself, on observed times and on a grid of days', async () => {
    const { logrank } = read();
    const on = async (more: object) => (await analyzeReference(table, 'logrank', { ...columns, group: 'pcr', ...more }, how)).estimates;
    // Times are whole days, so a grid of days is exact.
    for (const more of [{ exact_times: true }, { grid: { from: 0, to: 4000, step: 1 } }]) {
      const found = await on(more);
      near(found.chisq, logrank.chisq, 1e-10, 'chisq');
      near(found.p, logrank.p, 1e-10, 'p');
    }
  });
});
