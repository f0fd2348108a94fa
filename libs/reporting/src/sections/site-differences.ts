import type { Science } from '@cohortium/analysis';
import { chartFigure } from '../charts/chart-figure.js';
import type { Curve } from '../charts/line-chart.js';
import { lineChart } from '../charts/line-chart.js';
import { okabeIto } from '../charts/site-marks.js';
import { csvText } from '../csv.js';
import type { Figure } from '../figures.js';
import { absenceText, figureHtml } from '../figures.js';
import { percent, wholeNumber } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, nothing } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { paragraph } from '../page.js';
import { disclosure, table } from '../table.js';

type Found = Extract<Science['siteDifferences'], { state: 'ok' }>['value'];
type Feature = Found['features'][number];

/** Shares of one kind at one stage, ascending. */
interface Stage {
  readonly label: MessageKey;
  readonly shares: readonly number[];
  readonly different: number;
  readonly style: Pick<Curve, 'color' | 'dash' | 'widthPx'>;
}

/** Points of a curve at most: it is a count of features, not a list of them. */
const steps = 100;
/** Lines of the table of single features. */
const listed = 30;

/** How far training sites differ, before and after harmonization: curves over features, a table, and the features that differ most. */
export function siteDifferencesPart(page: Page): Html {
  const { t, science, language } = page;
  const found = science.siteDifferences;
  if (found.state !== 'ok') return paragraph(t('differences.absent', { state: absenceText(found, language) }));
  const stages = stagesOf(found.value);
  if (stages.every(({ shares }) => shares.length === 0)) return nothing;
  return markup`${differencesFigure(page, found.value, stages)}${stageTable(page, stages)}${featureTable(page, found.value)}`;
}

function stagesOf({ counts, features }: Found): readonly Stage[] {
  const sorted = (of: (feature: Feature) => number | null | undefined) =>
    features.flatMap((feature) => of(feature) ?? []).sort((a, b) => a - b);
  const before = { color: okabeIto[1], widthPx: 2.5 };
  const after = { color: okabeIto[0], widthPx: 2.5 };
  const dash = [6, 3];
  return [
    {
      label: 'differences.locationBefore',
      shares: sorted(({ before: b }) => b.location.explained),
      different: counts.before.location,
      style: before,
    },
    {
      label: 'differences.spreadBefore',
      shares: sorted(({ before: b }) => b.spread.explained),
      different: counts.before.spread,
      style: { ...before, dash },
    },
    ...(counts.after === null
      ? []
      : ([
          {
            label: 'differences.locationAfter',
            shares: sorted(({ after: a }) => a?.location.explained),
            different: counts.after.location,
            style: after,
          },
          {
            label: 'differences.spreadAfter',
            shares: sorted(({ after: a }) => a?.spread.explained),
            different: counts.after.spread,
            style: { ...after, dash },
          },
        ] as const)),
  ];
}

/** The value below which a share of the sorted values lies, the nearest one. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

function differencesFigure(page: Page, found: Found, stages: readonly Stage[]): Html {
  const { t } = page;
  const [means, spreads, meansAfter, spreadsAfter] = stages as readonly [Stage, Stage, Stage?, Stage?];
  const median = (stage: Stage | undefined) => percent(quantile(stage?.shares ?? [], 0.5) ?? 0);
  const finding = t(meansAfter ? 'differences.finding' : 'differences.findingBefore', {
    before: median(means),
    after: median(meansAfter),
    total: found.features.length,
    countBefore: means.different,
    countAfter: meansAfter?.different ?? 0,
    spreadBefore: spreads.different,
    spreadAfter: spreadsAfter?.different ?? 0,
  });
  const largest = Math.max(0.05, ...stages.flatMap(({ shares }) => shares.slice(-1)));
  const top = Math.ceil(largest * 20) / 20;
  return chartFigure(page, {
    id: 'differences',
    title: t(meansAfter ? 'differences.title' : 'differences.titleBefore'),
    finding,
    howToRead: t('differences.howTo'),
    svg: lineChart(page, {
      id: 'differences',
      xName: t('differences.axis'),
      yName: t('differences.features'),
      x: { min: 0, max: top },
      y: { min: 0, max: 1 },
      square: false,
      curves: stages
        .filter(({ shares }) => shares.length > 0)
        .map(({ label, shares, style }) => ({ ...style, name: t(label), points: risingCurve(shares, top) })),
      alternative: finding,
    }),
    tableId: 'differences-table',
    csv: differencesCsv(found),
  });
}

/** Share of features at or below each value: from nothing at 0 to all at the end of the axis. */
function risingCurve(sorted: readonly number[], top: number): [number, number][] {
  const count = Math.min(steps, sorted.length);
  const rising = Array.from({ length: count }, (_, k): [number, number] => [quantile(sorted, (k + 1) / count) as number, (k + 1) / count]);
  return [[0, 0], [sorted[0] as number, 0], ...rising, [top, 1]];
}

function stageTable(page: Page, stages: readonly Stage[]): Html {
  const { t, language } = page;
  const figure = (value: number | undefined): Figure =>
    value === undefined ? { state: 'not-done', reason: 'notComputable' } : { state: 'ok', value };
  const rows = stages.map(({ label, shares, different }): HtmlValue[] => [
    t(label),
    ...[0.5, 0.9, 1].map((share) => figureHtml(figure(quantile(shares, share)), language, 'percent')),
    wholeNumber(different),
  ]);
  const numeric = true;
  const columns = [
    { label: t('differences.stage') },
    { label: t('differences.median'), numeric },
    { label: t('differences.upper'), numeric },
    { label: t('differences.largest'), numeric },
    { label: t('differences.different'), numeric },
  ];
  return table(page, { id: 'differences-table', caption: t('differences.caption'), columns, rows });
}

function featureTable(page: Page, { counts, features }: Found): Html {
  const { t, language } = page;
  const most = features
    .map((feature, i) => ({ ...feature, i }))
    .sort((a, b) => (b.before.location.explained ?? 0) - (a.before.location.explained ?? 0) || a.i - b.i)
    .slice(0, listed);
  const share = (value: number | null | undefined) =>
    figureHtml(
      value === null || value === undefined ? { state: 'not-done', reason: 'notComputable' } : { state: 'ok', value },
      language,
      'percent',
    );
  const rows = most.map(({ feature, before, after }): HtmlValue[] => [
    feature,
    share(before.location.explained),
    share(before.spread.explained),
    ...(counts.after === null ? [] : [share(after?.location.explained), share(after?.spread.explained)]),
  ]);
  const numeric = true;
  const stages = [
    'differences.locationBefore',
    'differences.spreadBefore',
    'differences.locationAfter',
    'differences.spreadAfter',
  ] as const;
  const columns = [
    { label: t('word.feature') },
    ...stages.slice(0, counts.after === null ? 2 : 4).map((label) => ({ label: t(label), numeric })),
  ];
  const caption = t('differences.byFeature', { count: rows.length });
  return disclosure(page, caption, table(page, { id: 'differences-features', caption, columns, rows }));
}

/** Every feature in full precision; empty where nothing varies. */
function differencesCsv({ features }: Found): string {
  const cells = (shares: Feature['after']) =>
    (['location', 'spread'] as const).flatMap((kind) => [shares?.[kind].explained ?? '', shares?.[kind].p ?? '']);
  const names = (stage: string) => ['location', 'spread'].flatMap((kind) => [`${stage}_${kind}_explained`, `${stage}_${kind}_p`]);
  return csvText(
    ['feature', ...names('before'), ...names('after')],
    features.map(({ feature, before, after }) => [feature, ...cells(before), ...cells(after)]),
  );
}
