import type { Science } from '@cohortium/analysis';
import { chartFigure } from '../charts/chart-figure.js';
import type { Ellipse } from '../charts/ellipse-plot.js';
import { ellipsePlot } from '../charts/ellipse-plot.js';
import { csvText } from '../csv.js';
import type { Figure } from '../figures.js';
import { absenceText, figureHtml } from '../figures.js';
import { percent, significant } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, nothing } from '../html.js';
import type { Page } from '../page.js';
import { paragraph } from '../page.js';
import { table } from '../table.js';

type Found = Extract<Science['siteEllipses'], { state: 'ok' }>['value'];
type Stage = Found['sites'][number]['before'];

/** Where training sites lie along the principal axes of the features, before and after harmonization: ellipses, and the table behind them. */
export function siteEllipsesPart(page: Page): Html {
  const { t, science, language } = page;
  const found = science.siteEllipses;
  if (found.state !== 'ok') return paragraph(t('ellipses.absent', { state: absenceText(found, language) }));
  const before = ellipsesOf(found.value, 'before');
  return markup`${before.length === 0 ? nothing : figure(page, found.value, before)}${ellipseTable(page, found.value)}`;
}

function ellipsesOf({ sites }: Found, stage: 'before' | 'after'): Ellipse[] {
  return sites.flatMap(({ site, [stage]: values }) => {
    const shown = values && numbersOf(values);
    return shown ? [{ site, mean: [shown[0], shown[1]], covariance: [shown[2], shown[3], shown[4]] }] : [];
  });
}

/** Mean and covariance where all of them are shown. */
function numbersOf({ mean, covariance }: Stage): [number, number, number, number, number] | null {
  const values = [...mean, ...covariance].flatMap((each) => (each.state === 'ok' ? [each.value] : []));
  return values.length === 5 ? (values as [number, number, number, number, number]) : null;
}

/** Root mean square distance of the centers of sites from their own mean, along both axes. */
function spreadOfCenters(ellipses: readonly Ellipse[]): number {
  const middle = [0, 1].map((axis) => ellipses.reduce((sum, { mean }) => sum + (mean[axis] as number), 0) / ellipses.length);
  const squares = ellipses.reduce(
    (sum, { mean }) => sum + (mean[0] - (middle[0] as number)) ** 2 + (mean[1] - (middle[1] as number)) ** 2,
    0,
  );
  return Math.sqrt(squares / ellipses.length);
}

function figure(page: Page, found: Found, before: readonly Ellipse[]): Html {
  const { t } = page;
  const after = ellipsesOf(found, 'after');
  const [first, second] = found.explained;
  const params = {
    sites: before.length,
    first: percent(first),
    second: percent(second),
    before: significant(spreadOfCenters(before), 3),
    after: after.length === 0 ? '' : significant(spreadOfCenters(after), 3),
  };
  const finding = t(after.length === 0 ? 'ellipses.findingBefore' : 'ellipses.finding', params);
  return chartFigure(page, {
    id: 'ellipses',
    title: t(after.length === 0 ? 'ellipses.titleBefore' : 'ellipses.title'),
    finding,
    howToRead: t('ellipses.howTo'),
    svg: ellipsePlot(page, {
      id: 'ellipses',
      panels: [
        { title: t('ellipses.before'), ellipses: before },
        ...(after.length === 0 ? [] : [{ title: t('ellipses.after'), ellipses: after }]),
      ],
      xName: t('ellipses.axis', { number: 1, share: percent(first) }),
      yName: t('ellipses.axis', { number: 2, share: percent(second) }),
      alternative: finding,
    }),
    tableId: 'ellipses-table',
    csv: ellipseCsv(found),
  });
}

function ellipseTable(page: Page, found: Found): Html {
  const { t, language } = page;
  const stages = found.sites.some(({ after }) => after !== null) ? (['before', 'after'] as const) : (['before'] as const);
  const root = (value: Figure): Figure => (value.state === 'ok' ? { state: 'ok', value: Math.sqrt(Math.max(0, value.value)) } : value);
  const rows = stages.flatMap((stage) =>
    found.sites.map(({ site, [stage]: values }): HtmlValue[] => {
      const { mean, covariance } = values as Stage;
      const numbers = numbersOf(values as Stage);
      const correlation: Figure =
        numbers && numbers[2] > 0 && numbers[4] > 0
          ? { state: 'ok', value: numbers[3] / Math.sqrt(numbers[2] * numbers[4]) }
          : numbers
            ? { state: 'not-done', reason: 'notComputable' }
            : covariance[1];
      const cells: readonly Figure[] = [mean[0], mean[1], root(covariance[0]), root(covariance[2]), correlation];
      return [site, t(stage === 'before' ? 'ellipses.before' : 'ellipses.after'), ...cells.map((cell) => figureHtml(cell, language))];
    }),
  );
  const numeric = true;
  const columns = [
    { label: t('word.site') },
    { label: t('ellipses.stage') },
    { label: t('ellipses.center', { number: 1 }), numeric },
    { label: t('ellipses.center', { number: 2 }), numeric },
    { label: t('ellipses.sd', { number: 1 }), numeric },
    { label: t('ellipses.sd', { number: 2 }), numeric },
    { label: t('ellipses.correlation'), numeric },
  ];
  return table(page, { id: 'ellipses-table', caption: t('ellipses.caption'), columns, rows });
}

/** Means and covariances in full precision; empty where they are withheld. */
function ellipseCsv({ sites }: Found): string {
  const rows = (['before', 'after'] as const).flatMap((stage) =>
    sites.flatMap(({ site, [stage]: values }) => {
      const numbers = values && numbersOf(values);
      return values === null ? [] : [[site, stage, ...(numbers ?? ['', '', '', '', ''])]];
    }),
  );
  return csvText(['site', 'stage', 'mean_1', 'mean_2', 'variance_1', 'covariance', 'variance_2'], rows);
}
