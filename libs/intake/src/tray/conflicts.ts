import { grouped, missingSlices } from './missing-slices.js';
import type { MissingSlices } from './missing-slices.js';
import type { TrayEntry } from './tray-entry.js';

/**
 * What a person has to decide. `sameUid`: one UID with two contents. `twoPeople`: one identifier, different birth dates, sexes or names.
 * `onePseudonym`: different identifiers that the key maps to one pseudonym. `twoParticipants`: one series or imaging study under two
 * identifiers. `severalStudies`: one push brought several imaging studies of one participant. `missingSlices`: a series has holes.
 */
export type ConflictKind = 'sameUid' | 'twoPeople' | 'onePseudonym' | 'twoParticipants' | 'severalStudies' | 'missingSlices';

/** An open question about objects in the tray. */
export interface Conflict {
  /** Names kind, subject and what the sides are: when another side joins, it is another conflict. */
  readonly id: string;
  readonly kind: ConflictKind;
  /** The sides that a person chooses among, in the order in which they came; objects by SHA-256. */
  readonly sides: readonly (readonly string[])[];
  /** True where all sides may stay as they are. */
  readonly canAccept: boolean;
  /** True where one side can be kept and the others set aside. */
  readonly canKeep: boolean;
  readonly missing?: MissingSlices;
  /** Attributes in which people under one identifier differ. */
  readonly differs?: readonly string[];
}

/** What the search for conflicts is told beside the entries. */
export interface ConflictContext {
  /** Conflicts that a person accepted. */
  readonly accepted: ReadonlySet<string>;
  /** Images of a series by what an archive said. */
  readonly expected: ReadonlyMap<string, number>;
  /** Digest, in hexadecimal, that only who holds the tray can try identifiers on: conflicts are named by it. */
  readonly digestOf: (text: string) => string;
  /** Pseudonym of an identity, where the key is at hand. */
  readonly pseudonymOf?: (identity: { readonly patientId: string; readonly issuer: string }) => string;
}

/** One participant as the images name her. */
export function participantKey({ patientId, issuer }: TrayEntry): string {
  return JSON.stringify([issuer.trim().toUpperCase(), patientId.trim().toUpperCase()]);
}

/** All open conflicts among entries that count, which are sorted by the time at which they came. */
export function findConflicts(entries: readonly TrayEntry[], context: ConflictContext): readonly Conflict[] {
  const all = [
    ...sameUid(entries),
    ...twoPeople(entries),
    ...onePseudonym(entries, context),
    ...twoParticipants(entries),
    ...severalStudies(entries),
    ...incomplete(entries, context),
  ];
  const named = all.map((open) => ({ ...open, id: context.digestOf(open.id).slice(0, 10) }));
  return named.filter(({ id }) => !context.accepted.has(id));
}

/** A conflict whose name is still the text that is digested. */
function conflict(
  kind: ConflictKind,
  subject: string,
  sides: readonly (readonly TrayEntry[])[],
  sideOf: (entry: TrayEntry) => string,
  more: Partial<Conflict> = {},
): Conflict {
  const hashes = sides.map((side) => side.map(({ sha256 }) => sha256));
  const id = JSON.stringify([kind, subject, sides.map(([first]) => first && sideOf(first)), more.missing ?? null]);
  return { id, kind, sides: hashes, canAccept: true, canKeep: true, ...more };
}

function sameUid(entries: readonly TrayEntry[]): Conflict[] {
  return grouped(entries, ({ sopInstanceUid }) => sopInstanceUid).flatMap((objects) => {
    const contents = grouped(objects, ({ contentSha256 }) => contentSha256);
    return contents.length < 2
      ? []
      : [conflict('sameUid', objects[0]?.sopInstanceUid ?? '', contents, ({ contentSha256 }) => contentSha256, { canAccept: false })];
  });
}

const personal = { birthDate: (entry: TrayEntry) => entry.birthDate, sex: (entry: TrayEntry) => entry.sex.toUpperCase(), name: (entry: TrayEntry) => plainName(entry.patientName) }; // prettier-ignore

/** Letters only: how a scanner separates and pads the parts of a name makes no other person. */
function plainName(name: string): string {
  return (name.split('=')[0] ?? '').toUpperCase().replace(/[\^.,\s_-]+/g, ' ').trim(); // prettier-ignore
}

function twoPeople(entries: readonly TrayEntry[]): Conflict[] {
  return grouped(entries, participantKey).flatMap((person) => {
    const differs = Object.entries(personal).filter(([, read]) => new Set(person.map(read).filter((text) => text !== '')).size > 1);
    if (differs.length === 0) return [];
    const sideOf = (entry: TrayEntry) => JSON.stringify(differs.map(([, read]) => read(entry)));
    return [
      conflict('twoPeople', participantKey(person[0] as TrayEntry), grouped(person, sideOf), sideOf, {
        differs: differs.map(([name]) => name),
      }),
    ];
  });
}

function onePseudonym(entries: readonly TrayEntry[], { pseudonymOf }: ConflictContext): Conflict[] {
  if (pseudonymOf === undefined) return [];
  return grouped(entries, pseudonymOf).flatMap((sharing) => {
    const people = grouped(sharing, participantKey);
    return people.length < 2
      ? []
      : [conflict('onePseudonym', pseudonymOf(sharing[0] as TrayEntry), people, participantKey, { canAccept: false })];
  });
}

function twoParticipants(entries: readonly TrayEntry[]): Conflict[] {
  const by = (uid: (entry: TrayEntry) => string) =>
    grouped(entries, uid).flatMap((objects) => {
      const people = grouped(objects, participantKey);
      return people.length < 2
        ? []
        : [conflict('twoParticipants', uid(objects[0] as TrayEntry), people, participantKey, { canAccept: false })];
    });
  const studies = by(({ imagingStudyUid }) => imagingStudyUid);
  const told = new Set(studies.flatMap(({ sides }) => sides.flat()));
  return [...studies, ...by(({ seriesUid }) => seriesUid).filter(({ sides }) => !sides.flat().every((sha256) => told.has(sha256)))];
}

function severalStudies(entries: readonly TrayEntry[]): Conflict[] {
  return grouped(entries, (entry) => JSON.stringify([entry.push, participantKey(entry)])).flatMap((pushed) => {
    const studies = grouped(pushed, ({ imagingStudyUid }) => imagingStudyUid);
    return studies.length < 2 ? [] : [conflict('severalStudies', pushed[0]?.push ?? '', studies, ({ imagingStudyUid }) => imagingStudyUid)];
  });
}

function incomplete(entries: readonly TrayEntry[], { expected }: ConflictContext): Conflict[] {
  return grouped(entries, ({ seriesUid }) => seriesUid).flatMap((series) => {
    const unique = grouped(series, ({ sopInstanceUid }) => sopInstanceUid).map((objects) => objects[0] as TrayEntry);
    const uid = series[0]?.seriesUid ?? '';
    const missing = missingSlices(unique, expected.get(uid));
    return missing === undefined
      ? []
      : [conflict('missingSlices', uid, [series], ({ seriesUid }) => seriesUid, { canKeep: false, missing })];
  });
}
