import { describe, expect, it } from 'vitest';
import { coxSnellOf, developmentSize, maximumCoxSnell } from './development.js';
import {
  aucStandardError,
  chanceToShow,
  externalSize,
  owenT,
  sizeForAuc,
  sizeForLowerBound,
  sizeForNetBenefit,
  sizeForOe,
  sizeForSlope,
  sizeForStandardErrors,
} from './external.js';
import { betaInformation, fitLinearPredictor, normalInformation, operatingPoint } from './score-model.js';

/** Within a share of a golden value that was simulated. */
function within(found: number | undefined, golden: number, share: number): void {
  expect(Math.abs((found as number) - golden) / golden, `${found} for ${golden}`).toBeLessThanOrEqual(share);
}

const develop = (parameters: number, prevalence: number, known: Parameters<typeof coxSnellOf>[0]) =>
  developmentSize({ parameters, prevalence, shrinkage: 0.9, coxSnellR2: coxSnellOf(known, prevalence) });

describe('development sizes', () => {
  it('are those of pmsampsize: 24 parameters, prevalence 0.174, R2 0.288', () => {
    const size = develop(24, 0.174, { coxSnellR2: 0.288 });
    expect(size?.criteria.map(({ sampleSize }) => sampleSize)).toEqual([623, 662, 221]);
    expect(size?.sampleSize).toBe(662);
    expect(size?.events).toBeCloseTo(115.188, 9);
  });

  it('from an AUC of 0.89: pmsampsize simulates a million participants and gives 661', () => {
    // Its R2 has a simulation error of about 0.0005 of 0.29, so one or two participants.
    expect(Math.abs((develop(24, 0.174, { auc: 0.89 })?.sampleSize as number) - 661)).toBeLessThanOrEqual(2);
  });

  it('from AUCs of 0.85 and 0.80 at three prevalences, 10 and 20 parameters', () => {
    const golden: [number, number, number, number][] = [
      [0.85, 0.15, 379, 757],
      [0.85, 0.2, 309, 617],
      [0.85, 0.45, 381, 425],
      [0.8, 0.15, 547, 1093],
      [0.8, 0.2, 444, 887],
      [0.8, 0.45, 381, 591],
    ];
    // Simulated in the source: 1 %.
    for (const [auc, prevalence, ten, twenty] of golden) {
      within(develop(10, prevalence, { auc })?.sampleSize, ten, 0.01);
      within(develop(20, prevalence, { auc })?.sampleSize, twenty, 0.01);
    }
  });

  it('an R2 that no model can have has no size', () => {
    expect(develop(10, 0.1, { coxSnellR2: 0.8 })).toBeNull();
    expect(develop(10, 0.1, { nagelkerkeR2: 0.5 })?.coxSnellR2).toBeCloseTo(maximumCoxSnell(0.1) / 2, 12);
  });
});

describe('external sizes', () => {
  it('are the test vectors of pmvalsampsize: 905, 4501, 4252', () => {
    expect(sizeForOe(0.018, 1).sampleSize).toBe(905);
    expect(sizeForAuc(0.8, 0.018, 0.1)?.sampleSize).toBe(4252);
    // Its slope is from 1,000 simulated linear predictors, whose information has a standard error of about 4 %.
    within(sizeForSlope(normalInformation({ mean: -5, sd: 2.5 }), 0.2).sampleSize, 4501, 0.08);
    within(sizeForSlope(betaInformation(0.5, 0.5), 0.2).sampleSize, 1641, 0.08);
  });

  it('by prevalence and AUC: observed / expected and AUC exactly, the slope within its simulation', () => {
    const golden: [number, number, number, number, number][] = [
      [0.15, 0.8, 2179, 3300, 591],
      [0.15, 0.85, 2179, 2652, 455],
      [0.2, 0.8, 1538, 2743, 471],
      [0.2, 0.85, 1538, 2250, 363],
      [0.45, 0.8, 470, 1952, 305],
      [0.45, 0.85, 470, 1649, 235],
    ];
    for (const [prevalence, auc, oe, slope, c] of golden) {
      const size = externalSize(prevalence, auc, { oe: 0.2, slope: 0.2, auc: 0.1 });
      expect([size.oe.sampleSize, size.auc?.sampleSize]).toEqual([oe, c]);
      within(size.slope.sampleSize, slope, 0.02);
      expect(size.sampleSize).toBe(size.slope.sampleSize);
    }
  });

  it('the linear predictor has the prevalence and the AUC that were asked for', () => {
    const { prevalence, auc } = operatingPoint(fitLinearPredictor(0.15, 0.85));
    expect(prevalence).toBeCloseTo(0.15, 9);
    expect(auc).toBeCloseTo(0.85, 9);
  });

  it('sampsizeval(.1, .75, .025, .1, .1) is 1,536', () => {
    expect(sizeForStandardErrors(0.1, 0.75, { auc: 0.025, slope: 0.1, inTheLarge: 0.1 }).sampleSize).toBe(1536);
    // An AUC above 0.8 has a wider linear predictor than the formulas give; more certain predictions need fewer participants.
    expect(sizeForStandardErrors(0.1, 0.9, { auc: 0.025, slope: 0.1, inTheLarge: 0.1 }).auc).toBeLessThan(1028);
  });

  it('net benefit: the standard error of its width, rounded as in pmvalsampsize', () => {
    const size = sizeForNetBenefit({ prevalence: 0.2, sensitivity: 0.8, specificity: 0.7, threshold: 0.2, width: 0.2 });
    expect(size.standardError).toBe(0.051);
    const w = 4 * 0.25;
    expect(size.sampleSize).toBe(Math.ceil((0.16 / 0.2 + (w * w * 0.21) / 0.8 + (w * w * 0.09) / 0.16) / 0.051 ** 2));
  });

  it("Owen's T at known points", () => {
    expect(owenT(0, 1)).toBeCloseTo(1 / 8, 12);
    // T(1, 1) = Phi(1) (1 - Phi(1)) / 2.
    expect(owenT(1, 1)).toBeCloseTo((0.8413447460685429 * 0.15865525393145707) / 2, 12);
  });
});

describe('precision of an AUC', () => {
  it('expected half-widths at AUC .85 and prevalence .20', () => {
    const sizes = [36, 118, 150, 299, 730, 1500];
    expect(sizes.map((n) => Math.round(1960 * aucStandardError(0.85, n, 0.2)))).toEqual([161, 88, 78, 55, 35, 25]);
  });

  it('chance that a model shows .85 or more: the golden values are simulated, at N = 36 the normal approximation is 0.04 low', () => {
    const golden: [number, number, number, number, number][] = [
      [0.8, 36, 0.45, 0.27, 0.02],
      [0.8, 36, 0.2, 0.34, 0.05],
      [0.8, 118, 0.45, 0.11, 0.01],
      [0.8, 150, 0.2, 0.13, 0.01],
      [0.8, 300, 0.2, 0.06, 0.005],
      [0.8, 1000, 0.2, 0.001, 0.002],
    ];
    for (const [auc, n, prevalence, chance, tolerance] of golden)
      expect(Math.abs(chanceToShow(auc, 0.85, n, prevalence) - chance)).toBeLessThanOrEqual(tolerance);
  });

  it('size whose expected lower bound reaches .85, rounded to tens', () => {
    const golden = { 0.87: 2230, 0.88: 990, 0.9: 360, 0.92: 190 };
    for (const [auc, n] of Object.entries(golden)) within(sizeForLowerBound(Number(auc), 0.85, 0.2) ?? NaN, n, 0.05);
    expect(sizeForLowerBound(0.84, 0.85, 0.2)).toBeNull();
  });
});
