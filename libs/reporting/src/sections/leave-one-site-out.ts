import { absenceText, valueText } from '../figures.js';
import type { Html } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import type { TogetherResult } from './performance.js';
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

function comparison({ primary, t }: Page, together: TogetherResult): Html {
  const found = together[primary.id];
  if (!found || found.auc.state !== 'ok' || found.withinSiteAuc.state !== 'ok') return nothing;
  const difference = found.auc.value - found.withinSiteAuc.value;
  return paragraph(
    t(difference >= 0 ? 'loso.higher' : 'loso.lower', { model: printable(primary.id), difference: valueText(Math.abs(difference)) }),
  );
}
