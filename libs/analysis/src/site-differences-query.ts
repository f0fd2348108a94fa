import { siteDifferencesQuery } from '@cohortium/harmonization';
import { columnCountOf, harmonizedDesign, harmonizedSchema, imputedDesign } from '@cohortium/learning';
import type { Harmonized } from '@cohortium/learning';

/** How far training sites differ before and after the study's harmonization: the same imputed rows, and what ComBat made of them. */
export const studySiteDifferences = siteDifferencesQuery<Harmonized>(
  {
    before: (rows, { features, medians, center, scale }) => imputedDesign(rows, { features, medians, center, scale }),
    after: harmonizedDesign,
    columnsOf: columnCountOf,
  },
  harmonizedSchema,
);
