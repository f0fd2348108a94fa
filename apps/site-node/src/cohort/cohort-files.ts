import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseExtractionRecord } from '@cohortium/analysis';
import type { CohortFiles, ExtractionRecord } from '@cohortium/analysis';
import { siteErrors } from '../errors.js';
import { paths, systemCode } from '../own-files.js';

/** Reads the two tables of this site from its own folder. @throws `SITE.FILE_MISSING` */
export async function readCohortFiles(dataDir: string): Promise<CohortFiles> {
  const [features, clinical] = await Promise.all([
    read(paths.features(dataDir), 'cohort/features.csv'),
    read(paths.clinical(dataDir), 'cohort/clinical.csv'),
  ]);
  return { features, clinical };
}

/** How the features were made; undefined where nobody wrote it down. @throws `COHORT.BAD_EXTRACTION_RECORD`, `SITE.FILE_MISSING` */
export async function readExtractionRecord(dataDir: string): Promise<ExtractionRecord | undefined> {
  const path = paths.extraction(dataDir);
  return existsSync(path) ? parseExtractionRecord(await read(path, 'cohort/extraction.json')) : undefined;
}

async function read(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw siteErrors.error('SITE.FILE_MISSING', { file, reason: systemCode(cause) }, { cause });
  }
}
