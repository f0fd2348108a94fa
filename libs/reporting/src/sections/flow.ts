import { chartFigure } from '../charts/chart-figure.js';
import { chartFont, ink } from '../charts/svg.js';
import { csvText } from '../csv.js';
import type { Figure } from '../figures.js';
import { absenceHtml, absenceText, figureHtml, figureText, stateGlyphs, stateWord } from '../figures.js';
import { decimal, fitWidth, wrapText } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { escapeHtml, markup, nothing, printable, trusted } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { paragraph } from '../page.js';
import { table } from '../table.js';

const reasons = ['noClinicalRow', 'notEligible', 'endpointMissing', 'covariateMissing'] as const;
const reasonTexts: Readonly<Record<(typeof reasons)[number], MessageKey>> = {
  noClinicalRow: 'flow.noClinicalRow',
  notEligible: 'flow.notEligible',
  endpointMissing: 'flow.endpointMissing',
  covariateMissing: 'flow.covariateMissing',
};
const zero: Figure = { state: 'ok', value: 0 };

/** Flow diagram and its table: candidates, those left out by reason, those included, by site. */
export function flowPart(page: Page): Html {
  const { t, language, science } = page;
  const { flow } = science;
  if (flow.state !== 'ok') return paragraph(t('flow.absent', { state: absenceText(flow, language) }));
  const included = (site: string): Figure => science.eligibility.find((entry) => entry.site === site)?.n ?? { state: 'not-done' };
  const used = reasons.filter((reason) => flow.value.some(({ exclusions }) => exclusions.some((entry) => entry.reason === reason)));
  const lines = flow.value.map(({ site, candidates, exclusions }) => ({
    site,
    candidates,
    excluded: used.map(
      (reason) => exclusions.find((entry) => entry.reason === reason)?.count ?? (candidates.state === 'not-done' ? candidates : zero),
    ),
    included: included(site),
  }));
  const rows = lines.map(({ site, candidates, excluded, included: kept }): HtmlValue[] => [
    site,
    ...[candidates, ...excluded, kept].map((figure) => figureHtml(figure, language, 'count')),
  ]);
  const numeric = true;
  const labels = [t('flow.candidates'), ...used.map((reason) => t(reasonTexts[reason])), t('flow.included')];
  const columns = [{ label: t('word.site') }, ...labels.map((label) => ({ label, numeric }))];
  const finding = t('flow.finding', { sites: lines.length });
  const texts = lines.map(({ site, candidates, excluded, included: kept }) => ({
    site,
    cells: [candidates, ...excluded, kept].map((figure) =>
      figure.state === 'ok' ? figureText(figure, language, 'count') : `${stateGlyphs[figure.state]} ${stateWord(figure.state, language)}`,
    ),
  }));
  return markup`${chartFigure(page, {
    id: 'flow',
    title: t('flow.title'),
    finding,
    howToRead: t('flow.howTo'),
    svg: flowDiagram(page, labels, texts, finding),
    tableId: 'flow-table',
    csv: csvText(
      ['site', ...labels],
      texts.map(({ site, cells }) => [site, ...cells]),
    ),
  })}${table(page, { id: 'flow-table', caption: t('flow.caption'), columns, rows })}`;
}

const boxHeight = 44;
const gap = 22;
/** Width in which columns stand side by side; more sites begin another row of columns. */
const frameWidth = 1080;
const leftWidth = 170;
const box = { least: 96, most: 150 };
const perRow = Math.floor((frameWidth - leftWidth) / (box.least + gap));

