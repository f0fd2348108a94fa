// The outcomes as tables, for a terminal or as Markdown.
import { markdownTable, number, terminalTable } from '../harness/tables.mjs';
import { machineLines } from '../harness/words.mjs';
import { hasWords, say } from './words.mjs';

/**
 * @typedef {import('./cases.mjs').Outcome & { name: string, seconds: number }} Done
 * @typedef {import('../harness/machine.mjs').Machine} Machine
 * @typedef {{ schemaVersion: 1, benchmark: string, quick: boolean, date: string, machine: Machine, cases: Done[] }} Run
 */

/** All tables. @returns {string} */
export function report(/** @type {Run & { markdown: boolean }} */ { machine, date, markdown, cases }) {
  const table = markdown ? markdownTable : terminalTable;
  const rows = [say('headings').split('|'), ...cases.flatMap(rowsOf)];
  const grown = cases.flatMap((done) => (done.growth ? ['', say('growthTitle'), '', table(growthRows(done))] : []));
  return [...machineLines({ machine, date }, say), '', table(rows), ...grown, ''].join('\n');
}

function rowsOf(/** @type {Done} */ { name, rows }) {
  return rows.map((row, n) => {
    const target = row.target === undefined ? '' : `${row.target} ${say(row.met ? 'met' : 'missed')}`;
    const title = n === 0 ? say(name) : '';
    const figure = say(row.figure, { who: row.who ?? '' });
    if (row.absent !== undefined) return [title, figure, '', '', '', '', say('absent', { reason: row.absent }), '', ''];
    const unit = row.unit === undefined ? '' : hasWords(row.unit) ? say(row.unit) : row.unit;
    return [
      title,
      figure,
      number(row.cpuMs),
      number(row.wallMs),
      number(row.firstMs),
      row.features === undefined ? '' : String(row.features),
      `${number(row.value)} ${unit}`.trim(),
      row.times === undefined ? '' : `${number(row.times)} x`,
      target,
    ];
  });
}

function growthRows(/** @type {Done} */ { growth = [], sizes = [] }) {
  const nameOf = (/** @type {string} */ name) => say(hasWords(`family.${name}`) ? `family.${name}` : name).trim();
  return [
    [say('family'), ...sizes.map(String), say('exponentHeading')],
    ...growth.map(({ name, ms, exponent }) => [nameOf(name), ...ms.map(number), exponent.toFixed(2)]),
  ];
}
