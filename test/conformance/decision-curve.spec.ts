import { describe, expect, it } from 'vitest';
import { near, onReference } from './reference-method.js';
import type { Results } from './reference-method.js';
import { numbers, referenceColumns, referenceFolder, warnIfAbsent } from './roc-reference.js';

const path = ['calibration-dca', 'duke-h3-to-others'] as const;

describe.skipIf(!referenceFolder)('method decision-curve against dcurves', () => {
  warnIfAbsent('decision curves against dcurves');

  it('every strategy at every threshold, over the real sites', async () => {
    const columns = referenceColumns(...path, 'decision_curve.csv');
    const found = await onReference('decision-curve', [...path, 'input.csv'], { outcome: 'y', scores: ['p_six', 'p_two'] });
    const at = new Map<string, Results>(found.curve.map((row: Results) => [`${row.variable} ${row.threshold}`, row]));
    const variables = columns['variable'] as readonly string[];
    const thresholds = numbers(columns, 'threshold');
    expect(variables.length).toBe(found.curve.length);
    for (const name of ['pos_rate', 'tp_rate', 'fp_rate', 'net_benefit']) {
      const expected = numbers(columns, name);
      // The textbook formula to 1e-16; 15 digits are printed.
      variables.forEach((variable, k) =>
        near(at.get(`${variable} ${thresholds[k]}`)?.[name], expected[k], 1e-12, `${name} ${variable} ${thresholds[k]}`),
      );
    }
  });
});
