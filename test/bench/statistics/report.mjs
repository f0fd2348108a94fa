// The outcomes as tables, for a terminal or as Markdown.
import { markdownTable, number, terminalTable } from '../harness/tables.mjs';
import { machineLines } from '../harness/words.mjs';
import { hasWords, say } from './words.mjs';

/** @typedef {import('../harness/run.mjs').RunOf<import('./cases.mjs').Outcome>} Run */

/** All tables. @returns {string} */
export function report(/** @type {Run & { markdown: boolean }} */ { machine, date, markdown, cases }) {
  const table = markdown ? markdownTable : terminalTable;
  const rows = cases.flatMap(rowsOf);
  const main = rows.length === 0 ? [] : ['', table([say('headings').split('|'), ...rows])];
  const grown = cases.flatMap(({ growth }) => growth ?? []);
  const growth = grown.length === 0 ? [] : ['', say('growthTitle'), '', table([say('growthHeadings').split('|'), ...grown.map(growthRow)])];
  return [...machineLines({ machine, date }, say), ...main, ...growth, ''].join('\n');
}

function rowsOf(/** @type {Run['cases'][number]} */ { name, rows }) {
  return rows.map(({ figure, who = '', value, unit = '', target, met, absent }, n) => [
    n === 0 ? say(name) : '',
    say(figure, { who }),
    absent === undefined ? amount(value) : say('absent', { reason: absent }),
    hasWords(unit) ? say(unit) : unit,
    target === undefined ? '' : `${target} ${say(met ? 'met' : 'missed')}`,
  ]);
}

/** Counts as they are, very small numbers as powers of ten. */
function amount(/** @type {number | undefined} */ value) {
  if (value === undefined || Number.isInteger(value)) return String(value ?? '');
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : number(value);
}

function growthRow(/** @type {import('./cases.mjs').Growth} */ { by, size, rounds, megabytes, cpuSeconds, seconds, peakMib }) {
  return [say(`by.${by}`, { size }), ...[rounds, megabytes, cpuSeconds, seconds, peakMib].map(amount)];
}
