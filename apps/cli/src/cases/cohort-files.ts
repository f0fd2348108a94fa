import { featureTable, formatCsv, parseTable } from '@cohortium/analysis';
import type { ImportedClinical } from '@cohortium/analysis';
import type { CaseDocument, PlannedFeature } from '@cohortium/radiomics';

/** Results of one hospital. */
export interface BuiltSite {
  readonly site: string;
  readonly documents: readonly CaseDocument[];
  readonly clinical: ImportedClinical | undefined;
}

/** features.csv of some hospitals, with the columns of the plan. */
export function featuresCsv(sites: readonly BuiltSite[], planned: readonly PlannedFeature[]): string {
  const rows = sites.flatMap(({ site, documents }) => documents.map(({ participant, features }) => ({ participant, site, features })));
  return featureTable(
    planned.map(({ name }) => name),
    rows,
  );
}

/** clinical.csv of several hospitals: the union of their columns. */
export function clinicalCsv(sites: readonly BuiltSite[]): string | undefined {
  const tables = sites.flatMap(({ clinical }) =>
    clinical === undefined || clinical.accepted === 0 ? [] : [parseTable(clinical.csv, 'clinical.csv')],
  );
  if (tables.length === 0) return undefined;
  const columns = [...new Set(tables.flatMap((table) => table.columns))];
  const rows = tables.flatMap((table) => {
    const at = columns.map((column) => table.columns.indexOf(column));
    return table.rows.map((row) => at.map((index) => (index < 0 ? '' : (row[index] ?? ''))));
  });
  return formatCsv(columns, rows);
}

/** feature_dictionary.csv: what each column is. */
export function dictionaryCsv(features: readonly PlannedFeature[]): string {
  return formatCsv(
    ['feature', 'sequence', 'region', 'family', 'ibsi_code', 'unit', 'lossy'],
    features.map(({ name, image, region, family, ibsiCode, unit }) => [name, image, region, family, ibsiCode ?? '', unit, 'False']),
  );
}

/** What each vector came from, case by case; stays at the site. */
export function lineageOf({ documents }: BuiltSite): readonly object[] {
  return documents.map(
    ({ participant, inputSha256, planSha256, extractorSha256, vectorSha256, series, placements, failedFits, gaps, problems }) => ({
      ...{ participant, inputSha256, planSha256, extractorSha256, vectorSha256 },
      ...{ series, placements, failedFits, gaps, problems },
    }),
  );
}
