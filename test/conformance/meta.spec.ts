import { describe, expect, it } from 'vitest';
import { near, onSummaries } from './reference-method.js';
import type { Results } from './reference-method.js';
import { referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

describe.skipIf(!referenceFolder)('method meta against metafor 3.8-1', () => {
  warnIfAbsent('meta-analysis against metafor');

  it.each(['bcg_log_rr', 'duke_auc_logit', 'duke_auc_plain', 'mama_mia_pcr_auc_logit'])('%s: every figure', async (name) => {
    const { title: _title, engine: _engine, note: _note, ...expected } = JSON.parse(referenceText('meta', `${name}.json`)) as Results;
    const found = await onSummaries('meta', ['meta', `${name}_input.csv`], {});
    expect(Object.keys(expected.fits).length).toBe(9);
    // Fisher scoring to about 1e-12 in tau2 on the other side, which a small typical variance makes 1e-8 percent of I2; roots with the
    // tolerance and the bracket of R's uniroot, so that they agree as well.
    near(found, expected, 1e-7, name);
    for (const [fit, own] of Object.entries<Results>(expected.fits)) near(found.fits[fit].tau2, own.tau2, 1e-11, fit);
  });

  it('exact roots differ from those of uniroot by less than its tolerance', async () => {
    const asked = ['meta', 'bcg_log_rr_input.csv'] as const;
    const [exact, followed] = [await onSummaries('meta', asked, { roots: 'exact' }), await onSummaries('meta', asked, {})];
    const gap = Math.abs(exact.fits.PM_z.tau2 - followed.fits.PM_z.tau2);
    expect(gap).toBeGreaterThan(1e-7);
    expect(gap).toBeLessThan(2 ** -13);
  });

  it('logit AUCs from AUCs: the delta method of the reference', async () => {
    const expected = JSON.parse(referenceText('meta', 'duke_auc_logit.json')) as Results;
    const found = await onSummaries('meta', ['meta', 'duke_auc_logit_input.csv'], { yi: 'auc', sei: 'auc_se', transform: 'logit' });
    near(found.fits.REML_knha, expected.fits.REML_knha, 1e-9);
  });
});
