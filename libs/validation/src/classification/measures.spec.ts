import { describe, expect, it } from 'vitest';
import { cohenKappa, mcNemar } from './agreement.js';
import { clopperPearson } from './clopper-pearson.js';
import { classificationMeasures } from './measures.js';
import { integratedDiscrimination, netReclassification } from './reclassification.js';

describe('clopperPearson', () => {
  it('is binom.test of R', () => {
    const { low, high } = clopperPearson(7, 19) ?? { low: NaN, high: NaN };
    expect(low).toBeCloseTo(0.1628858721551, 12);
    expect(high).toBeCloseTo(0.616422076685595, 12);
    expect(clopperPearson(0, 12)?.low).toBe(0);
    expect(clopperPearson(0, 12)?.high).toBeCloseTo(0.264648469397051, 12);
    expect(clopperPearson(12, 12)?.low).toBeCloseTo(0.735351530602949, 12);
    expect(clopperPearson(12, 12)?.high).toBe(1);
    expect(clopperPearson(0, 0)).toBeNull();
  });
});

describe('classificationMeasures', () => {
  it('likelihood ratios: the example of epiR::epi.tests (Scott et al. 2008)', () => {
    const counts = { truePositives: 670, falsePositives: 202, falseNegatives: 74, trueNegatives: 640 };
    const { positiveRatio, negativeRatio, youden } = classificationMeasures(counts);
    const rounded = ({ estimate, interval }: typeof positiveRatio) => [estimate, interval?.low, interval?.high].map((x) => x?.toFixed(2));
    expect(rounded(positiveRatio)).toEqual(['3.75', '3.32', '4.24']);
    expect(rounded(negativeRatio)).toEqual(['0.13', '0.11', '0.16']);
    expect(youden).toBeCloseTo(0.66, 2);
    const none = classificationMeasures({ ...counts, falsePositives: 0 });
    expect(none.positiveRatio.interval).toBeNull();
  });

  it('follow from the four cells', () => {
    const m = classificationMeasures({ truePositives: 20, falseNegatives: 5, trueNegatives: 60, falsePositives: 15 });
    expect(m.sensitivity.estimate).toBe(0.8);
    expect(m.specificity.estimate).toBe(0.8);
    expect(m.ppv.estimate).toBeCloseTo(20 / 35, 12);
    expect(m.npv.estimate).toBeCloseTo(60 / 65, 12);
    expect(m.accuracy.estimate).toBe(0.8);
    expect(m.f1).toBeCloseTo(40 / 60, 12);
    expect(m.mcc).toBeCloseTo((20 * 60 - 15 * 5) / Math.sqrt(35 * 25 * 75 * 65), 12);
    expect(m.balancedAccuracy).toBeCloseTo(0.8, 12);
  });

  it('do not exist without their trials', () => {
    const m = classificationMeasures({ truePositives: 0, falseNegatives: 0, trueNegatives: 3, falsePositives: 0 });
    expect(m.sensitivity.estimate).toBeNaN();
    expect(m.sensitivity.exact).toBeNull();
    expect(m.mcc).toBeNaN();
    expect(m.f1).toBeNaN();
  });
});

describe('mcNemar', () => {
  it('corrects unless the discordant pairs are equal', () => {
    expect(mcNemar(10, 4)).toMatchObject({ statistic: 36 / 14, correctedStatistic: 25 / 14 });
    expect(mcNemar(5, 4).correctedP).toBe(1);
    expect(mcNemar(4, 4)).toMatchObject({ statistic: 0, correctedStatistic: 0, p: 1 });
    expect(mcNemar(0, 0).p).toBeNaN();
  });

  it('exact p is binom.test(4, 14) of R', () => {
    expect(mcNemar(10, 4).exactP).toBeCloseTo(0.1795654296875, 12);
    expect(mcNemar(3, 3).exactP).toBe(1);
  });
});

describe('cohenKappa', () => {
  it('is the standard example of Cohen 1960 for two raters', () => {
    const { kappa, standardError, interval } = cohenKappa(Float64Array.of(20, 5, 10, 15), 2);
    expect(kappa).toBeCloseTo(0.4, 12);
    // psych 2.2.9: cohen.kappa(matrix(c(20, 10, 5, 15), 2))$confid
    expect(standardError).toBeCloseTo(0.126996063, 8);
    expect([interval?.low, interval?.high].map((v) => Math.round((v as number) * 1e8))).toEqual([15109229, 64890771]);
  });

  it('has no interval where one rater says the same of everyone, and no value where both do', () => {
    expect(cohenKappa(Float64Array.of(10, 20, 0, 0), 2)).toMatchObject({ kappa: 0, standardError: 0, interval: null });
    expect(cohenKappa(Float64Array.of(10, 0, 0, 0), 2).kappa).toBeNaN();
  });
});

describe('netReclassification', () => {
  // Old model in rows, three categories: 6 events move up and 2 down of 30; 4 others move up and 10 down of 100.
  const table = {
    rows: 3,
    columns: 3,
    positives: Float64Array.of(8, 3, 1, 1, 8, 2, 0, 1, 6),
    negatives: Float64Array.of(60, 3, 0, 6, 16, 1, 1, 3, 10),
  };

  it('counts moves of events and of the others apart', () => {
    const { eventsUp, eventsDown, othersUp, othersDown, ofEvents, ofOthers, total } = netReclassification(table);
    expect([eventsUp, eventsDown, othersUp, othersDown]).toEqual([6, 2, 4, 10]);
    expect(ofEvents.estimate).toBeCloseTo(4 / 30, 12);
    expect(ofOthers.estimate).toBeCloseTo(6 / 100, 12);
    expect(total.estimate).toBeCloseTo(4 / 30 + 0.06, 12);
    expect(ofEvents.standardError).toBeCloseTo(Math.sqrt((8 / 30 - (4 / 30) ** 2) / 30), 12);
  });

  it('is 0 without moves, and then has no interval', () => {
    const still = netReclassification({
      rows: 2,
      columns: 2,
      positives: Float64Array.of(3, 0, 0, 4),
      negatives: Float64Array.of(5, 0, 0, 6),
    });
    expect(still.total).toMatchObject({ estimate: 0, interval: null });
  });
});

describe('integratedDiscrimination', () => {
  it('is the gain of mean probability among events plus the loss among the others, with paired variances', () => {
    const events = [0.1, 0.2, -0.05];
    const others = [-0.1, 0.05, -0.02, -0.03];
    const sums = (d: number[]) => ({
      participants: d.length,
      first: d.reduce((a, b) => a + b, 0),
      second: d.reduce((a, b) => a + b * b, 0),
    });
    const { total, ofEvents, ofOthers } = integratedDiscrimination(sums(events), sums(others));
    expect(ofEvents.estimate).toBeCloseTo(0.25 / 3, 12);
    expect(ofOthers.estimate).toBeCloseTo(0.1 / 4, 12);
    const variance = (d: number[]) => {
      const mean = d.reduce((a, b) => a + b, 0) / d.length;
      return d.reduce((a, b) => a + (b - mean) ** 2, 0) / (d.length - 1) / d.length;
    };
    expect(total.standardError).toBeCloseTo(Math.sqrt(variance(events) + variance(others)), 12);
  });
});
