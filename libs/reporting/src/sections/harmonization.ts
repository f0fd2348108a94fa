import { wholeNumber } from '../format.js';
import type { Html } from '../html.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { siteDifferencesPart } from './site-differences.js';
import { siteEllipsesPart } from './site-ellipses.js';
import { table } from '../table.js';

/** How scanner and hospital effects were removed, and which part of that never left a site. */
export function harmonizationSection(page: Page): Html {
  const { science, t } = page;
  const { harmonization } = science;
  if (harmonization.method === 'none')
    return section(
      page,
      'harmonization',
      'harmonization.title',
      '12b, 12d',
      paragraph(t('harmonization.none')),
      siteDifferencesPart(page),
      siteEllipsesPart(page),
    );
  const { covariates, passedThrough, newSite, minBatch } = harmonization;
  const newSiteText = newSite === 'none' ? 'harmonization.newSiteNone' : 'harmonization.newSiteFrozenLocalEb';
  const rows = [
    [t('harmonization.covariates'), covariates.length === 0 ? t('harmonization.noCovariates') : page.list(covariates)],
    [t('harmonization.minBatch'), wholeNumber(minBatch)],
    [t('harmonization.newSite'), t(newSiteText)],
    [
      t('harmonization.passedThrough'),
      passedThrough.length === 0 ? '0' : `${wholeNumber(passedThrough.length)}: ${page.list(passedThrough)}`,
    ],
    [t('harmonization.stayed'), t('harmonization.stayedText')],
  ];
  return section(
    page,
    'harmonization',
    'harmonization.title',
    '12b, 12d',
    paragraph(t('harmonization.text', { count: science.preparation.features.length - passedThrough.length })),
    table(page, {
      id: 'harmonization-table',
      caption: t('harmonization.caption'),
      columns: [{ label: t('word.item') }, { label: t('word.value') }],
      rows,
    }),
    newSite === 'none' || science.external.sites.length === 0 ? [] : paragraph(t('harmonization.commitments')),
    siteDifferencesPart(page),
    siteEllipsesPart(page),
  );
}
