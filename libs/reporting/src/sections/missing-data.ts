import { chartFigure } from '../charts/chart-figure.js';
import { countBars } from '../charts/count-bars.js';
import { csvText } from '../csv.js';
import { wholeNumber } from '../format.js';
import type { Html } from '../html.js';
import { nothing } from '../html.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { disclosure, table } from '../table.js';

const bands = ['0', '<5%', '5-10%', '10-20%', '20-50%', '>=50%'] as const;
const bandTexts: Readonly<Record<(typeof bands)[number], string>> = {
  '0': '0',
  '<5%': '< 5%',
  '5-10%': '5–10%',
  '10-20%': '10–20%',
  '20-50%': '20–50%',
  '>=50%': '≥ 50%',
};

/** Missing training cells, in bands, and the features that were left out. */
export function missingDataSection(page: Page): Html {
  const { features } = page.science;
  const { t } = page;
  const rows = bands.map((band) => [
    band === '0' ? t('missing.bandNone') : bandTexts[band],
    wholeNumber(features.missingness.filter((feature) => feature.band === band).length),
  ]);
  return section(
    page,
    'missing',
    'missing.title',
    '9a, 11',
    paragraph(t('missing.text', { candidates: features.candidates, kept: features.kept, leftOut: features.leftOut.length })),
    missingFigure(page),
    table(page, {
      id: 'missing-table',
      caption: t('missing.caption'),
      columns: [{ label: t('missing.band') }, { label: t('word.count'), numeric: true }],
      rows,
    }),
    leftOutTable(page),
    byFeature(page),
  );
}

function missingFigure(page: Page): Html {
  const { t, science } = page;
  const { missingness } = science.features;
  if (missingness.length === 0) return nothing;
  const counts = bands.map((band) => ({ band, count: missingness.filter((feature) => feature.band === band).length }));
  const countOf = (...wanted: readonly (typeof bands)[number][]) =>
    counts.filter(({ band }) => wanted.includes(band)).reduce((sum, { count }) => sum + count, 0);
  const finding = t('missing.finding', { complete: countOf('0'), total: missingness.length, most: countOf('20-50%', '>=50%') });
  const bars = counts.map(({ band, count }) => ({ label: band === '0' ? t('missing.bandNone') : bandTexts[band], count }));
  return chartFigure(page, {
    id: 'missing-figure',
    title: t('missing.title.figure'),
    finding,
    howToRead: t('missing.howTo'),
    svg: countBars(page, 'missing-bars', bars, t('word.count'), finding),
    tableId: 'missing-table',
    csv: csvText(
      ['feature', 'band'],
      missingness.map(({ feature, band }) => [feature, band]),
    ),
  });
}

function leftOutTable(page: Page): Html {
  const { t, science } = page;
  if (science.features.leftOut.length === 0) return nothing;
  return table(page, {
    id: 'left-out-table',
    caption: t('missing.leftOutCaption'),
    columns: [{ label: t('word.feature') }, { label: t('word.reason') }],
    rows: science.features.leftOut.map(({ feature, reason }) => [
      feature,
      t(reason === 'missing' ? 'missing.leftOutMissing' : 'missing.leftOutConstant'),
    ]),
  });
}

function byFeature(page: Page): Html {
  const { t, science } = page;
  const incomplete = science.features.missingness.filter(({ band }) => band !== '0');
  if (incomplete.length === 0) return nothing;
  const content = table(page, {
    id: 'missing-by-feature',
    caption: t('missing.byFeatureCaption'),
    columns: [{ label: t('word.feature') }, { label: t('missing.band') }],
    rows: incomplete.map(({ feature, band }) => [feature, bandTexts[band]]),
  });
  return disclosure(page, t('missing.byFeature', { count: incomplete.length }), content);
}
