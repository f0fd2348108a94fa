import { componentProductsQuery, siteDifferencesQuery, siteEllipsesQuery } from '@cohortium/harmonization';
import type { Stages } from '@cohortium/harmonization';
import { columnCountOf, harmonizedDesign, harmonizedSchema, imputedDesign } from '@cohortium/learning';
import type { Harmonized } from '@cohortium/learning';

/** The same imputed rows, and what the study's ComBat made of them. */
const stages: Stages<Harmonized> = {
  before: (rows, { features, medians, center, scale }) => imputedDesign(rows, { features, medians, center, scale }),
  after: harmonizedDesign,
  columnsOf: columnCountOf,
};

/** How far training sites differ before and after the study's harmonization. */
export const studySiteDifferences = siteDifferencesQuery<Harmonized>(stages, harmonizedSchema);
/** Cross products of the features before harmonization, over all training sites. */
export const studyComponentProducts = componentProductsQuery<Harmonized>(stages, harmonizedSchema);
/** Where each training site lies along their principal axes before and after harmonization. */
export const studySiteEllipses = siteEllipsesQuery<Harmonized>(stages, harmonizedSchema);
