// Tables for a terminal or as Markdown.

/** Three significant digits; whole numbers of three and more digits as they are, nothing for what is absent. */
export function number(/** @type {number | undefined} */ value) {
  if (value === undefined) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Columns of Chinese characters are two cells wide in a terminal. */
function width(/** @type {string} */ text) {
  return [...text].reduce((sum, character) => sum + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0);
}

/** Rows as text, the first of them headings. */
export function terminalTable(/** @type {readonly (readonly string[])[]} */ rows) {
  const columns = (rows[0] ?? []).map((_, j) => Math.max(...rows.map((row) => width(row[j] ?? ''))));
  const line = (/** @type {readonly string[]} */ row) =>
    row
      .map((cell, j) => cell + ' '.repeat((columns[j] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), columns.map((count) => '-'.repeat(count)).join('  '), ...body.map(line)].join('\n');
}

/** Rows as a Markdown table, the first of them headings. */
export function markdownTable(/** @type {readonly (readonly string[])[]} */ rows) {
  const line = (/** @type {readonly string[]} */ row) => `| ${row.map((cell) => cell.trim()).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
