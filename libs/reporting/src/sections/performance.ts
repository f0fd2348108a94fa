import type { PooledPerformance, SitePerformance } from '@cohortium/validation';
import { chartFigure } from '../charts/chart-figure.js';
import type { ForestRow } from '../charts/forest.js';
import { forestPlot } from '../charts/forest.js';
import type { CsvCell } from '../csv.js';
import { csvText } from '../csv.js';
import type { Figure } from '../figures.js';
import { absenceHtml, figureHtml, figureText, hasInterval, stateWord, valueText } from '../figures.js';
import { significant, wholeNumber } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { modelsInOrder } from '../page.js';
import { table } from '../table.js';
import { intervalPosition } from '../verdict.js';
import type { Evaluation } from './evaluation/scope.js';

/** Performance of all models at one site. */
export interface SiteResult {
  readonly site: string;
  readonly performance: Readonly<Record<string, SitePerformance>>;
  /** Penalty of each model, where the models were fitted anew for this site. */
  readonly lambda?: Readonly<Record<string, number>>;
}

/** Performance of all models over several sites together. */
export type TogetherResult = Readonly<Record<string, PooledPerformance>>;

const siteMetrics: readonly (readonly [keyof SitePerformance, MessageKey])[] = [
  ['auc', 'word.auc'],
  ['calibrationInTheLarge', 'word.citl'],
  ['calibrationSlope', 'word.slope'],
  ['brier', 'word.brier'],
  ['sensitivity', 'word.sensitivity'],
  ['specificity', 'word.specificity'],
];
const asPercent = new Set<string>(['sensitivity', 'specificity']);

/** One row per site and model. */
export function siteTable(page: Page, id: string, caption: string, sites: readonly SiteResult[]): Html {
  const { t } = page;
  const withLambda = sites.some(({ lambda }) => lambda !== undefined);
  const rows = sites.flatMap(({ site, performance, lambda }) =>
    modelsInOrder(page).flatMap((model): HtmlValue[][] => {
      const found = performance[model.id];
      if (!found) return [];
      const penalty = lambda?.[model.id];
      const figures = siteMetrics.map(([metric]) =>
        figureHtml(found[metric], page.language, asPercent.has(metric) ? 'percent' : 'decimal'),
      );
      return [
        [
          site,
          modelName(page, model.id),
          ...(withLambda ? [penalty === undefined ? absenceHtml({ state: 'not-done' }, page.language) : significant(penalty, 4)] : []),
          ...figures,
        ],
      ];
    }),
  );
  const numeric = true;
  const lambdaColumn = withLambda ? [{ label: t('word.lambda'), numeric }] : [];
  const columns = [
    { label: t('word.site') },
    { label: t('word.model') },
    ...lambdaColumn,
    ...siteMetrics.map(([, label]) => ({ label: t(label), numeric })),
  ];
  return table(page, { id, caption, columns, rows });
}

/** One row per model: pooled and within-site AUC beside each other. */
export function togetherTable(page: Page, id: string, caption: string, together: TogetherResult): Html {
  const { t } = page;
  const rows = modelsInOrder(page).flatMap((model) => {
    const found = together[model.id];
    if (!found) return [];
    return [
      [
        modelName(page, model.id),
        figureHtml(found.auc, page.language),
        figureHtml(found.withinSiteAuc, page.language),
        boundsHtml(page, found.aucCertificate),
        figureHtml(found.brier, page.language),
      ],
    ];
  });
  const numeric = true;
  const columns = [
    { label: t('word.model') },
    { label: t('word.aucPooled'), numeric },
    { label: t('word.aucWithin'), numeric },
    { label: t('word.certificate'), numeric },
    { label: t('word.brier'), numeric },
  ];
  return table(page, { id, caption, columns, rows });
}

function modelName(page: Page, id: string): Html {
  return id === page.primary.id ? markup`${id} <span class="tag">${page.t('word.primary')}</span>` : markup`${id}`;
}

/** The certificate is a pair of sure bounds, not a confidence interval. */
function boundsHtml({ t, language }: Page, figure: Figure): Html {
  if (!hasInterval(figure)) return figureHtml(figure, language);
  return markup`${t('figure.bounds', { low: valueText(figure.low), high: valueText(figure.high) })}`;
}

