import { figureText } from '../figures.js';
import { percent, significant, wholeNumber } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { table } from '../table.js';

/** What the study has, beside what studies of this prevalence need. */
export function sampleSizeSection(page: Page): Html {
  const { t, language, science } = page;
  const { prevalence, development, external } = science.sampleSize;
  const numeric = true;
  const size = (value: number | null) => (value === null ? t('sampleSize.none') : wholeNumber(value));
  const rows = external.needed.map((needed, k): HtmlValue[] => [
    significant(needed.auc, 3),
    size(development.needed[k]?.needed ?? null),
    wholeNumber(needed.oe),
    wholeNumber(needed.slope),
    size(needed.aucWidth),
    wholeNumber(needed.needed),
  ]);
  return section(
    page,
    'sample-size',
    'sampleSize.title',
    '10',
    paragraph(
      t('sampleSize.text', {
        prevalence: percent(prevalence),
        participants: wholeNumber(development.participants),
        candidates: wholeNumber(development.candidates),
        external: figureText(external.participants, language, 'count'),
      }),
    ),
    table(page, {
      id: 'sample-size-table',
      caption: t('sampleSize.caption'),
      columns: [
        { label: t('sampleSize.assumed'), numeric },
        { label: t('sampleSize.development'), numeric },
        { label: t('sampleSize.oe'), numeric },
        { label: t('sampleSize.slope'), numeric },
        { label: t('sampleSize.auc'), numeric },
        { label: t('sampleSize.external'), numeric },
      ],
      rows,
    }),
    paragraph(t('sampleSize.note')),
  );
}
