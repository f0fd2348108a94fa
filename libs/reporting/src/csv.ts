import type { HtmlValue } from './html.js';
import { Html, markup, plainText, printable } from './html.js';
import type { Page } from './page.js';

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

/**
 * A table as CSV: figures in full precision with their limits and their state in columns of their own, so that a zero, nothing yet,
 * withheld, not done and an error stay apart; other cells as they are read.
 */
export function tableCsv(labels: readonly string[], rows: readonly (readonly HtmlValue[])[]): string {
  const columns = labels.map((label, i) => {
    const figures = rows.flatMap((row) => figureOf(row[i]) ?? []);
    return { label, i, figures: figures.length > 0, limits: figures.some(({ low }) => low !== undefined) };
  });
  const header = columns.flatMap(({ label, figures, limits }) => [
    label,
    ...(limits ? [`${label} [low]`, `${label} [high]`] : []),
    ...(figures ? [`${label} [state]`] : []),
  ]);
  const cells = (row: readonly HtmlValue[]) =>
    columns.flatMap(({ i, figures, limits }): CsvCell[] => {
      const figure = figureOf(row[i]);
      const text = figure ? (figure.value ?? '') : typeof row[i] === 'number' ? row[i] : plainText(row[i] as HtmlValue);
      const reason = figure?.reason ? `: ${figure.reason}` : '';
      return [
        text,
        ...(limits ? [figure?.low ?? '', figure?.high ?? ''] : []),
        ...(figures ? [figure ? `${figure.state}${reason}` : ''] : []),
      ];
    });
  return csvText(header, rows.map(cells));
}

function figureOf(cell: HtmlValue | undefined) {
  return cell instanceof Html ? cell.figure : undefined;
}

/** What a {@link csvLink} says. */
export interface CsvLink {
  readonly label: string;
  /** Title of the table or figure, so that links read aloud differ. */
  readonly describes: string;
  /** File name without its ending. */
  readonly name: string;
}

/** A link that saves a CSV file which the page itself carries; the file is listed in the page. */
export function csvLink({ files }: Page, { label, describes, name }: CsvLink, csv: string): Html {
  const fileName = `${name}.csv`;
  files.set(fileName, csv);
  return markup`<a download="${fileName}" aria-label="${label} (${describes})" href="data:text/csv;charset=utf-8,${encodeURIComponent(csv)}">${label}</a>`;
}
