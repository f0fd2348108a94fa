// The median of several runs, figure by figure.
import { median } from '../federation/measuring.mjs';
import { meets } from '../harness/targets.mjs';

/** @typedef {import('./report.mjs').Run} Run */

const numbers = /** @type {const} */ (['cpuMs', 'wallMs', 'firstMs', 'value', 'times']);

/** One run whose every figure is the median of the same figure of all runs; cases and figures are those of the first. @returns {Run} */
export function medianRun(/** @type {readonly [Run, ...Run[]]} */ runs) {
  const [first] = runs;
  if (runs.some((run) => run.quick !== first.quick)) throw new Error('full and quick runs are not comparable');
  const cases = first.cases.map((done) => {
    const same = runs.flatMap((run) => run.cases.filter(({ name }) => name === done.name));
    return {
      ...done,
      rows: done.rows.map((row, r) =>
        medianRow(
          row,
          same.map((each) => each.rows[r]),
        ),
      ),
      ...medianGrowth(done, same),
    };
  });
  return { ...first, machine: { ...first.machine, load: median(runs.map((run) => run.machine.load)) }, cases };
}

function medianRow(/** @type {import('./cases.mjs').Row} */ row, /** @type {readonly (import('./cases.mjs').Row | undefined)[]} */ same) {
  const merged = { ...row };
  for (const key of numbers) {
    const values = same.map((each) => each?.[key]).filter((value) => value !== undefined);
    if (row[key] !== undefined && values.length > 0) merged[key] = median(values);
  }
  const judged = merged.times ?? (merged.unit === undefined ? merged.cpuMs : merged.value);
  if (row.target !== undefined && judged !== undefined) merged.met = meets(judged, row.target);
  return merged;
}

function medianGrowth(/** @type {import('./report.mjs').Done} */ { growth }, /** @type {readonly import('./report.mjs').Done[]} */ same) {
  if (growth === undefined) return {};
  return {
    growth: growth.map((line, f) => ({
      ...line,
      ms: line.ms.map((_, s) => median(same.map((each) => each.growth?.[f]?.ms[s] ?? NaN))),
      exponent: median(same.map((each) => each.growth?.[f]?.exponent ?? NaN)),
    })),
  };
}
