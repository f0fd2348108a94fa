import type { Results } from '@cohortium/analysis';
import { describe, expect, it } from 'vitest';
import type { Figure } from './figures.js';
import { figureText } from './figures.js';
import { renderReport, resultsSummary } from './index.js';
import { pageOf } from './page.js';
import { fixtureResults } from './results.fixture.js';
import { calibrationSentence, verdictSentence } from './verdict.js';

const auc = (low: number, high: number): Figure => ({ state: 'ok', value: (low + high) / 2, low, high });

/** Results whose external sites have these AUCs for the primary model. */
function withExternal(...aucs: readonly Figure[]): Results {
  return fixtureResults(({ science }) => {
    const [site] = science.external.sites;
    if (!site) throw new Error('the fixture has no external site');
    science.external.sites = aucs.map((figure, i) => ({
      ...site,
      site: `X${i}`,
      performance: { 'elastic-net': { ...site.performance['elastic-net']!, auc: figure } },
    }));
  });
}

const verdict = (results: Results): string => verdictSentence(pageOf(results, 'en'));

describe('verdictSentence', () => {
  it.each([
    ['above 0.5', [auc(0.51, 0.7)], /^Discrimination was shown:/],
    ['touching 0.5', [auc(0.5, 0.7)], /^Discrimination was not shown:.*told from chance/],
    ['around 0.5', [auc(0.42, 0.58)], /^Discrimination was not shown:.*told from chance/],
    ['ending at 0.5', [auc(0.3, 0.5)], /^Discrimination was not shown:.*told from chance/],
    ['below 0.5', [auc(0.3, 0.49)], /^Discrimination was not shown:.*wrong way/],
    ['above 0.5 everywhere', [auc(0.51, 0.7), auc(0.6, 0.8)], /^Discrimination was shown at each of the 2/],
    ['above 0.5 somewhere', [auc(0.51, 0.7), auc(0.4, 0.8)], /at 1 of 2 external sites only/],
    ['nowhere above 0.5', [auc(0.41, 0.7), auc(0.4, 0.48)], /^Discrimination was not shown at any of the 2/],
    [
      'above 0.5 where it may be shown',
      [auc(0.51, 0.7), { state: 'withheld', reason: 'belowMinCount' }],
      /^Discrimination was shown:.*1 of 2 external sites could not be judged/,
    ],
    ['without interval', [{ state: 'ok', value: 0.9 }], /^No verdict: .*no confidence interval/],
    ['withheld', [{ state: 'withheld', reason: 'belowMinCount' }], /^No verdict: .*not available/],
    ['absent', [], /^No verdict: .*not available/],
  ] as [string, Figure[], RegExp][])('an interval %s', (_, aucs, expected) => {
    expect(verdict(withExternal(...aucs))).toMatch(expected);
  });

  it('rests on the AUC over all external sites where that was opened', () => {
    const results = withExternal(auc(0.6, 0.8), auc(0.6, 0.8));
    const figures = { aucCertificate: auc(0.5, 0.6), withinSiteAuc: auc(0.5, 0.6), brier: auc(0.1, 0.2) };
    results.science.external.pooled = { state: 'ok', value: { 'elastic-net': { auc: auc(0.45, 0.55), ...figures } } };
    expect(verdict(results)).toMatch(/^Discrimination was not shown:/);
    expect(resultsSummary(results, 'en')).toContain('External AUC, pooled: 0.500 (95% CI 0.450 to 0.550)');
  });

  it('says that a model without terms cannot tell anyone apart', () => {
    const results = withExternal(auc(0.6, 0.8));
    for (const { terms } of results.science.models) for (const term of terms) term.coefficient = 0;
    expect(verdict(results)).toMatch(/no non-zero term/);
  });

  it('never recommends use, in neither language, whatever the AUC', () => {
    const html = renderReport(withExternal(auc(0.97, 0.99)));
    expect(html).not.toMatch(/suitable for|ready for|clinically useful|recommended|适用于(治疗|临床)|可用于(治疗|临床)/i);
    expect(html).toContain('no basis for decisions about a person');
    expect(html).toContain('不得作为对个人作出决定的依据');
  });
});

