import { describe, expect, it } from 'vitest';
import { defaultStrategies, meanInterval, netBenefit, netBenefitDifference } from './net-benefit.js';

const counts = { threshold: 0.2, participants: 200, events: 50, truePositives: 40, falsePositives: 60 };

/** What each participant adds to the net benefit: true positives 1, false positives minus the weight. */
function terms(tp: number, fp: number, rest: number, weight: number): number[] {
  return [...Array<number>(tp).fill(1), ...Array<number>(fp).fill(-weight), ...Array<number>(rest).fill(0)];
}

function meanAndSe(values: readonly number[]): [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
  return [mean, Math.sqrt(variance / values.length)];
}

describe('netBenefit', () => {
  it('is TP / N - FP / N t / (1 - t), with the interval of a mean over participants', () => {
    const { netBenefit: value, standardized, interval } = netBenefit(counts);
    const [mean, se] = meanAndSe(terms(40, 60, 100, 0.25));
    expect(value).toBeCloseTo(40 / 200 - (60 / 200) * 0.25, 12);
    expect(value).toBeCloseTo(mean, 12);
    expect(standardized).toBeCloseTo(mean / 0.25, 12);
    expect(interval?.high).toBeCloseTo(mean + 1.959963984540054 * se, 12);
  });

  it('of treating nobody is 0; of treating all the textbook formula; against itself nothing is gained', () => {
    const { all, none } = defaultStrategies(0.2, 200, 50);
    expect(none.netBenefit).toBe(0);
    expect(none.interval).toBeNull();
    expect(all.netBenefit).toBeCloseTo(0.25 - 0.75 * 0.25, 12);
    expect(all).toMatchObject({ overAll: 0, overAllInterval: null });
  });

  it('interventions avoided: false positives saved per participant, net of the events missed', () => {
    const { interventionsAvoided, overAll } = netBenefit(counts);
    expect(overAll).toBeCloseTo((90 * 0.25 - 10) / 200, 12);
    expect(interventionsAvoided).toBeCloseTo((90 - 10 / 0.25) / 200, 12);
  });
});

describe('netBenefitDifference', () => {
  it('comes from the participants on whom the models disagree', () => {
    const { difference, interval } = netBenefitDifference(0.2, 200, [6, 2], [5, 9]);
    const values = [
      ...Array<number>(6).fill(1),
      ...Array<number>(2).fill(-1),
      ...Array<number>(5).fill(-0.25),
      ...Array<number>(9).fill(0.25),
    ];
    const [mean, se] = meanAndSe([...values, ...Array<number>(200 - values.length).fill(0)]);
    expect(difference).toBeCloseTo(mean, 12);
    expect(interval?.low).toBeCloseTo(mean - 1.959963984540054 * se, 12);
    expect(netBenefitDifference(0.2, 200, [0, 0], [0, 0])).toMatchObject({ difference: 0, interval: null });
  });
});

describe('meanInterval', () => {
  it('has none for one participant', () => expect(meanInterval(1, 1, 1)).toBeNull());
});
