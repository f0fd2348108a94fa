import { segmentationClasses, structureSetClass } from '@cohortium/imaging';
import type { SeriesRole, SiteKey } from '@cohortium/imaging';
import { participantKey } from '@cohortium/intake';
import type { IntakeTray, TrayEntry } from '@cohortium/intake';
import { hashJson } from '@cohortium/kernel';
import type { ExtractionConfig } from '../images-config.js';
import type { TrayCase, WaitingReason } from './messages.js';

/** What the cases of a tray are listed with. */
export interface ListingContext {
  readonly config: Pick<ExtractionConfig, 'plan' | 'rules' | 'release' | 'deidentification' | 'accept' | 'quietMs'>;
  readonly extractorSha256: string;
  readonly key: SiteKey;
  readonly nowMs: number;
}

/** A case with the objects that it is extracted from. */
export interface ListedCase extends TrayCase {
  readonly entries: readonly TrayEntry[];
  /** UIDs of its series that may be released without asking anybody. */
  readonly releasable: readonly string[];
  /** What a person says that its series are, by UID. */
  readonly roles: ReadonlyMap<string, SeriesRole>;
}

/**
 * The participants of a tray as cases. All released images of a participant are one case. Features of two examinations must not be mixed: where
 * there are images of several imaging studies a person says which counts, by releasing that one.
 */
export function listCases(tray: IntakeTray, context: ListingContext): readonly ListedCase[] {
  const pseudonymOf = (identity: { readonly patientId: string; readonly issuer: string }) => context.key.pseudonym(identity).code;
  const held = tray.heldSeries(pseudonymOf);
  const { released, setAside, roles } = tray.decisions();
  const people = new Map<string, TrayEntry[]>();
  for (const entry of tray.entries()) {
    if (setAside.has(entry.sha256)) continue;
    const person = participantKey(entry);
    const own = people.get(person);
    if (own === undefined) people.set(person, [entry]);
    else own.push(entry);
  }
  return [...people].map(([person, all]) => {
    const entries = all.filter(({ seriesUid }) => released.has(seriesUid));
    const own = new Map(
      entries.flatMap(({ seriesUid }) => (roles.has(seriesUid) ? [[seriesUid, roles.get(seriesUid) as SeriesRole]] : [])),
    );
    const isHeld = all.some(({ seriesUid }) => held.has(seriesUid));
    const waiting = waitingOf(all, entries, isHeld, context);
    const isRipe = waiting !== 'conflict' && waiting !== 'arriving' && studiesOf(all) <= 1;
    return {
      caseId: tray.digestOf(`case ${person}`).slice(0, 32),
      fingerprint: fingerprintOf(entries, own, context),
      waiting,
      entries,
      roles: own,
      releasable: isRipe ? [...new Set(all.flatMap(({ seriesUid }) => (released.has(seriesUid) ? [] : seriesUid)))] : [],
    };
  });
}

function waitingOf(
  all: readonly TrayEntry[],
  released: readonly TrayEntry[],
  isHeld: boolean,
  { config, nowMs }: ListingContext,
): WaitingReason | null {
  if (isHeld) return 'conflict';
  if (all.some(({ receivedAtMs }) => nowMs - receivedAtMs < config.quietMs)) return 'arriving';
  if (released.length === 0) return studiesOf(all) > 1 ? 'severalStudies' : 'notReleased';
  if (studiesOf(released) > 1) return 'severalStudies';
  const needsDrawing = Object.values(config.plan.plan.regions).some((region) => 'segment' in region);
  return needsDrawing && !released.some(isDrawn) ? 'noRegion' : null;
}

/** A region, which a workstation may have filed under an imaging study of its own. */
function isDrawn({ sopClassUid }: TrayEntry): boolean {
  return segmentationClasses.has(sopClassUid) || sopClassUid === structureSetClass;
}

/** Imaging studies among the images. */
function studiesOf(entries: readonly TrayEntry[]): number {
  return new Set(entries.filter((entry) => !isDrawn(entry)).map(({ imagingStudyUid }) => imagingStudyUid)).size;
}

/** Something else in any of these is looked at again. */
function fingerprintOf(
  entries: readonly TrayEntry[],
  roles: ReadonlyMap<string, SeriesRole>,
  { config, extractorSha256 }: ListingContext,
): string {
  const { plan, rules = null, deidentification, accept } = config;
  return hashJson({
    objects: entries.map(({ sha256 }) => sha256).sort(),
    roles: Object.fromEntries(roles),
    ...{ planSha256: plan.hash, extractorSha256, rules, deidentification, accept },
  } as Parameters<typeof hashJson>[0]);
}
