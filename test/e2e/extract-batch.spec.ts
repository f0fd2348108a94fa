import { readFileSync, writeFileSync } from 'node:fs';
import { writeNifti } from '@cohortium/imaging';
import type { Geometry } from '@cohortium/imaging';
import { wholeRunMs } from '@cohortium/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandLine } from './command-line.js';

const cli = new CommandLine();
afterAll(() => cli.remove());

const geometry: Geometry = { dimensions: [32, 32, 24], spacingMm: [1, 1, 1], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };

/** Writes image and mask of a made lesion: a ball of noise around a slope, differing by case. */
function lesion(name: string, seed: number): string {
  const [ni, nj, nk] = geometry.dimensions;
  const values = new Int16Array(ni * nj * nk);
  const voxels = new Uint8Array(values.length);
  let state = seed;
  for (let at = 0; at < values.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    values[at] = 100 + 3 * i + ((state >>> 16) % 200);
    voxels[at] = (i - 16) ** 2 + (j - 16) ** 2 + (k - 12) ** 2 < (7 + seed) ** 2 ? 1 : 0;
  }
  writeFileSync(cli.path(`${name}.nii`), writeNifti({ geometry, values }));
  writeFileSync(cli.path(`${name}-mask.nii`), writeNifti({ geometry, values: voxels }));
  return `${name},${name}.nii,${name}-mask.nii`;
}

const rows = ['a', 'b', 'c', 'd'].map((name, at) => lesion(name, at + 1));
const cases = cli.path('cases.csv', ['case,image,mask', rows[0], 'absent,absent.nii,a-mask.nii', ...rows.slice(1), ''].join('\n'));
const settings = cli.path(
  'settings.yaml',
  'name: e2e\ndiscretization: {method: FBN, bins: 64}\nfilters:\n  - filter: {name: laplacianOfGaussian, sigmaMm: 2}\n',
);
const extract = (out: string, workers: number) => [
  'extract',
  '--batch',
  cases,
  '--settings',
  settings,
  '--out',
  cli.path(out),
  '--workers',
  String(workers),
];

describe('cohortium extract --batch', () => {
  it(
    'a batch that was killed goes on where it stopped, to the same bytes as one that was not',
    async () => {
      const whole = await cli.run(extract('whole.json', 2));
      expect(whole.code).toBe(2);
      expect(whole.stderr).toContain('absent FAILED: CLI.CANNOT_READ');
      const killed = cli.start(extract('killed.json', 1));
      await killed.until(/of 5: b, /);
      await killed.kill();
      const again = await cli.run(extract('killed.json', 2));
      expect(again.code).toBe(2);
      expect(again.stderr).toMatch(/4 cases have features \([23] of them from an earlier run\), 1 failed/);
      const [first, second] = ['whole.json', 'killed.json'].map((name) => readFileSync(cli.path(name), 'utf8'));
      expect(second).toBe(first);
      const { cases: good, failed } = JSON.parse(first as string) as {
        cases: { case: string; features: unknown[] }[];
        failed: { case: string; error: { code: string } }[];
      };
      expect(good.map((item) => item.case)).toEqual(['a', 'b', 'c', 'd']);
      expect(failed).toMatchObject([{ case: 'absent', error: { code: 'CLI.CANNOT_READ' } }]);
      expect(cli.processes()).toEqual([]);
    },
    wholeRunMs,
  );

  it(
    'a full disk ends the batch with what is done kept',
    async () => {
      const full = await cli.run(extract('full.csv', 1), { fileLimitKib: 100 });
      expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('CLI.DISK_FULL')]);
      const after = await cli.run(extract('full.csv', 2));
      expect(after.stderr).toMatch(/from an earlier run/);
      const lines = readFileSync(cli.path('full.csv'), 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => line.split(',')[0])).toEqual(['case', 'a', 'b', 'c', 'd']);
    },
    wholeRunMs,
  );
});
