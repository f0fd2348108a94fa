import { chartFigure } from '../charts/chart-figure.js';
import { frequencyBars } from '../charts/frequency-bars.js';
import { csvText } from '../csv.js';
import { signed, wholeNumber } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { Page } from '../page.js';
import { disclosure, table } from '../table.js';

/** Bars that stay legible. */
const mostBars = 25;

/** Fits in which features may have been chosen: the folds of the cross-validation, the sites left out. */
interface Kind {
  readonly name: string;
  readonly total: number;
  readonly countOf: (feature: string, folds: number) => number;
}

interface Frequency {
  readonly feature: string;
  readonly coefficient: number;
  /** By kind. */
  readonly counts: readonly number[];
}

/** In how many folds, and with how many sites left out, the primary model has each feature. */
export function selectionFrequencyFigure(page: Page): Html {
  const { t, primary } = page;
  const kinds = kindsOf(page);
  const found = frequencies(page, kinds);
  if (kinds.length === 0 || found.length === 0) return nothing;
  const shown = found.slice(0, mostBars);
  const fits = kinds.reduce((sum, { total }) => sum + total, 0);
  const always = found.filter(({ counts }) => counts.every((count, k) => count === (kinds[k] as Kind).total)).length;
  const finding = t('terms.frequencyFinding', {
    model: printable(primary.id),
    fits,
    features: found.length,
    always,
    final: found.filter(({ coefficient }) => coefficient !== 0).length,
  });
  const cut = found.length > shown.length ? ` ${t('terms.frequencyTop', { shown: shown.length, total: found.length })}` : '';
  const bars = shown.map(({ feature, counts }) => ({ label: feature, shares: counts.map((count, k) => count / (kinds[k] as Kind).total) }));
  const figure = chartFigure(page, {
    id: 'selection-frequency',
    title: t('terms.frequency', { model: printable(primary.id) }),
    finding,
    howToRead: `${t('terms.frequencyHowTo')}${cut}`,
    svg: frequencyBars(
      page,
      'selection-frequency',
      kinds.map(({ name }) => name),
      bars,
      finding,
    ),
    tableId: 'selection-frequency-table',
    csv: csvText(
      ['feature', 'coefficient', ...kinds.flatMap((_, k) => [`count_${k + 1}`, `of_${k + 1}`])],
      found.map(({ feature, coefficient, counts }) => [
        feature,
        coefficient,
        ...counts.flatMap((count, k) => [count, (kinds[k] as Kind).total]),
      ]),
    ),
  });
  return markup`${figure}${frequencyTable(page, kinds, found)}`;
}

function kindsOf({ t, science, primary }: Page): Kind[] {
  const loso = science.leaveOneSiteOut;
  const sites = loso.state === 'ok' ? loso.value.sites.flatMap(({ nonZero }) => nonZero[primary.id] ?? []) : [];
  const siteCount = loso.state === 'ok' ? loso.value.sites.filter(({ nonZero }) => nonZero[primary.id] !== undefined).length : 0;
  const counts = new Map<string, number>();
  for (const feature of sites) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return [
    { name: t('terms.folds', { count: primary.foldCount }), total: primary.foldCount, countOf: (_: string, folds: number) => folds },
    { name: t('terms.sitesLeftOut', { count: siteCount }), total: siteCount, countOf: (feature: string) => counts.get(feature) ?? 0 },
  ].filter(({ total }) => total > 0);
}

/** Features that some fit has, the most frequent first, then by the size of the final coefficient, then in their order. */
function frequencies({ primary, science }: Page, kinds: readonly Kind[]): Frequency[] {
  const terms = new Map(primary.terms.map((term) => [term.feature, term]));
  const loso = science.leaveOneSiteOut;
  // A feature that the study's own fit left out may be kept where a site is held out.
  const others = loso.state === 'ok' ? loso.value.sites.flatMap(({ nonZero }) => nonZero[primary.id] ?? []) : [];
  return [...new Set([...terms.keys(), ...others])]
    .map((feature) => {
      const { coefficient = 0, folds = 0 } = terms.get(feature) ?? {};
      return { feature, coefficient, counts: kinds.map(({ countOf }) => countOf(feature, folds)) };
    })
    .filter(({ counts, coefficient }) => coefficient !== 0 || counts.some((count) => count > 0))
    .map((each, i) => ({ ...each, i, sum: each.counts.reduce((total, count, k) => total + count / (kinds[k] as Kind).total, 0) }))
    .sort((a, b) => b.sum - a.sum || Math.abs(b.coefficient) - Math.abs(a.coefficient) || a.i - b.i);
}

function frequencyTable(page: Page, kinds: readonly Kind[], found: readonly Frequency[]): Html {
  const { t } = page;
  const rows = found.map(({ feature, coefficient, counts }): HtmlValue[] => [
    feature,
    signed(coefficient, 4),
    ...counts.map((count, k) => `${wholeNumber(count)} / ${wholeNumber((kinds[k] as Kind).total)}`),
  ]);
  const columns = [
    { label: t('word.feature') },
    { label: t('word.coefficient'), numeric: true },
    ...kinds.map(({ name }) => ({ label: name, numeric: true })),
  ];
  const caption = t('terms.frequencyCaption', { count: rows.length });
  return disclosure(page, caption, table(page, { id: 'selection-frequency-table', caption, columns, rows }));
}
