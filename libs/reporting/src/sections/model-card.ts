import { figureText } from '../figures.js';
import { percent, significant } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup, printable } from '../html.js';
import type { Page } from '../page.js';
import { nonZeroTerms, section } from '../page.js';
import { releaseVerdict } from './release.js';
import { table } from '../table.js';
import { externalAucs } from '../verdict.js';
import { code } from './lock.js';

/** What somebody must know before the model is used anywhere: one table, nothing left out because it looks bad. */
export function modelCardSection(page: Page): Html {
  const { t, language, science, primary } = page;
  const { preparation, harmonization } = science;
  const aucs = externalAucs(page).map(
    ({ site, figure }) => markup`<li>${site === undefined ? t('curves.together') : printable(site)}: ${figureText(figure, language)}</li>`,
  );
  const rows: HtmlValue[][] = [
    [t('card.model'), markup`${printable(primary.id)} ${code(science.lock.modelSha256)}`],
    [
      t('card.kind'),
      t('card.kindText', { alpha: significant(primary.alpha, 3), lambda: significant(primary.lambda, 4), terms: nonZeroTerms(primary) }),
    ],
    [t('card.predicts'), printable(science.study.endpointLabel[language])],
    [
      t('card.inputs'),
      t('card.inputsText', { features: preparation.features.length, harmonization: harmonization.method === 'none' ? t('no') : 'ComBat' }),
    ],
    [t('card.trained'), t('card.trainedText', { participants: science.trainingParticipants, sites: science.trainingSites.length })],
    [t('card.prevalence'), percent(science.sampleSize.prevalence)],
    [t('card.threshold'), significant(science.lock.threshold, 4)],
    [t('card.external'), aucs.length === 0 ? t('card.noExternal') : markup`<ul class="plain">${aucs}</ul>`],
    [t('card.release'), releaseVerdict(page)],
    [t('card.use'), t('card.useText')],
    [t('card.notFor'), t('card.notForText')],
    [t('card.newSite'), t('card.newSiteText')],
  ];
  return section(
    page,
    'model-card',
    'card.title',
    '15, 22, 27',
    table(page, {
      id: 'model-card-table',
      caption: t('card.caption'),
      columns: [{ label: t('word.item') }, { label: t('word.value') }],
      rows,
    }),
  );
}
