import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import {
  DicomObject,
  applyCorrection,
  assignRoles,
  earliestSeconds,
  frameDecoder,
  hasPixels,
  imagingErrors,
  isDicom,
  pixelFormatOf,
  readImageHeader,
  seriesFacts,
  splitSeries,
  statedProblem,
} from '@cohortium/imaging';
import type { ImageHeader, RoleAssignment, SeriesFacts, SeriesRole, StatedProblem, VolumePlan } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { reasonOf } from '../../outputs/files.js';
import { walkFiles } from './walk-files.js';

/** A file that could not be used. Its name may identify a participant: it is told by its place in the order of paths. */
export interface FileProblem extends StatedProblem {
  /** From 1. */
  readonly file: number;
  /** Ordinal of the series that it belongs to; absent where that is not known. */
  readonly series?: number;
}

/** A series that was found. */
export interface ScannedSeries {
  /** From 1, over all participants; stays the same as long as the folder does. */
  readonly ordinal: number;
  readonly facts: SeriesFacts;
  readonly assignment: RoleAssignment;
  readonly plans: readonly VolumePlan[];
  /** Paths of the objects, in the order that the plans refer to. */
  readonly paths: readonly string[];
}

/** An imaging study that was found. */
export interface ScannedStudy {
  readonly ordinal: number;
  /** Ordinal of the participant. */
  readonly participant: number;
  readonly series: readonly ScannedSeries[];
  /** Objects that are no images, by modality: segmentations, structure sets, reports. */
  readonly others: Readonly<Record<string, number>>;
}

/** What a folder holds. */
export interface FolderScan {
  readonly files: number;
  readonly dicomFiles: number;
  /** Files that are no DICOM, and folders that could not be read. */
  readonly passedOver: number;
  readonly unreadableFolders: number;
  readonly participants: number;
  readonly studies: readonly ScannedStudy[];
  readonly problems: readonly FileProblem[];
}

/** A person's word on the role of a series. */
export type Corrections = ReadonlyMap<string, SeriesRole>;

/** Objects of these are images; without pixels they were cut. */
const imageModalities = new Set(['MR', 'CT', 'PT', 'MG', 'US', 'NM', 'CR', 'DX']);

interface Found {
  readonly path: string;
  readonly file: number;
  readonly header: ImageHeader;
  /** Why its pixels cannot be read. */
  readonly problem?: Error;
}

interface FoundStudy {
  readonly participant: number;
  readonly images: Found[];
  readonly others: Record<string, number>;
}

/**
 * Reads everything but the pixels of all DICOM files below a folder. A file that cannot be used is a problem of that file and stops nothing.
 * @param corrections roles by Series Instance UID or by ordinal
 * @param onFile is told how many files were read
 * @throws `CLI.CANNOT_READ` where the folder cannot be read
 */
export function scanFolder(path: string, corrections: Corrections = new Map(), onFile?: (done: number, of: number) => void): FolderScan {
  const { files, unreadable } = walkFiles(path);
  const problems: FileProblem[] = [];
  const studies = new Map<string, FoundStudy>();
  const participants = new Map<string, number>();
  let dicomFiles = 0;
  files.forEach((file, at) => {
    onFile?.(at, files.length);
    const place = { file: at + 1, count: files.length };
    try {
      if (!looksDicom(file)) return;
      dicomFiles++;
      const object = DicomObject.parse(readFileSync(file), place);
      const problem = take(object, file, at + 1, studies, participants);
      if (problem !== undefined) throw problem;
    } catch (error) {
      problems.push({ file: at + 1, ...problemOf(error) });
    }
  });
  const counter = { series: 0 };
  const listed = [...studies.values()]
    .sort((a, b) => a.participant - b.participant || startOf(a) - startOf(b))
    .map((study, at) => scannedStudy(study, at + 1, counter, corrections));
  return {
    files: files.length,
    dicomFiles,
    passedOver: files.length - dicomFiles,
    unreadableFolders: unreadable,
    participants: participants.size,
    studies: listed,
    problems: problems.map((problem) => withSeries(problem, studies, listed)),
  };
}

