// The outcomes as tables for a terminal.
import { markdownTable, number, terminalTable } from '../harness/tables.mjs';
import { machineLines } from '../harness/words.mjs';
import { say } from './words.mjs';

/**
 * @typedef {import('./cases.mjs').Outcome & { name: string, seconds: number, rss: Record<string, number> }} Done
 * @typedef {import('../harness/machine.mjs').Machine} Machine
 */

/** All tables, for a terminal or as Markdown. @returns {string} */
export function report(
  /** @type {{ machine: Machine, date: string, quick: boolean, markdown: boolean, cases: readonly Done[] }} */ {
    machine,
    date,
    quick,
    markdown,
    cases,
  },
) {
  const length = quick ? '10^5' : '10^6';
  const rows = [say('headings').split('|'), ...cases.flatMap((done) => rowsOf(done, length))];
  const table = markdown ? markdownTable : terminalTable;
  const grown = cases.flatMap((done) => (done.growth ? ['', say('growth'), '', table(growthRows(done.growth))] : []));
  return [...machineLines({ machine, date }, say), '', table(rows), ...grown, ''].join('\n');
}

function rowsOf(/** @type {Done} */ { name, figures = [], rss }, /** @type {string} */ length) {
  if (figures.length === 0) return [];
  const lines = figures.map(({ name: figure, value, unit, target, met, ratio }) => [
    say(figure),
    number(value),
    unit,
    target === undefined ? '' : `${target} ${say(met ? 'met' : 'missed')}`,
    ratio === undefined ? '' : `${number(ratio.value)} ${say(`to.${ratio.to}`)}`,
  ]);
  const light = name === 'rounds8OverNats' || name === 'millionOverNats';
  const memory = Object.entries(rss)
    // A case that only starts other processes holds nothing worth telling.
    .filter(([who]) => !(who === 'thisProcess' && name === 'rounds8SiteNodes'))
    .map(([who, mib]) => [say(who === 'thisProcess' && light ? 'rss.thisProcess.sites' : `rss.${who}`), number(mib), 'MiB', '', '']);
  return [...lines, ...memory].map((line, i) => [i === 0 ? say(name, { length }) : '', ...line]);
}

function growthRows(/** @type {{ sites: number, length: number, seconds: number }[]} */ cells) {
  const sites = [...new Set(cells.map((cell) => cell.sites))];
  const lengths = [...new Set(cells.map((cell) => cell.length))];
  const rows = lengths.map((length) => [
    String(length),
    ...sites.map((count) => {
      const cell = cells.find((each) => each.length === length && each.sites === count);
      return cell === undefined ? '-' : number(cell.seconds);
    }),
  ]);
  return [[say('length'), ...sites.map((count) => say('sites', { count }))], ...rows];
}
