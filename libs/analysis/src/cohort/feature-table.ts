import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { ExtractionRecord, IbsiCertificate } from './extraction-record.js';
import { formatCsv } from './table.js';

/** Features of one participant as they were extracted. */
export interface FeatureRow {
  readonly participant: string;
  readonly site: string;
  readonly features: readonly { readonly name: string; readonly value: number }[];
}

/**
 * features.csv: one participant a line under the given columns; a feature that a participant does not have is an empty cell. Numbers have every
 * digit that tells them from their neighbors.
 */
export function featureTable(columns: readonly string[], rows: readonly FeatureRow[]): string {
  const cells = rows.map(({ participant, site, features }) => {
    const values = new Map(features.map(({ name, value }) => [name, String(value)]));
    return [participant, site, ...columns.map((column) => values.get(column) ?? '')];
  });
  return formatCsv(['patient_id', 'site', ...columns], cells);
}

/** How a table of features was made: what a site node holds against its protocol. */
export function extractionRecordOf(
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
