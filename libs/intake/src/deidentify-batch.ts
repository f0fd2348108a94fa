import { DicomObject, deidentificationTable, deidentify, observeTimes, relateTimes } from '@cohortium/imaging';
import type { DeidentificationRequest, DerivedValues, ObservedTimes } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { intakeErrors } from './errors.js';
import { writeWhole } from './tray/durable-files.js';

/** What a de-identification of many objects did. Holds pseudonyms and new UIDs only. */
export interface DeidentificationRecord {
  readonly schemaVersion: 1;
  readonly table: { readonly standard: string; readonly edition: string; readonly rowCount: number };
  readonly options: readonly string[];
  /** Objects written, by pseudonym. */
  readonly participants: Readonly<Record<string, { readonly imagingStudies: number; readonly series: number; readonly objects: number }>>;
  readonly written: number;
  /** Objects left out: place among the inputs, from 1, and why. */
  readonly refused: readonly { readonly file: number; readonly problem: string }[];
  /** Objects written with a risk that was accepted or cannot be ruled out. */
  readonly risks: Readonly<Record<string, number>>;
  /** How often each action of the table was taken. */
  readonly actions: Readonly<Record<string, number>>;
}

/** Pseudonyms that were given out, with the digests of whom; a file beside the key. */
export class PseudonymRegistry {
  private constructor(
    private readonly path: string,
    private readonly digests: Map<string, string>,
  ) {}

  /** Reads the file, or begins an empty registry. */
  static open(path: string): PseudonymRegistry {
    const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
    return new PseudonymRegistry(path, new Map(Object.entries(stored)));
  }

  /** Takes a pseudonym for a person. @throws `INTAKE.PSEUDONYM_TAKEN` where it belongs to somebody else */
  claim(code: string, digest: string): void {
    const owner = this.digests.get(code);
    if (owner !== undefined && owner !== digest) throw intakeErrors.error('INTAKE.PSEUDONYM_TAKEN', { code });
    this.digests.set(code, digest);
  }

  /** Writes the file whole. */
  save(): void {
    writeWhole(this.path, Buffer.from(`${JSON.stringify(Object.fromEntries([...this.digests].sort()))}\n`), dirname(this.path));
  }
}

/**
 * De-identifies objects one after another and hands each on. Values that depend on times are related over all of them, so the objects of an
 * imaging study belong into one call.
 * @param read bytes of the object at a place, from 0
 * @param write path below the output folder, of pseudonyms and new UIDs only, and bytes
 * @throws `INTAKE.PSEUDONYM_TAKEN`, `IMAGING.IDENTITY_LEFT`, and what `write` throws
 */
export function deidentifyBatch(
  count: number,
  read: (at: number) => Uint8Array,
  request: DeidentificationRequest,
  registry: PseudonymRegistry,
  write: (path: string, bytes: Uint8Array) => void,
): { readonly record: DeidentificationRecord; readonly derived: readonly DerivedValues[] } {
  const observed: ObservedTimes[] = [];
  const refused: { file: number; problem: string }[] = [];
  const people = new Map<string, { studies: Set<string>; series: Set<string>; objects: number }>();
  const hashes = new Map<string, string>();
  const [risks, actions] = [new Map<string, number>(), new Map<string, number>()];
  for (let at = 0; at < count; at++) {
    try {
      const bytes = read(at);
      const result = deidentify(bytes, request, { file: at + 1, count });
      const hash = createHash('sha256').update(result.bytes).digest('hex');
      const earlier = hashes.get(result.sopInstanceUid);
      if (earlier !== undefined) {
        // The tray asks a person which of two contents is right; here nobody can.
        refused.push({ file: at + 1, problem: earlier === hash ? 'duplicate' : 'sameUid' });
        continue;
      }
      hashes.set(result.sopInstanceUid, hash);
      registry.claim(result.pseudonym, result.identityDigest);
      const rewritten = DicomObject.parse(result.bytes);
      write(pathOf(rewritten, result), result.bytes);
      const { imagingStudyUid, seriesUid } = result;
      observed.push(timesOf(bytes, rewritten));
      const person = people.get(result.pseudonym) ?? { studies: new Set(), series: new Set(), objects: 0 };
      people.set(result.pseudonym, {
        studies: person.studies.add(imagingStudyUid),
        series: person.series.add(seriesUid),
        objects: person.objects + 1,
      });
      for (const risk of result.risks) risks.set(risk, (risks.get(risk) ?? 0) + 1);
      for (const [action, times] of Object.entries(result.counts)) actions.set(action, (actions.get(action) ?? 0) + times);
    } catch (error) {
      if (!isAppError(error) || !['IMAGING.CANNOT_DEIDENTIFY', 'IMAGING.BAD_DICOM'].includes(error.code)) throw error;
      refused.push({ file: at + 1, problem: error.code === 'IMAGING.BAD_DICOM' ? 'unreadable' : String(error.params['problem']) });
    }
  }
  const { standard, edition, rowCount } = deidentificationTable;
  const record: DeidentificationRecord = {
    schemaVersion: 1,
    table: { standard, edition, rowCount },
    options: request.profile.options,
    participants: Object.fromEntries([...people].sort().map(([code, { studies, series, objects }]) => [code, { imagingStudies: studies.size, series: series.size, objects }])), // prettier-ignore
    written: observed.length,
    refused,
    risks: Object.fromEntries([...risks].sort()),
    actions: Object.fromEntries([...actions].sort()),
  };
  return { record, derived: relateTimes(observed) };
}

/**
 * Times of the original under the UIDs and numbers of the result: a number of the original may be the hospital's own number of the person, and
 * then it is empty in the result.
 */
function timesOf(original: Uint8Array, rewritten: DicomObject): ObservedTimes {
  const { sopInstanceUid, seriesUid, imagingStudyUid, instanceNumber, temporalPosition } = observeTimes(rewritten);
  const times = observeTimes(DicomObject.parse(original));
  return { ...times, sopInstanceUid, seriesUid, imagingStudyUid, instanceNumber, temporalPosition };
}

/** Folders of participant, imaging study and series of a de-identified object; series and images by number, so that a person finds her way. */
function pathOf(
  object: DicomObject,
  {
    pseudonym,
    imagingStudyUid,
    seriesUid,
    sopInstanceUid,
  }: { readonly pseudonym: string; readonly imagingStudyUid: string; readonly seriesUid: string; readonly sopInstanceUid: string },
): string {
  const number = (tag: string, width: number) => String(Math.abs(Math.trunc(object.decimal(tag) ?? 0)) % 10 ** width).padStart(width, '0');
  const end = (uid: string) => uid.slice(-10).replaceAll('.', '-');
  return [pseudonym, `study-${end(imagingStudyUid)}`, `series-${number('x00200011', 4)}-${end(seriesUid)}`, `${number('x00200013', 5)}-${end(sopInstanceUid)}.dcm`].join('/'); // prettier-ignore
}
