import { byteSize, wholeNumber } from '../format.js';
import type { Html } from '../html.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { table } from '../table.js';
import type { MessageKey } from '../messages.js';

/** Messages and bytes that left each site. */
export function egressSection(page: Page): Html {
  const { run, t } = page;
  if (run.sites.length === 0) return section(page, 'egress', 'egress.title', '', paragraph(t('egress.none')));
  const numeric = true;
  const row = (site: string, messages: number, bytes: number) => [site, wholeNumber(messages), wholeNumber(bytes), byteSize(bytes)];
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const total = row(t('word.total'), sum(run.sites.map(({ messages }) => messages)), sum(run.sites.map(({ bytes }) => bytes)));
  return section(
    page,
    'egress',
    'egress.title',
    '',
    paragraph(t('egress.text')),
    table(page, {
      id: 'egress-table',
      caption: t('egress.caption'),
      columns: [
        { label: t('word.site') },
        { label: t('egress.messages'), numeric },
        { label: t('egress.bytes'), numeric },
        { label: t('egress.size'), numeric },
      ],
      rows: [...run.sites.map(({ site, messages, bytes }) => row(site, messages, bytes)), total],
    }),
  );
}

/** Who could see what. */
export function privacySection(page: Page): Html {
  const { run, science, t } = page;
  const sites = science.trainingSites.length;
  const statement: MessageKey =
    run.mode === 'pooled' ? 'privacy.pooled' : run.contributionsVisibleToCoordinator ? 'privacy.visible' : 'privacy.masked';
  return section(
    page,
    'privacy',
    'privacy.title',
    '',
    paragraph(t(statement)),
    run.mode === 'simulated' ? paragraph(t('privacy.simulated')) : [],
    run.mode === 'pooled' || sites < 3 ? [] : paragraph(t('privacy.collusion', { sites, colluders: sites - 2 })),
    run.mode === 'pooled' || science.leaveOneSiteOut.state !== 'ok' ? [] : paragraph(t('privacy.loso')),
  );
}
