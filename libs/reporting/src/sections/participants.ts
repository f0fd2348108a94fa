import type { Science } from '@cohortium/analysis';
import { figureHtml } from '../figures.js';
import type { Html } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { table } from '../table.js';
import { characteristicsPart, flowPart } from './flow.js';

type Eligibility = Science['eligibility'][number];

const verdicts: Readonly<Record<Eligibility['verdict'], MessageKey>> = {
  eligible: 'verdictSite.eligible',
  tooFew: 'verdictSite.tooFew',
  oneClass: 'verdictSite.oneClass',
};

/** Who took part, by site; a count below the smallest cell is withheld, not zero. */
export function participantsSection(page: Page): Html {
  const { science, t } = page;
  const rows = science.eligibility.map(({ site, role, n, verdict }) => [
    site,
    t(role === 'training' ? 'word.training' : 'word.external'),
    figureHtml(n, page.language, 'count'),
    t(verdicts[verdict]),
  ]);
  return section(
    page,
    'participants',
    'participants.title',
    '6a, 20a, 20b, 21',
    paragraph(t('participants.text', { participants: science.trainingParticipants, sites: science.trainingSites.length })),
    table(page, {
      id: 'participants-table',
      caption: t('participants.caption'),
      columns: [
        { label: t('word.site') },
        { label: t('word.role') },
        { label: t('word.participants'), numeric: true },
        { label: t('word.verdict') },
      ],
      rows,
    }),
    paragraph(t('participants.withheld')),
    flowPart(page),
    characteristicsPart(page),
  );
}