/** What a {@link aucForest} is made from. */
export interface ForestSpec {
  readonly id: string;
  readonly title: string;
  readonly tableId: string;
  readonly sites: readonly SiteResult[];
  readonly together: TogetherResult | undefined;
  /** The AUC of the primary model combined over sites, where there is one. */
  readonly meta?: { readonly estimate: Figure; readonly prediction: Figure } | undefined;
}

/** What {@link aucForest} shows of the sites combined by random effects. */
export function metaAuc({ primary }: Page, { meta }: Evaluation): ForestSpec['meta'] {
  const found = meta.state === 'ok' ? meta.value[primary.id]?.find(({ measure }) => measure === 'auc') : undefined;
  return found && found.sites.length >= 2 ? { estimate: found.estimate, prediction: found.prediction } : undefined;
}

/** Forest plot of the primary model: one row per site, then the AUC over all sites and the one within sites. */
export function aucForest(page: Page, { id, title, tableId, sites, together, meta }: ForestSpec): Html {
  const { t, primary } = page;
  const siteRows = sites.flatMap(({ site, performance }): (ForestRow & { site: string })[] => {
    const figure = performance[primary.id]?.auc;
    return figure ? [{ site, label: rowLabel(page, site), figure, siteIndex: page.siteIndex(site) }] : [];
  });
  if (siteRows.length === 0) return nothing;
  const overall = together?.[primary.id];
  const rows = [
    ...siteRows,
    ...(overall
      ? [
          { label: t('word.aucPooled'), figure: overall.auc },
          { label: t('word.aucWithin'), figure: overall.withinSiteAuc },
        ]
      : []),
    ...(meta
      ? [
          { label: t('forest.meta'), figure: meta.estimate },
          { label: t('forest.prediction'), figure: meta.prediction, bar: true },
        ]
      : []),
  ];
  const finding = forestFinding(page, siteRows);
  return chartFigure(page, {
    id,
    title,
    finding,
    howToRead: t('forest.howTo'),
    svg: forestPlot(page, id, rows, finding),
    tableId,
    csv: performanceCsv(page, sites, together),
  });
}

/** Site with its number of participants, where that may be shown. */
function rowLabel({ science, t, language }: Page, site: string): string {
  const n = science.eligibility.find((entry) => entry.site === site)?.n;
  if (!n) return printable(site);
  if (n.state === 'ok') return t('forest.rowCount', { site: printable(site), n: wholeNumber(n.value) });
  return t('forest.rowState', { site: printable(site), state: stateWord(n.state, language) });
}

function forestFinding({ t, language }: Page, rows: readonly { readonly site: string; readonly figure: Figure }[]): string {
  const judged = rows.flatMap(({ site, figure }) => (hasInterval(figure) ? [{ site, figure, position: intervalPosition(figure) }] : []));
  const [first] = judged;
  if (!first) return t('forest.none');
  if (judged.length === 1)
    return t('forest.one', { site: printable(first.site), auc: figureText(first.figure, language), position: first.position });
  const values = judged.map(({ figure }) => figure.value);
  return t('forest.many', {
    low: valueText(Math.min(...values)),
    high: valueText(Math.max(...values)),
    judged: judged.length,
    above: judged.filter(({ position }) => position === 'above').length,
  });
}

/** Every figure in full precision, one a line; an absent one has its state and reason instead of numbers. */
function performanceCsv(page: Page, sites: readonly SiteResult[], together: TogetherResult | undefined): string {
  const lines = (scope: string, performances: Readonly<Record<string, Readonly<Record<string, Figure>>>>): CsvCell[][] =>
    modelsInOrder(page).flatMap(({ id }) =>
      Object.entries(performances[id] ?? {}).map(([metric, figure]) => [scope, id, metric, ...figureCells(figure)]),
    );
  const rows = [...sites.flatMap(({ site, performance }) => lines(site, performance)), ...(together ? lines('*', together) : [])];
  return csvText(['site', 'model', 'measure', 'state', 'value', 'low', 'high', 'reason'], rows);
}

function figureCells(figure: Figure): CsvCell[] {
  if (figure.state !== 'ok') return [figure.state, '', '', '', figure.reason ?? ''];
  return [figure.state, figure.value, figure.low ?? '', figure.high ?? '', ''];
}
