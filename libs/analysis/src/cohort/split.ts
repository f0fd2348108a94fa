import { parseSiteId } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { analysisErrors } from '../errors.js';
import { columnIndex, formatCsv, indexParticipants, parseTable } from './table.js';
import type { TextTable } from './table.js';
import type { CohortFiles } from './read-cohort.js';

/**
 * Splits a cohort folder's tables into the tables of each site, cells untouched, in ascending order of site code.
 * @throws `COHORT.*` when a table is malformed, a participant stands twice, or the two tables disagree on a participant's site
 */
export function splitCohortBySite(files: CohortFiles): ReadonlyMap<SiteId, CohortFiles> {
  const features = parseTable(files.features, 'features.csv');
  const clinical = parseTable(files.clinical, 'clinical.csv');
  const featureRows = indexParticipants(features);
  indexParticipants(clinical);
  const featureSite = columnIndex(features, 'site');
  const clinicalSite = columnIndex(clinical, 'site');
  const ids = columnIndex(clinical, 'patient_id');
  clinical.rows.forEach((row, i) => {
    const featureRow = featureRows.get(row[ids] as string);
    if (featureRow !== undefined && features.rows[featureRow]?.[featureSite] !== row[clinicalSite]) {
      throw analysisErrors.error('COHORT.SITE_MISMATCH', { file: clinical.file, line: clinical.lines[i] as number });
    }
  });
  const sites = [...new Set(features.rows.map((row) => row[featureSite] as string))].sort();
  return new Map(
    sites.map((site) => [parseSiteId(site), { features: part(features, featureSite, site), clinical: part(clinical, clinicalSite, site) }]),
  );
}

function part(table: TextTable, column: number, site: string): string {
  return formatCsv(
    table.columns,
    table.rows.filter((row) => row[column] === site),
  );
}
