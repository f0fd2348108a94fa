import { chartFigure } from '../charts/chart-figure.js';
import { chartFont, ink } from '../charts/svg.js';
import { csvText } from '../csv.js';
import type { Figure } from '../figures.js';
import { absenceText, figureHtml, figureText, stateGlyphs, stateWord } from '../figures.js';
import { decimal, percent } from '../format.js';
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

const boxWidth = 150;
const boxHeight = 44;
const gap = 22;

/** Boxes and arrows: one column per site, exclusions dashed between candidates and included. Drawn by hand, since no chart library has it. */
function flowDiagram(
  page: Page,
  labels: readonly string[],
  sites: readonly { site: string; cells: readonly string[] }[],
  alternative: string,
): Html {
  const left = 170;
  const width = left + sites.length * (boxWidth + gap) + 10;
  const height = 40 + labels.length * (boxHeight + gap) + 26;
  const font = `font-family="${chartFont}"`;
  const text = (x: number, y: number, content: string, extra: string) =>
    `<text x="${x}" y="${y}" ${font} fill="${ink}" ${extra}>${escapeHtml(content)}</text>`;
  const top = (row: number) => 36 + row * (boxHeight + gap);
  const parts: string[] = labels.map((label, row) =>
    text(left - 14, top(row) + boxHeight / 2 + 4, label, 'font-size="12.5" text-anchor="end"'),
  );
  sites.forEach(({ site, cells }, column) => {
    const x = left + column * (boxWidth + gap);
    const middle = x + boxWidth / 2;
    parts.push(text(middle, 24, printable(site), 'font-size="13" font-weight="600" text-anchor="middle"'));
    cells.forEach((cell, row) => {
      const inner = row > 0 && row < cells.length - 1;
      const dash = inner ? ' stroke-dasharray="5 4"' : '';
      parts.push(
        `<rect x="${x}" y="${top(row)}" width="${boxWidth}" height="${boxHeight}" rx="4" fill="${inner ? '#ffffff' : '#eef4f9'}" stroke="#444444"${dash}/>`,
      );
      parts.push(text(middle, top(row) + boxHeight / 2 + 5, cell, 'font-size="12.5" text-anchor="middle"'));
      if (row > 0) parts.push(`<path d="M${middle} ${top(row) - gap}V${top(row) - 3}m-4 -5l4 5l4 -5" fill="none" stroke="#444444"/>`);
    });
  });
  parts.push(text(width - 12, height - 8, page.stamp, 'font-size="11" text-anchor="end"'));
  return trusted(
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(alternative)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="chart"><rect width="${width}" height="${height}" fill="#ffffff"/>${parts.join('')}</svg>`,
  );
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
          ...values.map((value) => (value && 'mean' in value ? meanSd(page, value.mean, value.sd) : missing)),
        ],
      ];
    return levels.map((level, k): HtmlValue[] => [
      t('characteristics.level', { label: name, level: printable(level) }),
      ...values.map((value) => {
        const share = value && 'shares' in value ? value.shares[k] : undefined;
        return share === undefined ? missing : share.state === 'ok' ? percent(share.value) : figureHtml(share, language);
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

const missing = '—';

function meanSd({ t, language }: Page, mean: Figure, sd: Figure): HtmlValue {
  if (mean.state !== 'ok' || sd.state !== 'ok') return figureHtml(mean.state === 'ok' ? sd : mean, language);
  return t('characteristics.meanSd', { mean: decimal(mean.value, 2), sd: decimal(sd.value, 2) });
}
