import { sha256 } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { extractionProblem, parseExtractionRecord } from './extraction-record.js';
import type { ExtractionProblem, ExtractionRecord } from './extraction-record.js';

const features = 'patient_id,site,f\nA,S1,1\n';
const [extractorSha256, settingsSha256] = [sha256('program'), sha256('settings')];
const ibsi = { schemaVersion: 1 as const, extractorSha256, rows: 487, failed: 0, reportSha256: sha256('report') };
const record: ExtractionRecord = { schemaVersion: 1, extractorSha256, settingsSha256, featuresSha256: sha256(features), ibsi };
const asked = { extraction: { extractorSha256, settingsSha256, ibsiRows: 487 } };

describe('features held to their protocol', () => {
  it('fit, or nothing is asked of them', () => {
    expect(extractionProblem(asked, record, features)).toBeUndefined();
    expect(extractionProblem({ extraction: undefined }, undefined, features)).toBeUndefined();
  });

  it.each<[ExtractionProblem, ExtractionRecord | undefined, string]>([
    ['extractionUnknown', undefined, features],
    ['extractorDiffers', { ...record, extractorSha256: sha256('other') }, features],
    ['extractionSettingsDiffer', { ...record, settingsSha256: sha256('other') }, features],
    ['ibsiCertificateMissing', { ...record, ibsi: null }, features],
    ['ibsiCertificateMissing', { ...record, ibsi: { ...ibsi, failed: 1 } }, features],
    ['ibsiCertificateMissing', { ...record, ibsi: { ...ibsi, rows: 486 } }, features],
    ['ibsiCertificateMissing', { ...record, ibsi: { ...ibsi, extractorSha256: sha256('other') } }, features],
    ['featuresNotExtracted', record, `${features}B,S1,2\n`],
  ])('do not: %s', (problem, made, table) => {
    expect(extractionProblem(asked, made, table)).toBe(problem);
  });

  it('are told by a record of one form', () => {
    expect(parseExtractionRecord(JSON.stringify(record))).toEqual(record);
    for (const text of ['{', '{}', JSON.stringify({ ...record, more: 1 })])
      expect(() => parseExtractionRecord(text)).toThrow('COHORT.BAD_EXTRACTION_RECORD');
  });
});
