import { ln } from '@cohortium/numerics';
import { chartFigure } from '../charts/chart-figure.js';
import type { Curve } from '../charts/line-chart.js';
import { lineChart } from '../charts/line-chart.js';
import { siteMark } from '../charts/site-marks.js';
import { csvText } from '../csv.js';
import { fitWidth, signed, significant } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { ModelResult, Page } from '../page.js';
import { disclosure, table } from '../table.js';

type Path = ModelResult['coefficientPaths'][number];

/** Lines that can be told apart; all others are drawn in gray. */
const named = 8;
/** Lines at most: of hundreds no eye sees more. */
const mostDrawn = 60;
/** Penalties and features of the table; the CSV has every one. */
const tablePenalties = 8;
const tableFeatures = 40;

/** How the coefficients of the primary model grow as the penalty falls. */
export function coefficientPathsFigure(page: Page): Html {
  const { primary: model, t } = page;
  const lambdas = model.path.map(({ lambda }) => lambda);
  if (lambdas.length < 2 || model.coefficientPaths.length === 0) return nothing;
  const at = nearestAt(lambdas, model.lambda);
  const ranked = rankedPaths(model.coefficientPaths, at);
  const atChosen = ranked.filter(({ coefficients }) => coefficients[at] !== 0).length;
  const finding = t('terms.pathsFinding', {
    model: printable(model.id),
    total: ranked.length,
    chosen: atChosen,
    lambda: significant(model.lambda, 3),
    feature: printable((ranked[0] as Path).feature),
    coefficient: signed((ranked[0] as Path).coefficients[at] as number, 3),
  });
  const cut = ranked.length > mostDrawn ? ` ${t('terms.pathsCut', { shown: mostDrawn, total: ranked.length })}` : '';
  const figure = chartFigure(page, {
    id: 'coefficient-paths',
    title: t('terms.paths', { model: printable(model.id) }),
    finding,
    howToRead: `${t('terms.pathsHowTo')}${cut}`,
    svg: lineChart(page, { ...chartOf(page, lambdas, ranked.slice(0, mostDrawn)), rule: ln(lambdas[at] as number), alternative: finding }),
    tableId: 'coefficient-paths-table',
    csv: csvText(
      ['feature', ...lambdas.map((lambda) => `lambda_${lambda}`)],
      ranked.map(({ feature, coefficients }) => [feature, ...coefficients]),
    ),
  });
  return markup`${figure}${pathsTable(page, lambdas, ranked, at)}`;
}

function nearestAt(lambdas: readonly number[], chosen: number): number {
  return lambdas.reduce((best, lambda, k) => (Math.abs(lambda - chosen) < Math.abs((lambdas[best] as number) - chosen) ? k : best), 0);
}

/** Largest at the chosen penalty first, then those that come in later, by their size at the end of the path. */
function rankedPaths(paths: readonly Path[], at: number): readonly Path[] {
  const size = ({ coefficients }: Path, k: number) => Math.abs(coefficients[k] as number);
  return paths
    .map((path, i) => ({ ...path, i }))
    .sort((a, b) => size(b, at) - size(a, at) || size(b, b.coefficients.length - 1) - size(a, a.coefficients.length - 1) || a.i - b.i);
}

function chartOf({ t }: Page, lambdas: readonly number[], drawn: readonly Path[]) {
  const x = lambdas.map((lambda) => ln(lambda));
  const values = drawn.flatMap(({ coefficients }) => coefficients);
  const margin = 0.05 * Math.max(...values.map((value) => Math.abs(value)));
  const points = ({ coefficients }: Path) => coefficients.map((value, k): [number, number] => [x[k] as number, value]);
  const others: Curve[] = drawn
    .slice(named)
    .map((path) => ({ name: t('terms.pathsOthers'), points: points(path), color: '#8a8a8a', widthPx: 1 }));
  const own: Curve[] = drawn.slice(0, named).map((path, k) => {
    const { color, dash } = siteMark(k);
    return { name: `${k + 1}. ${fitWidth(printable(path.feature), 12.5, 230)}`, points: points(path), color, dash, widthPx: 2.4 };
  });
  return {
    id: 'coefficient-paths',
    xName: t('terms.pathsX'),
    yName: t('models.coefficientsAxis'),
    // From strong penalties on the left to weak ones on the right, as in the figure of the deviance.
    x: { min: Math.min(...x), max: Math.max(...x), inverse: true },
    y: { min: Math.min(0, ...values) - margin, max: Math.max(0, ...values) + margin },
    square: false,
    hasRoughLimits: true,
    curves: [...own, ...others],
  };
}

function pathsTable(page: Page, lambdas: readonly number[], ranked: readonly Path[], at: number): Html {
  const { t } = page;
  const step = Math.max(1, Math.ceil(lambdas.length / tablePenalties));
  const shown = lambdas.flatMap((_, k) => (k % step === 0 || k === at ? [k] : []));
  const rows = ranked
    .slice(0, tableFeatures)
    .map(({ feature, coefficients }): HtmlValue[] => [feature, ...shown.map((k) => signed(coefficients[k] as number, 4))]);
  const columns = [
    { label: t('word.feature') },
    ...shown.map((k) => ({ label: `${k === at ? '* ' : ''}\u03bb ${significant(lambdas[k] as number, 3)}`, numeric: true })),
  ];
  const caption = t('terms.pathsCaption', { shown: rows.length, total: ranked.length });
  return disclosure(page, caption, table(page, { id: 'coefficient-paths-table', caption, columns, rows }));
}
