import { absenceText } from '../figures.js';
import type { Html } from '../html.js';
import { printable } from '../html.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { evaluationPart } from './evaluation/evaluation.js';
import { aucForest, metaAuc, siteTable, togetherTable } from './performance.js';

/** Performance of the locked models at sites that took no part in any fit. */
export function externalSection(page: Page): Html {
  const { science, t, primary } = page;
  const { sites, pooled } = science.external;
  if (sites.length === 0) return section(page, 'external', 'external.title', '23a', paragraph(t('external.none')));
  const together = pooled.state === 'ok' ? pooled.value : undefined;
  return section(
    page,
    'external',
    'external.title',
    '16, 21, 23a, 23b',
    aucForest(page, {
      id: 'external-auc',
      title: t('external.forest', { model: printable(primary.id) }),
      tableId: 'external-table',
      sites,
      together,
      meta: metaAuc(page, science.external.evaluation),
    }),
    siteTable(page, 'external-table', t('external.caption'), sites),
    pooled.state === 'ok'
      ? [togetherTable(page, 'external-pooled-table', t('external.pooledCaption'), pooled.value), paragraph(t('external.certificateNote'))]
      : paragraph(t('external.pooledAbsent', { state: absenceText(pooled, page.language) })),
    evaluationPart(page, 'external', science.external.evaluation),
  );
}
