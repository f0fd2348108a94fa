// The outcomes as a table, for a terminal or as Markdown.
import { markdownTable, number, terminalTable } from '../harness/tables.mjs';
import { machineLines } from '../harness/words.mjs';
import { say } from './words.mjs';

/** @typedef {import('../harness/run.mjs').RunOf<{ rows: import('./cases.mjs').Row[] }>} Run */

/** @returns {string} */
export function report(/** @type {Run & { markdown: boolean }} */ { machine, date, markdown, cases }) {
  const rows = cases.flatMap(({ name, rows: all }) =>
    all.filter(({ value }) => !Number.isNaN(value)).map((row, n) => cells(n === 0 ? say(name) : '', row)),
  );
  const table = (markdown ? markdownTable : terminalTable)([say('headings').split('|'), ...rows]);
  return [...machineLines({ machine, date }, say), '', table, ''].join('\n');
}

function cells(
  /** @type {string} */ title,
  /** @type {import('./cases.mjs').Row} */ { figure, value, unit = '', times, target, met, absent },
) {
  const verdict = target === undefined ? '' : `${target} ${say(met ? 'met' : 'missed')}`;
  const shown = absent === undefined ? number(value) : say('absent', { reason: absent });
  return [title, say(figure), shown, unit, verdict, times === undefined ? '' : say('ours', { times: number(times) })];
}