/** Puts an object where it belongs. @returns why its pixels cannot be read; it is listed all the same */
function take(
  object: DicomObject,
  path: string,
  file: number,
  studies: Map<string, FoundStudy>,
  participants: Map<string, number>,
): Error | undefined {
  const modality = object.text('x00080060') ?? '?';
  if (!hasPixels(object) || modality === 'SEG') {
    // A directory of a medium (DICOMDIR) belongs to no study.
    if (object.has('x00041220')) return undefined;
    const missing = imageModalities.has(modality) ? 'PixelData' : object.has('x0020000d') ? undefined : 'StudyInstanceUID';
    if (missing !== undefined) throw imagingErrors.error('IMAGING.BAD_DICOM', { ...object.place, problem: 'missing', attribute: missing });
    const { others } = studyOf(object, studies, participants);
    others[modality] = (others[modality] ?? 0) + 1;
    return undefined;
  }
  const header = readImageHeader(object);
  const problem = pixelProblem(object);
  studyOf(object, studies, participants).images.push({ path, file, header, ...(problem && { problem }) });
  return problem;
}

/** Pixels that cannot be read are told now, without decoding any. */
function pixelProblem(object: DicomObject): Error | undefined {
  try {
    frameDecoder(object, pixelFormatOf(object));
    return undefined;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
}

/** A signature of DICOM, or the beginning of a data set without one. */
function looksDicom(path: string): boolean {
  const handle = openSync(path, 'r');
  try {
    const head = Buffer.alloc(132);
    return isDicom(head.subarray(0, readSync(handle, head, 0, 132, 0)));
  } finally {
    closeSync(handle);
  }
}

function studyOf(object: DicomObject, studies: Map<string, FoundStudy>, participants: Map<string, number>): FoundStudy {
  // Who is meant stays in this function: what goes on is an ordinal.
  const person = [object.text('x00100020') ?? object.text('x00100010') ?? '', object.text('x00100021') ?? ''].join('\u0000');
  const participant = participants.get(person) ?? participants.size + 1;
  participants.set(person, participant);
  const key = `${participant}/${object.text('x0020000d') ?? ''}`;
  const study = studies.get(key) ?? { participant, images: [], others: {} };
  studies.set(key, study);
  return study;
}

function startOf({ images }: FoundStudy): number {
  return earliestSeconds(images.map(({ header }) => header)) ?? Infinity;
}

function scannedStudy(study: FoundStudy, ordinal: number, counter: { series: number }, corrections: Corrections): ScannedStudy {
  const zero = earliestSeconds(study.images.map(({ header }) => header));
  const groups = new Map<string, Found[]>();
  for (const image of study.images) groups.set(image.header.seriesUid, [...(groups.get(image.header.seriesUid) ?? []), image]);
  const read = [...groups.values()].map((members) => readSeries(members, zero));
  read.sort(
    (a, b) => (a.facts.seriesNumber ?? 0) - (b.facts.seriesNumber ?? 0) || (a.facts.startSeconds ?? 0) - (b.facts.startSeconds ?? 0),
  );
  const roles = assignRoles(read.map(({ facts }) => facts));
  const series = read.map((each, at): ScannedSeries => {
    const number = ++counter.series;
    const role = corrections.get(each.facts.seriesUid) ?? corrections.get(`${number}`);
    const assignment = roles[at] as RoleAssignment;
    return { ordinal: number, ...each, assignment: role === undefined ? assignment : applyCorrection(assignment, each.facts, { role }) };
  });
  return { ordinal, participant: study.participant, series, others: study.others };
}

/** Volumes of the objects whose pixels can be read; without any such, those that there would be, each with the reason. */
function readSeries(members: readonly Found[], zero: number | undefined): Pick<ScannedSeries, 'facts' | 'plans' | 'paths'> {
  const usable = members.filter(({ problem }) => problem === undefined);
  const chosen = usable.length > 0 ? usable : members;
  const headers = chosen.map(({ header }) => header);
  const problem = usable.length > 0 ? undefined : members[0]?.problem;
  const plans = splitSeries(headers).map((plan) => (problem === undefined ? plan : { ...plan, problem: plan.problem ?? problem }));
  return { facts: seriesFacts(headers, plans, zero), plans, paths: chosen.map(({ path }) => path) };
}

function withSeries(problem: FileProblem, studies: ReadonlyMap<string, FoundStudy>, listed: readonly ScannedStudy[]): FileProblem {
  for (const { images } of studies.values()) {
    const uid = images.find(({ file }) => file === problem.file)?.header.seriesUid;
    const series = listed.flatMap((study) => study.series).find(({ facts }) => facts.seriesUid === uid)?.ordinal;
    if (series !== undefined) return { ...problem, series };
  }
  return problem;
}

function problemOf(error: unknown): StatedProblem {
  if (isAppError(error)) return statedProblem(error);
  // Reasons of the system hold no path; its messages do.
  return { code: 'CLI.CANNOT_READ', params: {}, message: (error as NodeJS.ErrnoException | null)?.code ?? reasonOf(error) };
}
