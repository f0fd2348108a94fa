import type { Html } from './html.js';
import { markup, printable } from './html.js';

/** A cell of a CSV file; numbers are written in full precision. */
export type CsvCell = string | number;

/** RFC 4180 text with a byte-order mark, so that spreadsheet programs read Chinese. Text cells that a spreadsheet would take for a formula get an apostrophe. */
export function csvText(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return `\ufeff${[header, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (typeof cell === 'number') return String(cell);
  const text = printable(cell);
  const safe = /^\s*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\s]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A link that saves a CSV file which the page itself carries. */
export function csvLink(label: string, fileName: string, csv: string): Html {
  return markup`<a download="${fileName}" href="data:text/csv;charset=utf-8,${encodeURIComponent(csv)}">${label}</a>`;
}
