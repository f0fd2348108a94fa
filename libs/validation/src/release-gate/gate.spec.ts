import { describe, expect, it } from 'vitest';
import { defaultReleaseRule, gateTests, releaseGate, verdictTexts } from './gate.js';
import type { GateFigures } from './gate.js';

const good: GateFigures = {
  auc: { estimate: 0.9, low: 0.86 },
  predictionLow: 0.8,
  slope: { low: 0.9, high: 1.1 },
  netBenefit: [
    { threshold: 0.1, model: 0.15, all: 0.1, none: 0 },
    { threshold: 0.3, model: 0.1, all: -0.05, none: 0 },
    { threshold: 0.8, model: -0.5, all: -3, none: 0 },
  ],
  externalSites: 4,
};
const rule = { ...defaultReleaseRule, floor: 0.75 };
const passes = (figures: GateFigures, under = rule) =>
  Object.fromEntries(releaseGate(figures, under).tests.map(({ name, passed }) => [name, passed]));

describe('releaseGate', () => {
  it('shows every test, whatever the verdict', () => {
    expect(releaseGate(good, rule).tests.map(({ name }) => name)).toEqual([...gateTests]);
    expect(Object.values(passes(good))).toEqual(gateTests.map(() => true));
    expect(releaseGate(good, rule)).toMatchObject({ meets: true, verdict: 'meets' });
  });

  it('does not read the point estimate: 0.9 with a lower bound below the cut does not meet', () => {
    const card = releaseGate({ ...good, auc: { estimate: 0.9, low: 0.8499 } }, rule);
    expect(card).toMatchObject({ meets: false, verdict: 'doesNotMeet' });
    expect(card.tests[0]).toMatchObject({ name: 'pointEstimate', passed: true });
  });

  it.each<[string, Partial<GateFigures>, string]>([
    ['prediction interval below the floor', { predictionLow: 0.7 }, 'predictionInterval'],
    ['slope interval without 1', { slope: { low: 0.5, high: 0.9 } }, 'calibrationSlope'],
    ['slope unknown', { slope: null }, 'calibrationSlope'],
    [
      'net benefit below treating all somewhere in the range',
      { netBenefit: [{ threshold: 0.1, model: 0.1, all: 0.1, none: 0 }] },
      'netBenefit',
    ],
    ['no threshold within the range', { netBenefit: [{ threshold: 0.9, model: 1, all: 0, none: 0 }] }, 'netBenefit'],
    ['two external sites', { externalSites: 2 }, 'externalSites'],
    ['no interval of the AUC', { auc: { estimate: 0.9, low: null } }, 'lowerBound'],
  ])('%s fails its test alone', (_, change, name) => {
    const found = passes({ ...good, ...change });
    expect(Object.keys(found).filter((test) => found[test] === false)).toEqual([name]);
  });

  it('needs all tests where the rule says so; a floor that was not set cannot be passed', () => {
    expect(releaseGate({ ...good, externalSites: 2 }, { ...rule, verdictNeeds: 'all' }).meets).toBe(false);
    const open = releaseGate(good, defaultReleaseRule).tests.find(({ name }) => name === 'predictionInterval');
    expect(open).toMatchObject({ passed: false, known: false, limit: null });
  });

  it("says the study's rule, and nothing of treatment", () => {
    expect(verdictTexts.en.doesNotMeet).toBe("does not meet the study's release rule");
    expect(Object.values(verdictTexts.en).join()).not.toMatch(/treat|suitable|safe/);
  });
});
