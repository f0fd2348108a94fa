import { siteScores } from '@cohortium/analysis';
import { describe, expect, it } from 'vitest';
import { countNumbers, differences } from '../e2e/compare.js';
import { dukeAvailable, readDuke, runDuke } from './duke.js';

// The default study on 727 real patients of six scanners, one of them external. Tolerance 1e-9 x max(1, |value|): both runs use the
// same algorithms, so only the rounding of sums differs; medians and scales in raw units are compared relative to their size.
describe.skipIf(!dukeAvailable)('the default study on the Duke table, H8 external', () => {
  it('equals the pooled analysis within 1e-9 in every number and prediction', async () => {
    const study = readDuke('her2-radiomics', ['H8']);
    const simulated = await runDuke(study, 'simulated');
    const pooled = await runDuke(study, 'pooled');
    expect(countNumbers(simulated.science)).toBeGreaterThan(4000);
    expect(differences(simulated.science, pooled.science, 1e-9)).toEqual([]);
    let largest = 0;
    for (const operation of ['validation.external@1', 'loso.held-out@1']) {
      for (const cohort of study.cohorts.values()) {
        const a = siteScores(operation, simulated.asked.get(operation), cohort);
        const b = siteScores(operation, pooled.asked.get(operation), cohort);
        a?.probabilities.forEach((p, m) =>
          p.forEach((x, i) => (largest = Math.max(largest, Math.abs(x - (b?.probabilities[m]?.[i] as number))))),
        );
      }
    }
    console.info(`largest difference of predictions ${largest.toExponential(2)}`);
    expect(largest).toBeLessThan(1e-9);
  }, 600_000);
});
