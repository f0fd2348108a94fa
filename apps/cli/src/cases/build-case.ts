import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadCodecs } from '@cohortium/imaging';
import { caseKey, extractCase, inputHash } from '@cohortium/radiomics';
import type { ExtractionContext } from '@cohortium/radiomics';
import type { CaseCache } from './case-cache.js';
import type { BuiltCase } from './cohort-build.command.js';
import { casesErrors } from './errors.js';

/** Where the images of one case are. */
export interface CaseFolder {
  readonly site: string;
  readonly folder: string;
}

/** Files below a folder with their bytes, hidden ones passed over. Its name may identify somebody and is not told. @throws `CASES.CANNOT_READ` */
export function readCaseFiles(folder: string): readonly Uint8Array[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => readFileSync(path));
  } catch (cause) {
    throw casesErrors.error('CASES.CANNOT_READ', { reason: (cause as NodeJS.ErrnoException).code ?? 'unknown' });
  }
}

/**
 * Reads the objects of one case, puts them together and extracts the features of the plan, unless that was done before.
 * @throws `CASES.*`
 */
export async function buildCase({ folder }: CaseFolder, context: ExtractionContext, cache: CaseCache): Promise<BuiltCase> {
  const files = readCaseFiles(folder);
  const key = caseKey({ inputSha256: inputHash(files), planSha256: context.plan.hash, extractorSha256: context.extractorSha256 });
  const kept = cache.find(key);
  if (kept !== undefined) return { document: kept, fromCache: true };
  await loadCodecs();
  const document = extractCase(files, context);
  cache.keep(key, document);
  return { document, fromCache: false };
}
