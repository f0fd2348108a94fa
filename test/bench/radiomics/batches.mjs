// A list of cases through the command line, with one worker thread and with two.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../apps/cli/bin/cohortium.mjs', import.meta.url));

/** Seconds of the clock, the least of some turns. @returns {{ one: number, two: number }} */
export function batches(
  /** @type {{ folder: string, files: import('./regions.mjs').RegionFiles, cases: number, turns: number }} */ {
    folder,
    files,
    cases,
    turns,
  },
) {
  const list = join(folder, 'cases.csv');
  const rows = Array.from({ length: cases }, (_, n) => `case${n},${files.image},${files.mask}`);
  writeFileSync(list, ['case,image,mask', ...rows, ''].join('\n'));
  const settings = join(folder, 'settings.yaml');
  writeFileSync(settings, 'discretization: { method: FBN, bins: 64 }\n');
  const least = { one: Infinity, two: Infinity };
  for (let turn = 0; turn < turns; turn++) {
    least.one = Math.min(least.one, seconds(list, settings, 1));
    least.two = Math.min(least.two, seconds(list, settings, 2));
  }
  return least;
}

function seconds(/** @type {string} */ list, /** @type {string} */ settings, /** @type {number} */ workers) {
  const begun = performance.now();
  const args = [program, 'extract', '--batch', list, '--settings', settings, '--workers', String(workers), '--csv'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`extract --batch: exit code ${status}: ${stderr.slice(-300)}`);
  return (performance.now() - begun) / 1000;
}
