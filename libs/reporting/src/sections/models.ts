import type { CoefficientBar } from '../charts/coefficient-bars.js';
import { coefficientBars } from '../charts/coefficient-bars.js';
import { chartFigure } from '../charts/chart-figure.js';
import { csvText } from '../csv.js';
import { signed, significant, wholeNumber } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { ModelResult, Page } from '../page.js';
import { modelsInOrder, nonZeroTerms, paragraph, section } from '../page.js';
import { disclosure, table } from '../table.js';
import { coefficientPathsFigure } from './coefficient-paths.js';
import { pathFigures } from './penalty-path.js';
import { selectionFrequencyFigure } from './selection-frequency.js';

/** Bars that stay legible; a ridge model has hundreds of terms. */
const maxBars = 30;

/** Every fitted model, and the whole of the primary one: what is needed to compute its predictions. */
export function modelsSection(page: Page): Html {
  return section(
    page,
    'models',
    'models.title',
    '12c, 21, 22',
    modelTable(page),
    coefficientFigure(page),
    fullTable(page),
    pathFigures(page),
    coefficientPathsFigure(page),
    selectionFrequencyFigure(page),
  );
}

function modelTable(page: Page): Html {
  const { t, science } = page;
  const rows = modelsInOrder(page).map((model) => [
    model.id === science.lock.primaryModel ? markup`${model.id} <span class="tag">${t('word.primary')}</span>` : model.id,
    significant(model.alpha, 4),
    significant(model.lambda, 6),
    t(model.penaltyRule === 'crossValidation' ? 'models.ruleCrossValidation' : 'models.ruleFixed'),
    `${wholeNumber(nonZeroTerms(model))} / ${wholeNumber(model.terms.length)}`,
    significant(model.intercept, 6),
    wholeNumber(model.rounds),
    t(model.converged ? 'yes' : 'no'),
  ]);
  const columns = [
    { label: t('word.model') },
    { label: t('models.alpha'), numeric: true },
    { label: t('word.lambda'), numeric: true },
    { label: t('models.rule') },
    { label: t('models.terms'), numeric: true },
    { label: t('models.intercept'), numeric: true },
    { label: t('models.rounds'), numeric: true },
    { label: t('models.converged') },
  ];
  return table(page, { id: 'models-table', caption: t('models.caption'), columns, rows });
}

/** Terms by size, largest first; equal sizes keep the order of the features. */
function rankedTerms(model: ModelResult): readonly CoefficientBar[] {
  return model.terms
    .map((term, i) => ({ ...term, i }))
    .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient) || a.i - b.i)
    .map(({ feature, coefficient }, i) => ({ rank: i + 1, feature, coefficient }));
}

function coefficientFigure(page: Page): Html {
  const { t, primary } = page;
  const ranked = rankedTerms(primary);
  const [largest] = ranked;
  const nonZero = nonZeroTerms(primary);
  const model = printable(primary.id);
  if (nonZero === 0 || !largest) return paragraph(t('models.coefficientsEmpty', { model, total: ranked.length }));
  const shown = ranked.slice(0, Math.min(nonZero, maxBars));
  const finding = t('models.coefficientsFinding', {
    model,
    nonZero,
    total: ranked.length,
    feature: printable(largest.feature),
    coefficient: signed(largest.coefficient, 3),
  });
  const cut = nonZero > shown.length ? ` ${t('models.coefficientsTop', { shown: shown.length, nonZero })}` : '';
  return chartFigure(page, {
    id: 'coefficients',
    title: t('models.coefficients', { model }),
    finding,
    howToRead: `${t('models.coefficientsHowTo')}${cut}`,
    svg: coefficientBars(page, 'coefficients', shown, finding),
    tableId: 'terms-table',
    csv: csvText(
      ['rank', 'feature', 'coefficient'],
      ranked.map(({ rank, feature, coefficient }) => [rank, feature, coefficient]),
    ),
  });
}

/** Coefficients with the preparation of each feature: together they are the model. */
function fullTable(page: Page): Html {
  const { t, primary, science } = page;
  const { preparation } = science;
  const position = new Map(preparation.features.map((feature, i) => [feature, i]));
  const parameter = (values: readonly number[], feature: string): HtmlValue => {
    const value = values[position.get(feature) ?? -1];
    return value === undefined ? '' : significant(value, 6);
  };
  const vectors = [preparation.medians, preparation.center, preparation.scale, preparation.finalCenter, preparation.finalScale];
  const rows = rankedTerms(primary).map(({ rank, feature, coefficient }) => [
    wholeNumber(rank),
    feature,
    signed(coefficient, 6),
    ...vectors.map((values) => parameter(values, feature)),
  ]);
  if (rows.length === 0) return nothing;
  const numeric = true;
  const columns = [
    { label: t('word.rank'), numeric },
    { label: t('word.feature') },
    { label: t('word.coefficient'), numeric },
    { label: t('models.median'), numeric },
    { label: t('models.center'), numeric },
    { label: t('models.scale'), numeric },
    { label: t('models.finalCenter'), numeric },
    { label: t('models.finalScale'), numeric },
  ];
  const model = printable(primary.id);
  return disclosure(
    page,
    t('models.fullTable', { count: rows.length, model }),
    table(page, { id: 'terms-table', caption: t('models.fullCaption', { model }), columns, rows }),
  );
}
