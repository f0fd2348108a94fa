import { formatCsv, parseTable } from '@cohortium/analysis';
import type { ExtractionRecord, IbsiCertificate, ImportedClinical } from '@cohortium/analysis';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { PlannedFeature } from '@cohortium/radiomics';
import type { CaseDocument } from './case-document.js';

/** Results of one hospital. */
export interface BuiltSite {
  readonly site: string;
  readonly documents: readonly CaseDocument[];
  readonly clinical: ImportedClinical | undefined;
}

/** features.csv: one participant a line, the columns of the plan; a feature that a case does not have is an empty cell. */
export function featuresCsv(sites: readonly BuiltSite[], planned: readonly PlannedFeature[]): string {
  const columns = planned.map(({ name }) => name);
  const rows = sites.flatMap(({ site, documents }) =>
    documents.map(({ participant, features }) => {
      const values = new Map(features.map(({ name, value }) => [name, String(value)]));
      return [participant, site, ...columns.map((column) => values.get(column) ?? '')];
    }),
  );
  return formatCsv(['patient_id', 'site', ...columns], rows);
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

/** How the features of a hospital were made: what a site node holds against its protocol. */
export function extractionRecord(
  features: string,
  made: { readonly extractorSha256: Sha256; readonly planSha256: Sha256 },
  ibsi: IbsiCertificate | null,
): ExtractionRecord {
  return {
    schemaVersion: 1,
    extractorSha256: made.extractorSha256,
    settingsSha256: made.planSha256,
    featuresSha256: sha256(features),
    ibsi,
  };
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
