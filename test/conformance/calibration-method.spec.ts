import { describe, expect, it } from 'vitest';
import { near, onReference } from './reference-method.js';
import type { Results } from './reference-method.js';
import { referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

const path = ['calibration-dca', 'duke-h3-to-others'] as const;

describe.skipIf(!referenceFolder)('method calibration against rms 6.5.0 and stats of R', () => {
  warnIfAbsent('the method calibration against R');
  const scores = ['p_six', 'p_two'];

  it('exact scores over the real sites: every field', async () => {
    const { predictions } = JSON.parse(referenceText(...path, 'calibration.json')) as Results;
    const found = await onReference('calibration', [...path, 'input.csv'], { outcome: 'y', scores, exact: true });
    expect(Object.keys(predictions)).toEqual(scores);
    for (const name of scores) {
      const { hosmer_lemeshow: groups, val_prob: indexes, loess_ici: loess, ...own } = predictions[name];
      // glm and lrm take standard errors and likelihood ratios from the step before their last: good to about 1e-9.
      near(found.predictions[name], own, 2e-9, name);
      near(found.predictions[name].val_prob, indexes, 1e-8, `${name} val_prob`);
      const { groups: _words, ...numbers } = groups;
      near(found.predictions[name].hosmer_lemeshow, numbers, 1e-9, `${name} hosmer_lemeshow`);
      const { note: _note, ...distances } = loess;
      near(found.predictions[name].loess_ici, distances, 1e-9, `${name} loess`);
    }
  });

  it('deciles found by searching order statistics, or given, are the same groups', async () => {
    const { predictions } = JSON.parse(referenceText(...path, 'calibration.json')) as Results;
    const { groups: _words, ...expected } = predictions.p_six.hosmer_lemeshow;
    const asked = { outcome: 'y', scores: 'p_six', perSite: false };
    const searched = await onReference('calibration', [...path, 'input.csv'], { ...asked, hosmerLemeshow: true });
    near(searched.predictions.p_six.hosmer_lemeshow, expected, 1e-9);
    const given = await onReference('calibration', [...path, 'input.csv'], { ...asked, breaks: expected.breaks });
    near(given.predictions.p_six.hosmer_lemeshow, expected, 1e-9);
  });

  it('what needs no exact scores is the same without them', async () => {
    const { predictions } = JSON.parse(referenceText(...path, 'calibration.json')) as Results;
    const found = await onReference('calibration', [...path, 'input.csv'], { outcome: 'y', scores });
    for (const name of scores) {
      const { hosmer_lemeshow: _groups, val_prob: indexes, loess_ici: _loess, ...own } = predictions[name];
      near(found.predictions[name], own, 2e-9, name);
      const { Emax: _emax, E90: _e90, Eavg: _eavg, ...sums } = indexes;
      near(found.predictions[name].val_prob, sums, 1e-8, name);
      expect(found.predictions[name].loess_ici.reason).toBe('needsExactScores');
    }
  });
});