/** Boxes and arrows: one column per site, exclusions dashed between candidates and included. Drawn by hand, since no chart library has it. */
function flowDiagram(
  page: Page,
  labels: readonly string[],
  sites: readonly { site: string; cells: readonly string[] }[],
  alternative: string,
): Html {
  const across = Math.min(perRow, sites.length);
  const boxWidth = Math.min(box.most, Math.floor((frameWidth - leftWidth) / across) - gap);
  const width = Math.max(520, leftWidth + across * (boxWidth + gap) + 10);
  const bandHeight = 40 + labels.length * (boxHeight + gap);
  const height = Math.ceil(sites.length / across) * bandHeight + 26;
  const bands = Array.from({ length: Math.ceil(sites.length / across) }, (_, band) =>
    flowBand(labels, sites.slice(band * across, (band + 1) * across), boxWidth, band * bandHeight),
  );
  const stamp = svgText(width - 12, height - 8, page.stamp, 'font-size="11" text-anchor="end"');
  return trusted(
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(alternative)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="chart"><rect width="${width}" height="${height}" fill="#ffffff"/>${bands.join('')}${stamp}</svg>`,
  );
}

function svgText(x: number, y: number, content: string, extra: string): string {
  return `<text x="${x}" y="${y}" font-family="${chartFont}" fill="${ink}" ${extra}>${escapeHtml(content)}</text>`;
}

/** Columns of some sites, their labels at the left. */
function flowBand(
  labels: readonly string[],
  sites: readonly { site: string; cells: readonly string[] }[],
  boxWidth: number,
  offset: number,
): string {
  const top = (row: number) => offset + 36 + row * (boxHeight + gap);
  const parts = labels.map((label, row) => {
    const lines = wrapText(label, 12.5, leftWidth - 24);
    const first = top(row) + boxHeight / 2 + 4 - 8 * (lines.length - 1);
    return lines.map((line, k) => svgText(leftWidth - 14, first + 16 * k, line, 'font-size="12.5" text-anchor="end"')).join('');
  });
  sites.forEach(({ site, cells }, column) => {
    const x = leftWidth + column * (boxWidth + gap);
    const middle = x + boxWidth / 2;
    const name = fitWidth(printable(site), 13, boxWidth + gap - 6);
    parts.push(svgText(middle, offset + 24, name, 'font-size="13" font-weight="600" text-anchor="middle"'));
    cells.forEach((cell, row) => {
      const inner = row > 0 && row < cells.length - 1;
      const dash = inner ? ' stroke-dasharray="5 4"' : '';
      parts.push(
        `<rect x="${x}" y="${top(row)}" width="${boxWidth}" height="${boxHeight}" rx="4" fill="${inner ? '#ffffff' : '#eef4f9'}" stroke="#444444"${dash}/>`,
      );
      parts.push(svgText(middle, top(row) + boxHeight / 2 + 5, cell, 'font-size="12.5" text-anchor="middle"'));
      if (row > 0) parts.push(`<path d="M${middle} ${top(row) - gap}V${top(row) - 3}m-4 -5l4 5l4 -5" fill="none" stroke="#444444"/>`);
    });
  });
  return parts.join('');
}

/** The table of participants: one column per site, then the total over training. */
export function characteristicsPart(page: Page): Html {
  const { t, language, science } = page;
  const found = science.characteristics;
  if (found.state !== 'ok') return paragraph(t('characteristics.absent', { state: absenceText(found, language) }));
  const sites = [...new Set(found.value.flatMap(({ sites: own }) => own.map(({ site }) => site)))];
  const rows = found.value.flatMap(({ label, levels, sites: own, total }): HtmlValue[][] => {
    const values = [
      ...sites.map((site) => own.find((entry) => entry.site === site)?.value),
      total.state === 'ok' ? total.value : undefined,
    ];
    const name = printable(label[language]);
    if (levels.length === 0)
      return [
        [
          t('characteristics.mean', { label: name }),
          ...values.map((value) =>
            value && 'mean' in value ? meanSd(page, value.mean, value.sd) : absenceHtml({ state: 'not-done' }, language),
          ),
        ],
      ];
    return levels.map((level, k): HtmlValue[] => [
      t('characteristics.level', { label: name, level: printable(level) }),
      ...values.map((value) => {
        const share = value && 'shares' in value ? value.shares[k] : undefined;
        return share === undefined ? absenceHtml({ state: 'not-done' }, language) : figureHtml(share, language, 'percent');
      }),
    ]);
  });
  if (rows.length === 0) return nothing;
  const numeric = true;
  const columns = [
    { label: t('word.item') },
    ...sites.map((site) => ({ label: printable(site), numeric })),
    { label: t('characteristics.total'), numeric },
  ];
  return table(page, { id: 'characteristics-table', caption: t('characteristics.caption'), columns, rows });
}

function meanSd({ t, language }: Page, mean: Figure, sd: Figure): HtmlValue {
  if (mean.state !== 'ok' || sd.state !== 'ok') return figureHtml(mean.state === 'ok' ? sd : mean, language);
  return t('characteristics.meanSd', { mean: decimal(mean.value, 2), sd: decimal(sd.value, 2) });
}
