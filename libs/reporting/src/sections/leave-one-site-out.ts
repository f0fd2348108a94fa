import { chartFigure } from '../charts/chart-figure.js';
import { stripPlot } from '../charts/strip.js';
import { csvText } from '../csv.js';
import { absenceText, valueText } from '../figures.js';
import type { Html } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { Page } from '../page.js';
import { modelsInOrder, paragraph, section } from '../page.js';
import type { SiteResult, TogetherResult } from './performance.js';
import { evaluationPart } from './evaluation/evaluation.js';
import { aucForest, metaAuc, siteTable, togetherTable } from './performance.js';

/** Each training site left out once; pooled and within-site AUC side by side, with the reason why they may differ. */
export function leaveOneSiteOutSection(page: Page): Html {
  const { science, t, primary } = page;
  const loso = science.leaveOneSiteOut;
  if (loso.state !== 'ok')
    return section(page, 'loso', 'loso.title', '12d, 23b', paragraph(t('loso.absent', { state: absenceText(loso, page.language) })));
  const { sites, pooled } = loso.value;
  const together = pooled.state === 'ok' ? pooled.value : undefined;
  return section(
    page,
    'loso',
    'loso.title',
    '12d, 23b',
    paragraph(t('loso.internal')),
    aucForest(page, {
      id: 'loso-auc',
      title: t('loso.forest', { model: printable(primary.id) }),
      tableId: 'loso-table',
      sites,
      together,
      meta: metaAuc(page, loso.value.evaluation),
    }),
    stripFigure(page, sites),
    together
      ? [
          togetherTable(page, 'loso-pooled-table', t('loso.pooledCaption'), together),
          comparison(page, together),
          markup`<p class="note">${t('loso.note')}</p>
`,
        ]
      : pooled.state === 'ok'
        ? nothing
        : paragraph(t('loso.pooledAbsent', { state: absenceText(pooled, page.language) })),
    siteTable(page, 'loso-table', t('loso.caption'), sites),
    evaluationPart(page, 'loso', loso.value.evaluation),
  );
}

/** Every model at every site left out: one strip of marks per model. */
function stripFigure(page: Page, sites: readonly SiteResult[]): Html {
  const { t, primary } = page;
  const models = modelsInOrder(page).map(({ id }) => id);
  const marks = sites.flatMap(({ site, performance }) =>
    models.flatMap((id, row) => {
      const auc = performance[id]?.auc;
      return auc?.state === 'ok' ? [{ row, site, value: auc.value }] : [];
    }),
  );
  const own = marks.filter(({ row }) => row === 0).map(({ value }) => value);
  if (marks.length === 0) return nothing;
  const params = { model: printable(primary.id), models: models.length };
  const finding =
    own.length === 0
      ? t('strip.none', params)
      : t('strip.finding', { ...params, low: valueText(Math.min(...own)), high: valueText(Math.max(...own)) });
  return chartFigure(page, {
    id: 'loso-strip',
    title: t('strip.title'),
    finding,
    howToRead: t('strip.howTo'),
    svg: stripPlot(page, 'loso-strip', models, marks, finding),
    tableId: 'loso-table',
    csv: csvText(
      ['model', 'site', 'auc'],
      marks.map(({ row, site, value }) => [models[row] as string, site, value]),
    ),
  });
}

function comparison({ primary, t }: Page, together: TogetherResult): Html {
  const found = together[primary.id];
  if (!found || found.auc.state !== 'ok' || found.withinSiteAuc.state !== 'ok') return nothing;
  const difference = found.auc.value - found.withinSiteAuc.value;
  return paragraph(
    t(difference >= 0 ? 'loso.higher' : 'loso.lower', { model: printable(primary.id), difference: valueText(Math.abs(difference)) }),
  );
}