describe('calibrationSentence', () => {
  const calibrated = (slope: Figure, inTheLarge: Figure): string => {
    const results = withExternal(auc(0.6, 0.8));
    const performance = results.science.external.sites[0]?.performance['elastic-net'];
    if (performance) Object.assign(performance, { calibrationSlope: slope, calibrationInTheLarge: inTheLarge });
    return calibrationSentence(pageOf(results, 'en'));
  };
  it('names what the intervals allow', () => {
    expect(calibrated(auc(0.8, 1.2), auc(-0.1, 0.1))).toMatch(/does not prove it/);
    expect(calibrated(auc(0.2, 0.9), auc(-0.1, 0.1))).toMatch(/did not fit .* at X0/);
    expect(calibrated(auc(0.8, 1.2), auc(0.1, 0.3))).toMatch(/did not fit .* at X0/);
    expect(calibrated({ state: 'error', reason: 'notConverged' }, auc(-0.1, 0.1))).toMatch(/not known/);
  });
});

describe('figureText', () => {
  it('writes values with intervals, zeros and the four absences apart', () => {
    expect(figureText({ state: 'ok', value: 0.6124, low: 0.52, high: 0.7041 }, 'en')).toBe('0.612 (95% CI 0.520 to 0.704)');
    expect(figureText({ state: 'ok', value: 0.6124, low: 0.52, high: 0.7041 }, 'zh')).toBe('0.612（95% CI 0.520 至 0.704）');
    expect(figureText({ state: 'ok', value: 0.5217 }, 'en', 'percent')).toBe('52.2%');
    expect(figureText({ state: 'ok', value: 0 }, 'en', 'count')).toBe('0');
    expect(figureText({ state: 'none-yet' }, 'en')).toBe('… none yet');
    expect(figureText({ state: 'withheld', reason: 'belowMinCount' }, 'en')).toBe('■ withheld (too few participants)');
    expect(figureText({ state: 'not-done', reason: 'some-new-code' }, 'zh')).toBe('— 未做（some-new-code）');
    expect(figureText({ state: 'error', reason: 'notConverged' }, 'en')).toMatch(/^✕ error \(the estimate/);
    expect(figureText({ state: 'error', reason: 'constructor' }, 'en')).toBe('✕ error (constructor)');
  });
});

describe('resultsSummary', () => {
  it('says in a dozen lines what was done and found', () => {
    const lines = resultsSummary(fixtureResults(), 'en').split('\n');
    expect(lines.length).toBeLessThanOrEqual(14);
    expect(lines[0]).toBe('SYNTHETIC DATA');
    expect(lines).toContain('Primary model: elastic-net, α 0.5, λ 0.03748, 32 of 48 terms non-zero');
    expect(lines).toContain('External AUC, H8: 0.561 (95% CI 0.490 to 0.632)');
    expect(lines).toContain('Leave-one-site-out AUC: pooled 0.589 (95% CI 0.549 to 0.629); within sites 0.561 (95% CI 0.516 to 0.606)');
    expect(lines.at(-1)).toMatch(/^Verdict: Discrimination was not shown/);
  });

  it('says what was not done', () => {
    const results = fixtureResults(({ science }) => void (science.leaveOneSiteOut = { state: 'not-done', reason: '' }));
    expect(resultsSummary(results, 'zh')).toContain('留一中心验证：— 未做');
    const unpooled = fixtureResults(({ science }) => {
      if (science.leaveOneSiteOut.state === 'ok') science.leaveOneSiteOut.value.pooled = { state: 'not-done', reason: '' };
    });
    expect(resultsSummary(unpooled, 'en')).toContain('Leave-one-site-out AUC: 0.500 to 0.648 by site; pooled: — not done');
  });
});
