// The outcomes as tables, for a terminal or as Markdown.
import { hasWords, say } from './words.mjs';

/**
 * @typedef {import('./cases.mjs').Outcome & { name: string, seconds: number }} Done
 * @typedef {{ cpu: string, cores: number, memoryGib: number, platform: string, node: string, load: number }} Machine
 * @typedef {{ schemaVersion: 1, benchmark: 'radiomics', quick: boolean, date: string, machine: Machine, cases: Done[] }} Run
 */

/** All tables. @returns {string} */
export function report(/** @type {Run & { markdown: boolean }} */ { machine, date, markdown, cases }) {
  const table = markdown ? markdownTable : terminalTable;
  const rows = [say('headings').split('|'), ...cases.flatMap(rowsOf)];
  const grown = cases.flatMap((done) => (done.growth ? ['', say('growthTitle'), '', table(growthRows(done))] : []));
  const busy = machine.load > machine.cores / 2 ? [say('busy', { load: machine.load.toFixed(1), cores: machine.cores })] : [];
  return [say('machine', { ...machine, load: machine.load.toFixed(1), date }), ...busy, '', table(rows), ...grown, ''].join('\n');
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

/** Three significant digits; whole numbers as they are. */
function number(/** @type {number | undefined} */ value) {
  if (value === undefined) return '';
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
