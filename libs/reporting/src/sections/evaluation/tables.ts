import { significant, wholeNumber } from '../../format.js';
import type { Figure } from '../../figures.js';
import { absenceText, figureHtml, valueText } from '../../figures.js';
import type { HtmlValue } from '../../html.js';
import { Html, markup, nothing, printable } from '../../html.js';
import type { MessageKey } from '../../messages.js';
import type { Page } from '../../page.js';
import { modelsInOrder, paragraph } from '../../page.js';
import { disclosure, table } from '../../table.js';
import type { Cut, ScopeView } from './scope.js';
import { pooledModels, primarySites } from './scope.js';

const numeric = true;

/** One row per place and cut-off of the primary model: all sites together first, then each site. */
export function cutsTable(view: ScopeView): Html {
  const { page, name } = view;
  const { t, language, primary } = page;
  const pooled = pooledModels(view)[primary.id];
  const places: { readonly place: string; readonly cuts: readonly Cut[] }[] = [
    ...(pooled ? [{ place: t('curves.together'), cuts: pooled.cuts }] : []),
    ...primarySites(view).map(({ site, model }) => ({ place: printable(site), cuts: model.cuts })),
  ];
  if (places.length === 0) return nothing;
  const percents: readonly (readonly [keyof Cut, MessageKey])[] = [
    ['sensitivity', 'word.sensitivity'],
    ['specificity', 'word.specificity'],
    ['ppv', 'curves.ppv'],
    ['npv', 'curves.npv'],
  ];
  const rowOf = (place: string, cut: Cut, thresholds: readonly Cut[]): HtmlValue[] => [
    place,
    thresholds.map(({ threshold }) => significant(threshold, 3)).join(', '),
    ...percents.map(([key]) => figureHtml(cut[key] as Figure, language, 'percent')),
    figureHtml(cut.netBenefit, language),
    figureHtml(cut.netBenefitAll, language),
  ];
  const rows = places.flatMap(({ place, cuts }) => alikeCuts(cuts).map((alike) => rowOf(place, alike[0] as Cut, alike)));
  const fileRows = places.flatMap(({ place, cuts }) => cuts.map((cut) => rowOf(place, cut, [cut])));
  const columns = [
    { label: t('word.site') },
    { label: t('curves.threshold'), numeric },
    ...percents.map(([, label]) => ({ label: t(label), numeric })),
    { label: t('curves.netBenefit'), numeric },
    { label: t('curves.netBenefitAll'), numeric },
  ];
  const caption = t('curves.cutsCaption', { model: printable(primary.id) });
  return disclosure(page, caption, table(page, { id: `${name}-cuts-table`, caption, columns, rows, fileRows }));
}

/** Cut-offs one by one; those at which nothing is shown, for one reason, stand together where the first of them is. */
function alikeCuts(cuts: readonly Cut[]): readonly (readonly Cut[])[] {
  const groups = new Map<string, Cut[]>();
  for (const cut of cuts) {
    const { threshold, ...figures } = cut;
    const isAbsent = Object.values(figures).every(({ state }) => state !== 'ok');
    const key = isAbsent ? JSON.stringify(figures) : String(threshold);
    groups.set(key, [...(groups.get(key) ?? []), cut]);
  }
  return [...groups.values()];
}

const calibrationColumns: readonly (readonly [
  'inTheLarge' | 'slope' | 'observedExpected' | 'brier' | 'scaledBrier' | 'logLoss' | 'ici' | 'e50' | 'e90',
  MessageKey,
])[] = [
  ['inTheLarge', 'word.citl'],
  ['slope', 'word.slope'],
  ['observedExpected', 'curves.observedExpected'],
  ['brier', 'word.brier'],
  ['scaledBrier', 'curves.scaledBrier'],
  ['logLoss', 'curves.logLoss'],
  ['ici', 'curves.ici'],
  ['e50', 'curves.e50'],
  ['e90', 'curves.e90'],
];

/** Calibration of the primary model at each place, with the recalibration that a closed test would choose. */
export function calibrationTable(view: ScopeView): Html {
  const { page, name } = view;
  const { t, language, primary } = page;
  const pooled = pooledModels(view)[primary.id];
  const figures = (calibration: Readonly<Record<(typeof calibrationColumns)[number][0], Figure>>) =>
    calibrationColumns.map(([key]) => figureHtml(calibration[key], language));
  const rows: HtmlValue[][] = [
    ...(pooled ? [[t('curves.together'), ...figures(pooled.calibration), t('curves.updateBySite')]] : []),
    ...primarySites(view).map(({ site, model }): HtmlValue[] => [
      printable(site),
      ...figures(model.calibration),
      t(updateTexts[model.calibration.update.choice]),
    ]),
  ];
  if (rows.length === 0) return nothing;
  return table(page, {
    id: `${name}-calibration-table`,
    caption: t('curves.calibrationCaption', { model: printable(primary.id) }),
    columns: [
      { label: t('word.site') },
      ...calibrationColumns.map(([, label]) => ({ label: t(label), numeric })),
      { label: t('curves.update') },
    ],
    rows,
  });
}

