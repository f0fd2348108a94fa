import { DicomObject, assessStudy } from '@cohortium/imaging';
import type { AcquisitionRules, SeriesRole } from '@cohortium/imaging';
import { canonicalJson, hashJson, isAppError, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { assembleCase } from './assemble-case.js';
import type { AssignedSeries } from './assemble-case.js';
import type { ResolvedPlan } from './case-plan.schema.js';
import { caseErrors } from './errors.js';
import { extractByPlan } from './extract-by-plan.js';
import type { CaseFeature, CaseGap, PlacementRecord } from './extract-by-plan.js';

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
  /** Roles that a person gave to series, by UID; left out where nobody did. */
  readonly roles?: Readonly<Record<string, SeriesRole>>;
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

/** What all cases of an extraction have in common. */
export interface ExtractionContext {
  readonly plan: ResolvedPlan;
  /** Digest of the program, which stands in the lineage. */
  readonly extractorSha256: Sha256;
  /** What the images have to be like; everything is taken without. */
  readonly rules?: AcquisitionRules | undefined;
}

/** What a person decided about one case. */
export interface CaseDecisions {
  /** Roles of series by their UID in the files; they win over what attributes say. */
  readonly roles?: ReadonlyMap<string, SeriesRole> | undefined;
}

/** Fingerprint of the files of a case, whatever their names. */
export function inputHash(files: readonly Uint8Array[]): Sha256 {
  return sha256(files.map((bytes) => sha256(bytes)).sort().join('\n')); // prettier-ignore
}

/** What results of a case are kept under: other files or roles, another plan or another program give another one. */
export function caseKey({
  inputSha256,
  planSha256,
  extractorSha256,
  roles,
}: Pick<CaseDocument, 'inputSha256' | 'planSha256' | 'extractorSha256' | 'roles'>): Sha256 {
  return hashJson({ inputSha256, planSha256, extractorSha256, ...(roles === undefined ? {} : { roles }) });
}

/**
 * From the files of one case to its features. `loadCodecs` must have been awaited.
 * @param files DICOM objects of one person, in an order that does not depend on the machine
 * @throws `CASES.NO_IMAGES`, `CASES.SEVERAL_PEOPLE`, `CASES.NO_IDENTITY`, `CASES.ACQUISITION_REFUSED`, `CASES.NO_FEATURES`
 */
export function extractCase(
  files: readonly Uint8Array[],
  { plan, extractorSha256, rules }: ExtractionContext,
  { roles = new Map() }: CaseDecisions = {},
): CaseDocument {
  const parsed = files.map((bytes, at) => parse(bytes, at + 1, files.length));
  const objects = parsed.flatMap((one) => ('object' in one ? [one.object] : []));
  if (objects.length === 0) throw caseErrors.error('CASES.NO_IMAGES', { count: files.length });
  const people = new Set(objects.map((object) => object.text('x00100020') ?? ''));
  if (people.size > 1) throw caseErrors.error('CASES.SEVERAL_PEOPLE', { count: people.size });
  const [participant] = people as unknown as [string];
  if (participant === '') throw caseErrors.error('CASES.NO_IDENTITY');
  const { input, series, problems } = assembleCase(objects, roles);
  if (rules !== undefined) assertAcquired(series, rules);
  const { features, gaps, placements, failedFits } = extractByPlan(input, plan);
  if (features.length === 0)
    throw caseErrors.error('CASES.NO_FEATURES', { reasons: [...new Set(gaps.map(({ reason }) => reason))].join(', ') });
  return {
    schemaVersion: 1,
    participant,
    inputSha256: inputHash(files),
    planSha256: plan.hash,
    extractorSha256,
    ...(roles.size === 0 ? {} : { roles: Object.fromEntries([...roles].sort()) }),
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

/** @throws `CASES.ACQUISITION_REFUSED` with the rules that refuse */
function assertAcquired(series: readonly AssignedSeries[], rules: AcquisitionRules): void {
  const { series: each, study } = assessStudy(
    series.map(({ facts, role }) => ({ facts, assignment: role })),
    rules,
  );
  if (study.verdict !== 'refuse') return;
  const refusing = [study, ...each].flatMap(({ findings }) => findings.filter(({ verdict }) => verdict === 'refuse'));
  throw caseErrors.error('CASES.ACQUISITION_REFUSED', {
    rules: [...new Set(refusing.map(({ role, rule }) => `${role}.${rule}`))].join(', '),
  });
}

function parse(bytes: Uint8Array, file: number, count: number): { readonly object: DicomObject } | { readonly code: string } {
  try {
    return { object: DicomObject.parse(bytes, { file, count }) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code };
  }
}
