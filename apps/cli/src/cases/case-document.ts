import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DicomObject, loadCodecs } from '@cohortium/imaging';
import { canonicalJson, hashJson, isAppError, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { assembleCase, extractByPlan } from '@cohortium/radiomics';
import type { CaseFeature, CaseGap, PlacementRecord, ResolvedPlan } from '@cohortium/radiomics';
import type { CaseCache } from './case-cache.js';
import type { BuiltCase } from './cohort-build.command.js';
import { casesErrors } from './errors.js';

/** Where the images of one case are. */
export interface CaseFolder {
  readonly site: string;
  readonly folder: string;
}

/** One series of a case as it was used, for the lineage. */
export interface SeriesRecord {
  readonly seriesUid: string;
  readonly role: string;
  readonly confidence: number;
  readonly images: number;
}

/** Features of one case, with everything that they came from. */
export interface CaseDocument {
  readonly schemaVersion: 1;
  /** PatientID of the objects, which is the study's pseudonym once they are de-identified. */
  readonly participant: string;
  /** SHA-256 over the hashes of all files of the case, ascending. */
  readonly inputSha256: Sha256;
  readonly planSha256: Sha256;
  readonly extractorSha256: Sha256;
  /** SHA-256 of names and values. */
  readonly vectorSha256: Sha256;
  readonly series: readonly SeriesRecord[];
  readonly placements: readonly PlacementRecord[];
  readonly failedFits: number | null;
  readonly gaps: readonly CaseGap[];
  /** Codes of the errors of objects that could not be used. */
  readonly problems: readonly string[];
  readonly features: readonly CaseFeature[];
}

/** What every case of a build has in common. */
export interface BuildContext {
  readonly plan: ResolvedPlan;
  readonly extractorSha256: Sha256;
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

/** Fingerprint of the files of a case, whatever their names. */
export function inputHash(files: readonly Uint8Array[]): Sha256 {
  return sha256(files.map((bytes) => sha256(bytes)).sort().join('\n')); // prettier-ignore
}

/** What results of a case are kept under: other files, another plan or another program give another one. */
export function caseKey({
  inputSha256,
  planSha256,
  extractorSha256,
}: Pick<CaseDocument, 'inputSha256' | 'planSha256' | 'extractorSha256'>): Sha256 {
  return hashJson({ inputSha256, planSha256, extractorSha256 });
}

/**
 * Reads the objects of one case, puts them together and extracts the features of the plan, unless that was done before.
 * @throws `CASES.CANNOT_READ`, `CASES.NO_IMAGES`, `CASES.SEVERAL_PEOPLE`, `CASES.NO_IDENTITY`, `CASES.NO_FEATURES`
 */
export async function buildCase({ folder }: CaseFolder, context: BuildContext, cache: CaseCache): Promise<BuiltCase> {
  const files = readCaseFiles(folder);
  const key = caseKey({ inputSha256: inputHash(files), planSha256: context.plan.hash, extractorSha256: context.extractorSha256 });
  const kept = cache.find(key);
  if (kept !== undefined) return { document: kept, fromCache: true };
  await loadCodecs();
  const document = extractFiles(files, context);
  cache.keep(key, document);
  return { document, fromCache: false };
}

function extractFiles(files: readonly Uint8Array[], context: BuildContext): CaseDocument {
  const parsed = files.map((bytes, at) => parse(bytes, at + 1, files.length));
  const objects = parsed.flatMap((one) => ('object' in one ? [one.object] : []));
  if (objects.length === 0) throw casesErrors.error('CASES.NO_IMAGES', { count: files.length });
  const people = new Set(objects.map((object) => object.text('x00100020') ?? ''));
  if (people.size > 1) throw casesErrors.error('CASES.SEVERAL_PEOPLE', { count: people.size });
  const [participant] = people as unknown as [string];
  if (participant === '') throw casesErrors.error('CASES.NO_IDENTITY');
  const { input, series, problems } = assembleCase(objects);
  const { features, gaps, placements, failedFits } = extractByPlan(input, context.plan);
  if (features.length === 0)
    throw casesErrors.error('CASES.NO_FEATURES', { reasons: [...new Set(gaps.map(({ reason }) => reason))].join(', ') });
  return {
    schemaVersion: 1,
    participant,
    inputSha256: inputHash(files),
    planSha256: context.plan.hash,
    extractorSha256: context.extractorSha256,
    vectorSha256: sha256(canonicalJson(features.map(({ name, value }) => [name, value]))),
    series: series.map(({ facts, role }) => ({
      seriesUid: facts.seriesUid,
      role: role.role,
      confidence: role.confidence,
      images: facts.images,
    })),
    placements,
    failedFits,
    gaps,
    problems: [...parsed.flatMap((one) => ('code' in one ? [one.code] : [])), ...problems],
    features,
  };
}

function parse(bytes: Uint8Array, file: number, count: number): { readonly object: DicomObject } | { readonly code: string } {
  try {
    return { object: DicomObject.parse(bytes, { file, count }) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code };
  }
}
