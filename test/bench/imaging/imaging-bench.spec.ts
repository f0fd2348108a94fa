import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adcFit, biasField, kineticFit } from './measure.mjs';
import { report } from './report.mjs';

const machine = { cpu: 'a processor', cores: 2, memoryGib: 4, platform: 'linux', node: '20', load: 0.2 };

beforeEach(() => vi.stubEnv('COHORTIUM_LANG', 'en'));
afterEach(() => vi.unstubAllEnvs());

/** That the benchmark measures what it says; how long anything takes is no matter of a test. */
describe('the benchmark of maps', () => {
  it('fits what it made', () => {
    const { voxels, failedShare, worst, cpuSeconds } = kineticFit({ model: 'tofts', slices: 1 });
    expect(voxels).toBe(65_536);
    expect(failedShare).toBe(0);
    expect(worst).toBeLessThan(0.01);
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(adcFit({ slices: 1 }).voxels).toBe(65_536);
    expect(biasField({ slices: 2 }).cpuSeconds).toBeGreaterThan(0);
  });

  it('tells targets, peers and their absence', () => {
    const rows = [
      { figure: 'wholeVolume', value: 12, unit: 's', target: '<= 20', met: true },
      { figure: 'peer', value: 500, unit: '1/s', times: 600 },
      { figure: 'peer', absent: 'no Python' },
      { figure: 'worst', value: NaN },
    ];
    const text = report({
      ...{ schemaVersion: 1, benchmark: 'imaging', quick: true, date: '2026-01-01', machine, markdown: true },
      cases: [{ name: 'tofts', rows }],
    });
    expect(text).toContain('| CPU for the whole volume | 12.0 | s | <= 20 met |');
    expect(text).toContain('ours 600 x');
    expect(text).toContain('absent: no Python');
    expect(text).not.toContain('NaN');
  });
});
