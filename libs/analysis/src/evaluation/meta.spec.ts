import { describe, expect, it } from 'vitest';
import { combineSites } from './meta.js';
import type { EvaluationScience, MetaResult } from './schema.js';

type Sites = Extract<EvaluationScience['sites'], { state: 'ok' }>['value'];

/** Sites that show a calibration slope and nothing else. */
function slopesOf(slopes: readonly (readonly [value: number, half: number])[]): EvaluationScience['sites'] {
  const none = { state: 'not-done', reason: 'notComputable' } as const;
  const value = slopes.map(([slope, half], k) => ({
    site: `S${k + 1}`,
    models: {
      m: {
        auc: none,
        calibration: {
          inTheLarge: none,
          observedExpected: none,
          slope: { state: 'ok', value: slope, low: slope - half, high: slope + half },
        },
      },
    },
  }));
  return { state: 'ok', value: value as unknown as Sites };
}

function slope(sites: EvaluationScience['sites']): MetaResult {
  const meta = combineSites(sites, ['m']);
  if (meta.state !== 'ok') throw new Error('no meta-analysis');
  return (meta.value['m'] as MetaResult[]).find(({ measure }) => measure === 'slope') as MetaResult;
}

describe('the variance between sites', () => {
  it('has both limits where the search finds them', () => {
    const found = slope(
      slopesOf([
        [0.9, 0.2],
        [1.1, 0.2],
        [1.3, 0.2],
        [0.7, 0.2],
        [1, 0.2],
      ]),
    );
    expect(found.tau2Beyond).toBeNull();
    expect(found.tau2).toMatchObject({ state: 'ok' });
    expect((found.tau2 as { high: number }).high).toBeLessThan(1);
  });

  it('has no upper limit where two sites are so far apart that it lies beyond the search, and says how far that went', () => {
    const found = slope(
      slopesOf([
        [0.2, 0.1],
        [1.4, 0.1],
      ]),
    );
    expect(found.tau2Beyond).toBe(100);
    expect(found.tau2).toHaveProperty('low');
    expect(found.tau2).not.toHaveProperty('high');
  });
});