/** How many participants have which predicted probability: the bars under the calibration curve. */
export function histogramTable(view: ScopeView): Html {
  const { page, name } = view;
  const { t, language, primary } = page;
  const histogram = pooledModels(view)[primary.id]?.histogram ?? [];
  if (histogram.length === 0) return nothing;
  const caption = t('curves.histogramCaption', { model: printable(primary.id) });
  const rows = histogram.map(({ from, to, participants }): HtmlValue[] => [
    t('figure.range', { low: significant(from, 3), high: significant(to, 3) }),
    figureHtml(participants, language, 'count'),
  ]);
  const columns = [{ label: t('curves.range') }, { label: t('curves.participants'), numeric }];
  return disclosure(page, caption, table(page, { id: `${name}-histogram`, caption, columns, rows }));
}

const updateTexts: Readonly<Record<string, MessageKey>> & Record<'original' | 'intercept' | 'recalibration' | 'unknown', MessageKey> = {
  original: 'curves.updateOriginal',
  intercept: 'curves.updateIntercept',
  recalibration: 'curves.updateRecalibration',
  unknown: 'curves.updateUnknown',
};

/** Models against each other on the same participants. */
export function comparisonTable(view: ScopeView): Html {
  const { page, name, evaluation } = view;
  const { t, language } = page;
  const { comparisons } = evaluation;
  if (modelsInOrder(page).length < 2) return nothing;
  if (comparisons.state !== 'ok') return paragraph(t('curves.comparisonsAbsent', { state: absenceText(comparisons, language) }));
  const rows = comparisons.value.map(({ models, difference, z, p, pHolm }): HtmlValue[] => [
    t('curves.pair', { a: printable(models[0]), b: printable(models[1]) }),
    figureHtml(difference, language),
    figureHtml(z, language),
    figureHtml(p, language, 'probability'),
    figureHtml(pHolm, language, 'probability'),
  ]);
  const columns = [
    { label: t('curves.models') },
    { label: t('curves.difference'), numeric },
    { label: 'z', numeric },
    { label: 'p', numeric },
    { label: t('curves.pHolm'), numeric },
  ];
  return table(page, { id: `${name}-comparisons`, caption: t('curves.comparisons'), columns, rows });
}

const measureTexts: Readonly<Record<'auc' | 'inTheLarge' | 'slope' | 'observedExpected', MessageKey>> = {
  auc: 'word.auc',
  inTheLarge: 'word.citl',
  slope: 'word.slope',
  observedExpected: 'curves.observedExpected',
};

/** Sites combined by random effects, with the prediction interval for a new hospital. */
export function metaTable(view: ScopeView): Html {
  const { page, name, evaluation } = view;
  const { t, language, primary } = page;
  if (evaluation.meta.state !== 'ok') return nothing;
  const found = evaluation.meta.value[primary.id] ?? [];
  if (found.every(({ sites }) => sites.length < 2)) return nothing;
  const rows = found.map(({ measure, sites, estimate, prediction, tau2, tau2Beyond, i2 }): HtmlValue[] => [
    t(measureTexts[measure]),
    wholeNumber(sites.length),
    figureHtml(estimate, language),
    prediction.state === 'ok' ? rangeOf(prediction) : figureHtml(prediction, language),
    tau2Html(page, tau2, tau2Beyond),
    figureHtml(i2, language),
  ]);
  const columns = [
    { label: t('curves.measure') },
    { label: t('curves.sitesShown'), numeric },
    { label: t('curves.metaEstimate'), numeric },
    { label: t('curves.prediction'), numeric },
    { label: 'τ²', numeric },
    { label: 'I² (%)', numeric },
  ];
  const few = found.some(({ sites }) => sites.length < 5) ? paragraph(t('curves.fewSites')) : nothing;
  return markup`${table(page, { id: `${name}-meta`, caption: t('curves.metaCaption', { model: printable(primary.id) }), columns, rows })}${few}`;
}

/** The variance between sites. A limit that the search did not reach is named as such: it is not the limit of the interval. */
function tau2Html({ t, language }: Page, tau2: Figure, beyond: number | null): HtmlValue {
  if (beyond === null || tau2.state !== 'ok') return figureHtml(tau2, language);
  const limits = t('curves.tau2Beyond', { low: significant(tau2.low ?? 0, 3), beyond: significant(beyond, 3) });
  return new Html(markup`<span class="value">${valueText(tau2.value)}</span><span class="interval">${limits}</span>`.text, tau2);
}

function rangeOf(figure: Extract<Figure, { state: 'ok' }>): HtmlValue {
  return markup`${significant(figure.low ?? NaN, 3)} … ${significant(figure.high ?? NaN, 3)}`;
}
