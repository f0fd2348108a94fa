import { csvLink } from '../csv.js';
import type { Html } from '../html.js';
import { markup } from '../html.js';
import { ledgerLine } from '../ledger-sources.js';
import type { Page } from '../page.js';

/** A chart with everything that must accompany it. */
export interface ChartFigure {
  /** Unique within one language. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what it shows. */
  readonly finding: string;
  readonly howToRead: string;
  readonly svg: Html;
  /** `id` of the table with the same numbers. */
  readonly tableId: string;
  readonly csv: string;
}

/** Title, finding, drawing, how to read it, and links to its numbers. */
export function chartFigure(page: Page, figure: ChartFigure): Html {
  const { t } = page;
  return markup`<figure id="${page.anchor(figure.id)}">
<figcaption><strong>${figure.title}</strong> ${figure.finding}</figcaption>
<div class="scroll" role="region" tabindex="0" aria-label="${t('chart.region', { title: figure.title })}">${figure.svg}</div>
<p class="how"><strong>${t('chart.howToRead')}</strong> ${figure.howToRead}</p>
<p class="links"><a href="#${page.anchor(figure.tableId)}">${t('chart.data')}</a> ${csvLink(page, { label: t('chart.csv'), describes: figure.title, name: figure.id }, figure.csv)}</p>
${ledgerLine(page, figure.id)}</figure>
`;
}
