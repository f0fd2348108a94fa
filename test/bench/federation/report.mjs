// The outcomes as tables for a terminal.
import { say } from './words.mjs';

/**
 * @typedef {import('./cases.mjs').Outcome & { name: string, seconds: number, rss: Record<string, number> }} Done
 * @typedef {{ cpu: string, cores: number, memoryGib: number, platform: string, node: string, load: number }} Machine
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
  const busy = machine.load > machine.cores / 2 ? [say('busy', { load: machine.load.toFixed(1), cores: machine.cores })] : [];
  return [say('machine', { ...machine, load: machine.load.toFixed(1), date }), ...busy, '', table(rows), ...grown, ''].join('\n');
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

/** Three significant digits. */
function number(/** @type {number} */ value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Columns of Chinese characters are two cells wide in a terminal. */
function width(/** @type {string} */ text) {
  return [...text].reduce((sum, character) => sum + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0);
}

function terminalTable(/** @type {readonly (readonly string[])[]} */ rows) {
  const columns = (rows[0] ?? []).map((_, j) => Math.max(...rows.map((row) => width(row[j] ?? ''))));
  const line = (/** @type {readonly string[]} */ row) =>
    row
      .map((cell, j) => cell + ' '.repeat((columns[j] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), columns.map((count) => '-'.repeat(count)).join('  '), ...body.map(line)].join('\n');
}

function markdownTable(/** @type {readonly (readonly string[])[]} */ rows) {
  const line = (/** @type {readonly string[]} */ row) => `| ${row.map((cell) => cell.trim()).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
