import { sha256 } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import { z } from 'zod';
import { analysisErrors } from '../errors.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What the IBSI self-test said of an extractor at this site. */
export const ibsiCertificateSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    extractorSha256: hash.describe('Digest of the program that was tested'),
    rows: z.int().min(0).describe('Reference rows that were compared'),
    failed: z.int().min(0),
    reportSha256: hash.describe('SHA-256 of the canonical JSON of all rows'),
  })
  .describe('Certificate of the IBSI self-test');

/** See {@link ibsiCertificateSchema}. */
export type IbsiCertificate = z.output<typeof ibsiCertificateSchema>;

/** How the features of a cohort were made: lies beside features.csv at the site. */
export const extractionRecordSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    extractorSha256: hash.describe('Digest of the program that extracted'),
    settingsSha256: hash.describe('Hash of the settings of all sequences, maps and regions'),
    featuresSha256: hash.describe('SHA-256 of features.csv'),
    ibsi: ibsiCertificateSchema.nullable(),
  })
  .describe('How the features of a cohort were made');

/** See {@link extractionRecordSchema}. */
export type ExtractionRecord = z.output<typeof extractionRecordSchema>;

/** Why a site's features do not fit a protocol that says how they are to be made. */
export type ExtractionProblem =
  'extractionUnknown' | 'extractorDiffers' | 'extractionSettingsDiffer' | 'ibsiCertificateMissing' | 'featuresNotExtracted';

/** Reads an extraction record. @throws `COHORT.BAD_EXTRACTION_RECORD` */
export function parseExtractionRecord(text: string): ExtractionRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw analysisErrors.error('COHORT.BAD_EXTRACTION_RECORD', { path: '$', reason: 'not JSON' }, { cause });
  }
  const parsed = extractionRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw analysisErrors.error('COHORT.BAD_EXTRACTION_RECORD', {
    path: ['$', ...(issue?.path ?? [])].join('.'),
    reason: issue?.code ?? 'unknown',
  });
}

/**
 * Holds a site's features to what the protocol asks of their extraction: the same program, the same settings, a self-test of that very program
 * without failure, and the table that came out of it.
 * @param record undefined where the site has none
 * @returns undefined when everything fits, or when the protocol asks for nothing
 */
export function extractionProblem(
  { extraction: asked }: Pick<Protocol, 'extraction'>,
  record: ExtractionRecord | undefined,
  featuresCsv: string,
): ExtractionProblem | undefined {
  if (asked === undefined) return undefined;
  if (record === undefined) return 'extractionUnknown';
  if (record.extractorSha256 !== asked.extractorSha256) return 'extractorDiffers';
  if (record.settingsSha256 !== asked.settingsSha256) return 'extractionSettingsDiffer';
  const { ibsi } = record;
  if (ibsi === null || ibsi.extractorSha256 !== record.extractorSha256 || ibsi.failed > 0 || ibsi.rows < asked.ibsiRows)
    return 'ibsiCertificateMissing';
  return record.featuresSha256 === sha256(featuresCsv) ? undefined : 'featuresNotExtracted';
}
