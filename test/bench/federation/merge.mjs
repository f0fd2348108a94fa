// The median of several runs, figure by figure.
import { median } from './measuring.mjs';
import { meets } from '../harness/targets.mjs';

/**
 * @typedef {import('./report.mjs').Done} Done
 * @typedef {{ schemaVersion: 1, benchmark: string, quick: boolean, date: string, machine: import('./report.mjs').Machine, cases: Done[] }} Run
 */

/** One run whose every figure is the median of the same figure of all runs; cases and figures are those of the first. @returns {Run} */
export function medianRun(/** @type {readonly [Run, ...Run[]]} */ runs) {
  const [first] = runs;
  if (runs.some((run) => run.quick !== first.quick)) throw new Error('full and quick runs are not comparable');
  const load = median(runs.map((run) => run.machine.load));
  const cases = first.cases.map((done) => {
    const same = runs.flatMap((run) => run.cases.filter((each) => each.name === done.name));
    return { ...done, ...medianCase(done, same) };
  });
  return { ...first, machine: { ...first.machine, load }, cases };
}

function medianCase(/** @type {Done} */ done, /** @type {readonly Done[]} */ same) {
  const of = (/** @type {(each: Done) => number | undefined} */ pick) =>
    median(
      same
        .map(pick)
        .filter((value) => value !== undefined)
        .map(Number),
    );
  return {
    seconds: of((each) => each.seconds),
    rss: Object.fromEntries(Object.keys(done.rss).map((who) => [who, of((each) => each.rss[who])])),
    figures: done.figures?.map((figure) => {
      const value = of((each) => find(each, figure.name)?.value);
      const met = figure.target === undefined ? undefined : meets(value, figure.target);
      const ratio = figure.ratio && { ...figure.ratio, value: of((each) => find(each, figure.name)?.ratio?.value) };
      return { ...figure, value, ...(met === undefined ? {} : { met }), ...(ratio === undefined ? {} : { ratio }) };
    }),
    growth: done.growth?.map((cell) => ({
      ...cell,
      seconds: of((each) => each.growth?.find((other) => other.sites === cell.sites && other.length === cell.length)?.seconds),
    })),
  };
}

function find(/** @type {Done} */ { figures = [] }, /** @type {string} */ name) {
  return figures.find((figure) => figure.name === name);
}
