import { absenceHtml } from '../figures.js';
import { decimal, significant } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { table } from '../table.js';

const tests: Readonly<Record<string, MessageKey>> = {
  pointEstimate: 'release.pointEstimate',
  lowerBound: 'release.lowerBound',
  predictionInterval: 'release.predictionInterval',
  calibrationSlope: 'release.calibrationSlope',
  netBenefit: 'release.netBenefit',
  externalSites: 'release.externalSites',
};

const sources: Readonly<Record<Page['science']['release']['source'], MessageKey>> = {
  pooled: 'release.sourcePooled',
  meta: 'release.sourceMeta',
  site: 'release.sourceSite',
  none: 'release.sourceNone',
};

/** Whether the rule is met, in a sentence. */
export function releaseVerdict({ t, science }: Page): string {
  return t(science.release.verdict === 'meets' ? 'release.meets' : 'release.doesNotMeet');
}

/** The card of the release rule: every test is shown, none hidden; never a word about treatment. */
export function releaseSection(page: Page): Html {
  const { t, science } = page;
  const { release } = science;
  const rows = release.tests.map(({ name, passed, known, value, limit }): HtmlValue[] => [
    t(tests[name] as MessageKey, { low: release.rule.decisionRange[0], high: release.rule.decisionRange[1] }),
    value === null
      ? absenceHtml({ state: 'not-done', reason: 'notComputable' }, page.language)
      : name === 'externalSites'
        ? String(value)
        : decimal(value, 3),
    name === 'calibrationSlope' || limit === null ? '0' : significant(limit, 3),
    markup`<span class="state"><span aria-hidden="true">${passed ? '●' : known ? '○' : '?'}</span> ${t(passed ? 'release.passed' : known ? 'release.failed' : 'release.notKnown')}</span>`,
  ]);
  return section(
    page,
    'release',
    'release.title',
    '15, 26',
    markup`<p class="verdict"><strong>${releaseVerdict(page)}</strong></p>
`,
    paragraph(t('release.text', { auc: release.rule.minAuc, source: t(sources[release.source]) })),
    table(page, {
      id: 'release-table',
      caption: t('release.caption'),
      columns: [
        { label: t('release.test') },
        { label: t('word.value'), numeric: true },
        { label: t('release.limit'), numeric: true },
        { label: t('release.outcome') },
      ],
      rows,
    }),
  );
}
