import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { medianRun } from './merge.mjs';
import { extraction, families, growth } from './own-measurements.mjs';
import { largeRegion, lesion, lesionOf, readRegion, writeRegion } from './regions.mjs';
import { report } from './report.mjs';
import type { Run } from './report.mjs';
import { exponentOf, summary } from './timing.mjs';

/** That the benchmark runs and tells what it measured; how long anything takes is no matter of a test. */
const machine = { cpu: 'a processor', cores: 2, memoryGib: 4, platform: 'linux', node: '20', load: 0.2 };
const little = { seconds: 0, atLeast: 1 };
const count = (voxels: Uint8Array) => voxels.reduce((sum, voxel) => sum + voxel, 0);

function runOf(cpuMs: number, absent?: string): Run {
  const own = { figure: 'own', cpuMs, wallMs: 2 * cpuMs, firstMs: 9 * cpuMs, features: 107 };
  const peer = { figure: 'peer', who: 'PyRadiomics 3.0.1', cpuMs: 100, times: 100 / cpuMs, target: '>= 10', met: 100 / cpuMs >= 10 };
  const rows = [own, absent === undefined ? peer : { figure: 'peer', who: 'MIRP', absent }];
  const grown = { name: 'growth', seconds: 1, rows: [], growth: [{ name: 'glcm', ms: [cpuMs], exponent: 1, met: true }], sizes: [10_000] };
  const cases = [{ name: 'defaultBreast1', seconds: 1, rows }, grown];
  return { schemaVersion: 1, benchmark: 'radiomics', quick: false, date: '2026-01-01', machine, cases };
}

beforeEach(() => vi.stubEnv('COHORTIUM_LANG', 'en'));
afterEach(() => vi.unstubAllEnvs());

describe('the benchmark of the extractor', () => {
  it('makes lesions of the wanted size, and lays one into a large volume', () => {
    for (const wanted of [5_000, 40_000]) expect(count(lesionOf(wanted).mask.voxels) / wanted).toBeCloseTo(1, 0);
    const values = lesion(12).image.values;
    expect(new Set(values).size).toBeGreaterThan(30);
    expect(values.every((value) => Number.isInteger(value) && value >= 1 && value <= 64)).toBe(true);
    const { image, mask } = largeRegion([50, 48, 40], 2_000);
    expect(image.values).toHaveLength(50 * 48 * 40);
    expect(count(mask.voxels)).toBe(count(lesionOf(2_000).mask.voxels));
  });

  it('measures extractions from files, families and growth', () => {
    const folder = mkdtempSync(join(tmpdir(), 'radiomics-bench-'));
    try {
      const region = lesion(10);
      const files = writeRegion(folder, 'small', region);
      expect(readRegion(files).mask.voxels).toEqual(region.mask.voxels);
      expect(extraction({ files, task: 'default', ...little }).features).toBe(107);
      expect(extraction({ files, task: 'all', ...little }).features).toBe(174);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const measured = families({ side: 8, ...little });
    expect(measured.families.reduce((sum, { features }) => sum + features, 0)).toBe(174);
    expect(measured.withoutPairs.features).toBe(172);
    expect(measured.bytesPerSecond).toBeGreaterThan(1e6);
    expect(growth({ voxels: [300, 900], ...little }).rows).toHaveLength(2);
  });

  it('leaves the warm-up out of medians and finds exponents', () => {
    expect(summary([90, 50, 3, 1, 2, 2], [9, 8, 1, 1, 1, 1])).toMatchObject({ firstMs: 90, wallMs: 2, leastWallMs: 1, cpuMs: 1, calls: 4 });
    expect(summary([7], [6])).toMatchObject({ firstMs: 7, wallMs: 7, cpuMs: 6 });
    expect(exponentOf([10, 100, 1000].map((x) => ({ x, y: 3 * x ** 1.5 })))).toBeCloseTo(1.5, 12);
  });

  it('takes medians of runs figure by figure, and holds the target to the median', () => {
    const { cases } = medianRun([runOf(5), runOf(20), runOf(12.5)]);
    expect(cases[0]?.rows[0]).toMatchObject({ cpuMs: 12.5, wallMs: 25 });
    expect(cases[0]?.rows[1]).toMatchObject({ times: 8, met: false });
    expect(cases[1]?.growth?.[0]?.ms).toEqual([12.5]);
    expect(() => medianRun([runOf(1), { ...runOf(1), quick: true }])).toThrow('not comparable');
  });

  it('says when a peer is absent and why, when a target was missed, and when the machine was busy', () => {
    const calm = report({ ...runOf(5), markdown: true });
    expect(calm).toContain('| PyRadiomics 3.0.1 | 100 |  |  |  |  | 20.0 x | >= 10 met |');
    expect(report({ ...runOf(20), markdown: false })).toContain('MISSED');
    expect(report({ ...runOf(5, 'no Python 3.11 or newer'), markdown: false })).toContain('absent: no Python 3.11 or newer');
    const busy = report({ ...runOf(5), machine: { ...machine, load: 9 }, markdown: true });
    expect(busy.split('\n').length).toBe(calm.split('\n').length + 1);
    vi.stubEnv('COHORTIUM_LANG', 'zh');
    expect(report({ ...runOf(20), markdown: false })).toContain('未达到');
  });
});
