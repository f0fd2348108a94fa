import { csvLink, tableCsv } from './csv.js';
import type { Html, HtmlValue } from './html.js';
import { markup } from './html.js';
import { ledgerLine } from './ledger-sources.js';
import type { Page } from './page.js';

/** A column of a {@link table}. */
export interface Column {
  readonly label: string;
  /** Right-aligned figures. */
  readonly numeric?: boolean;
}

/** A table; the first cell of each row is its header. */
export interface TableSpec {
  /** Unique within one language. */
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly HtmlValue[])[];
  /** Rows of the CSV file where the page puts rows together. */
  readonly fileRows?: readonly (readonly HtmlValue[])[];
}

/** A captioned table with scoped headers, in a region that scrolls sideways by keyboard where the window is narrow, and its CSV. */
export function table(page: Page, { id, caption, columns, rows, fileRows = rows }: TableSpec): Html {
  const anchor = page.anchor(id);
  const alignment = (i: number) => (columns[i]?.numeric === true ? markup` class="number"` : '');
  const head = columns.map((column, i) => markup`<th scope="col"${alignment(i)}>${column.label}</th>`);
  const body = rows.map(
    (row) =>
      markup`<tr>${row.map((cell, i) => (i === 0 ? markup`<th scope="row"${alignment(i)}>${cell}</th>` : markup`<td${alignment(i)}>${cell}</td>`))}</tr>
`,
  );
  const csv = tableCsv(
    columns.map(({ label }) => label),
    fileRows,
  );
  const link = csvLink(page, { label: page.t('table.csv'), describes: caption, name: id }, csv);
  return markup`<div class="scroll" role="region" tabindex="0" aria-labelledby="${anchor}-caption"><table id="${anchor}">
<caption id="${anchor}-caption">${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>
<p class="csv links">${link}</p>
${ledgerLine(page, id)}`;
}

/** Part of a page that opens on demand, for long tables. Where it is printed closed, its title says where to find it. */
export function disclosure(page: Page, label: string, content: HtmlValue): Html {
  return markup`<details><summary data-print="${page.t('table.inHtml')}">${label}</summary>
${content}</details>
`;
}
