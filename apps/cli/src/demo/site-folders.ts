import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { CohortFiles } from '@cohortium/analysis';
import type { SiteId } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import type { PreparedStudy } from '../cohort/prepare-cohort.js';
import { writeError } from '../outputs/files.js';

/** A site's own folder. */
export interface SiteFolder {
  readonly site: SiteId;
  readonly dataDir: string;
}

/**
 * Lays out one site's folder: its own rows of the cohort, the record of how they were made, and its operator's policy, closed to everybody else (0700, 0600).
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`
 */
export function makeSiteFolder(parent: string, site: SiteId, { protocol, files, extractionRecords }: PreparedStudy): SiteFolder {
  const dataDir = join(parent, site);
  const { features, clinical } = files.get(site) as CohortFiles;
  const record = extractionRecords.get(site);
  writePrivate(join(dataDir, 'cohort', 'features.csv'), features);
  writePrivate(join(dataDir, 'cohort', 'clinical.csv'), clinical);
  if (record !== undefined) writePrivate(join(dataDir, 'cohort', 'extraction.json'), record);
  writePrivate(join(dataDir, 'policy.yaml'), demoPolicy(protocol));
  return { site, dataDir };
}

/** Writes a file that only we may read, in folders that only we may enter. @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
export function writePrivate(path: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * The standing decision of a demo's operators: this study, and nothing else. Visible exceptions of the protocol (a lifted rule on
 * parameters per participant, a smaller cell, sums that are not masked) are accepted only where the protocol asks for them.
 */
function demoPolicy(protocol: Protocol): string {
  const asksFor = protocol.clauses.some(
    (clause) =>
      clause.maxParametersPerRow === null || (clause.kind === 'siteSummary' ? clause.minCell < 5 : clause.secureAggregation === 'off'),
  );
  const least = Math.min(10, ...protocol.clauses.map((clause) => clause.minParticipantsPerSite).filter((count) => count > 0));
  return stringify({ approve: { studies: [protocol.study], minParticipantsPerSite: least, allowExceptions: asksFor }, otherwise: 'wait' });
}
