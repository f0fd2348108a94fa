import { logit } from '@cohortium/numerics';
import { brier, calibrationInTheLarge, calibrationSlope, sitePerformance } from '@cohortium/validation';
import { describe, expect, it } from 'vitest';
import { numbers, referenceColumns, referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

interface CalibrationReference {
  readonly calibration_in_the_large: { estimate: number; se: number; wald95: readonly [number, number] };
  readonly slope_model: { slope: number; slope_se: number; slope_wald95: readonly [number, number] };
  readonly brier: number;
}

function near(actual: number | undefined, expected: number, within: number): void {
  expect(Math.abs((actual ?? NaN) - expected)).toBeLessThanOrEqual(within);
}

describe.skipIf(!referenceFolder)('calibration against stats::glm of R and rms 6.5.0', () => {
  warnIfAbsent('calibration against R');
  const path = ['calibration-dca', 'duke-h3-to-others'] as const;

  it.each(['p_six', 'p_two'])('%s: calibration-in-the-large, slope and Brier score', (model) => {
    const columns = referenceColumns(...path, 'input.csv');
    const { predictions } = JSON.parse(referenceText(...path, 'calibration.json')) as {
      predictions: Readonly<Record<string, CalibrationReference>>;
    };
    const expected = predictions[model] as CalibrationReference;
    const outcome = numbers(columns, 'y');
    const probabilities = numbers(columns, model);
    const linearPredictor = probabilities.map(logit);

    // R prints 15 digits. glm stops at a relative change of the deviance of 1e-8, where Newton's next step is below the last bit,
    // but it takes the standard error from the step before, which is good to 1e-9 only.
    const large = calibrationInTheLarge(outcome, linearPredictor);
    if (large.state !== 'ok') throw new Error(large.reason);
    near(large.estimate, expected.calibration_in_the_large.estimate, 1e-12);
    near(large.standardError, expected.calibration_in_the_large.se, 1e-9);
    near(large.low, expected.calibration_in_the_large.wald95[0], 2e-9);
    near(large.high, expected.calibration_in_the_large.wald95[1], 2e-9);

    const slope = calibrationSlope(outcome, linearPredictor);
    if (slope.state !== 'ok') throw new Error(slope.reason);
    near(slope.estimate, expected.slope_model.slope, 1e-12);
    near(slope.standardError, expected.slope_model.slope_se, 1e-9);
    near(slope.low, expected.slope_model.slope_wald95[0], 2e-9);
    near(slope.high, expected.slope_model.slope_wald95[1], 2e-9);

    near(brier(outcome, probabilities).brier, expected.brier, 1e-14);
  });

  it.each(['p_six', 'p_two'])('%s: the site figures are the same numbers', (model) => {
    const columns = referenceColumns(...path, 'input.csv');
    const outcome = numbers(columns, 'y');
    const probabilities = numbers(columns, model);
    const figures = sitePerformance(outcome, probabilities, 0.2);
    const slope = calibrationSlope(outcome, probabilities.map(logit));
    if (slope.state !== 'ok') throw new Error(slope.reason);
    expect(figures.calibrationSlope).toEqual({ state: 'ok', value: slope.estimate, low: slope.low, high: slope.high, cells: [99, 399] });
    expect(figures.brier).toMatchObject({ state: 'ok', value: brier(outcome, probabilities).brier });
  });
});
