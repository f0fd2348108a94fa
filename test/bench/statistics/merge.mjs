// Runs that were written before, as one: the median, figure by figure.
import { median } from '../federation/measuring.mjs';
import { meets } from '../harness/targets.mjs';

/** @typedef {import('./report.mjs').Run} Run */

/** One run whose every figure is the median of the same figure of all runs that have it: runs of different cases add up. @returns {Run} */
export function medianRun(/** @type {readonly [Run, ...Run[]]} */ runs) {
  const [first] = runs;
  if (runs.some((run) => run.quick !== first.quick)) throw new Error('full and quick runs are not comparable');
  const names = new Set(runs.flatMap((run) => run.cases.map(({ name }) => name)));
  const cases = [...names].map((name) => {
    const [one, ...others] = runs.flatMap((run) => run.cases.filter((each) => each.name === name));
    return medianCase(/** @type {Run['cases'][number]} */ (one), others);
  });
  return { ...first, machine: { ...first.machine, load: median(runs.map((run) => run.machine.load)) }, cases };
}

function medianCase(/** @type {Run['cases'][number]} */ one, /** @type {readonly Run['cases'][number][]} */ others) {
  const all = [one, ...others];
  const rows = one.rows.map((row, r) => {
    const values = all.map((each) => each.rows[r]?.value).filter((value) => value !== undefined);
    if (row.value === undefined || values.length === 0) return row;
    const value = median(values);
    return { ...row, value, ...(row.target === undefined ? {} : { met: meets(value, row.target) }) };
  });
  if (one.growth === undefined) return { ...one, rows };
  const growth = one.growth.map((cell, k) => ({
    ...cell,
    seconds: median(all.map((each) => each.growth?.[k]?.seconds ?? NaN)),
    cpuSeconds: median(all.map((each) => each.growth?.[k]?.cpuSeconds ?? NaN)),
    peakMib: median(all.map((each) => each.growth?.[k]?.peakMib ?? NaN)),
  }));
  return { ...one, rows, growth };
}
