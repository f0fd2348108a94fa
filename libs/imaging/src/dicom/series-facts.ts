import { isAppError } from '@cohortium/kernel';
import type { MessageParams } from '@cohortium/kernel';
import type { Geometry } from '../volume.js';
import { defined } from './frame-attributes.js';
import type { FrameInfo, FrameTimes, ImageFacts, ImageHeader } from './frame-info.js';
import { firstMoment, secondsBetween } from './dicom-time.js';
import type { VolumePlan } from './split-series.js';
import { extent } from './stack-slices.js';
import { volumeStarts } from './volume-starts.js';

/** Why something could not be used, in a form for JSON; the message never holds participant data. */
export interface StatedProblem {
  readonly code: string;
  readonly params: MessageParams;
  /** In English. */
  readonly message: string;
}

/** One volume of a series. */
export interface VolumeFacts {
  /** From 1, in the order of `splitSeries`. */
  readonly ordinal: number;
  readonly slices: number;
  readonly geometry?: Geometry;
  readonly problem?: StatedProblem;
  /** Repeat in time, from 1. */
  readonly phase?: number;
  /** Seconds from the first volume of the series. */
  readonly startSeconds?: number;
  readonly bValue?: number;
  readonly bValueSource?: string;
  readonly direction?: readonly [number, number, number];
  readonly directionAxes?: 'patient' | 'encoding';
  readonly echoTimeMs?: number;
  readonly repetitionTimeMs?: number;
  readonly flipAngleDegrees?: number;
  readonly inversionTimeMs?: number;
  readonly component?: string;
  readonly waterFat?: FrameInfo['waterFat'];
  readonly imageType: readonly string[];
  readonly unit?: string;
  readonly realWorld?: FrameInfo['realWorld'];
}

/** What a series says about itself, read before de-identification. Plain data for JSON; no names, dates or numbers of persons. */
export interface SeriesFacts extends ImageFacts {
  readonly seriesUid: string;
  readonly studyUid?: string;
  /** Objects and frames (tiles count) of the series. */
  readonly images: number;
  readonly frames: number;
  readonly transferSyntaxes: readonly string[];
  readonly photometric: string;
  readonly isFloat: boolean;
  readonly imageType: readonly string[];
  /** Distinct values, ascending. */
  readonly repetitionTimesMs: readonly number[];
  readonly echoTimesMs: readonly number[];
  readonly inversionTimesMs: readonly number[];
  readonly flipAnglesDegrees: readonly number[];
  readonly sliceThicknessesMm: readonly number[];
  readonly spacingsBetweenSlicesMm: readonly number[];
  /** Rounded to whole s/mm2, ascending, with the number of volumes. */
  readonly bValues: readonly { readonly value: number; readonly volumes: number; readonly source: string }[];
  /** Orientations that differ; a localizer has three. */
  readonly orientations: number;
  /** Repeats of the same stack: 1 without any. */
  readonly phases: number;
  /** The attribute that told phases apart, and the one that timed them. */
  readonly phaseSource?: string;
  readonly timeSource?: string;
  /** Seconds from the zero that the caller gave to the first acquisition of the series. */
  readonly startSeconds?: number;
  readonly volumes: readonly VolumeFacts[];
}

/** First clock time of the objects of a study, from which {@link SeriesFacts.startSeconds} counts; undefined where none states any. */
export function earliestSeconds(headers: readonly ImageHeader[]): number | undefined {
  return firstMoment(headers.flatMap(({ frames }) => frames.map(({ times }) => clockSeconds(times))));
}

function clockSeconds({ frameSeconds, acquisitionSeconds, contentSeconds }: FrameTimes): number | undefined {
  return frameSeconds ?? acquisitionSeconds ?? contentSeconds;
}

/**
 * Facts of one series.
 * @param headers its objects, at least one
 * @param plans what `splitSeries` made of them
 * @param zeroSeconds see {@link earliestSeconds}
 */
export function seriesFacts(headers: readonly ImageHeader[], plans: readonly VolumePlan[], zeroSeconds?: number): SeriesFacts {
  const first = headers[0] as ImageHeader;
  const frames = headers.flatMap((header) => header.frames);
  const { times, source: timeSource } = startTimes(plans);
  const start = earliestSeconds(headers);
  const distinct = (read: (frame: FrameInfo) => number | undefined) =>
    [...new Set(frames.map(read).filter((value) => value !== undefined))].sort((a, b) => a - b);
  return {
    ...first.facts,
    seriesUid: first.seriesUid,
    images: headers.length,
    frames: frames.length,
    transferSyntaxes: [...new Set(headers.map(({ transferSyntax }) => transferSyntax))],
    photometric: first.format.photometric,
    isFloat: first.format.sample !== 'integer',
    imageType: frames[0]?.imageType ?? [],
    repetitionTimesMs: distinct(({ repetitionTimeMs }) => repetitionTimeMs),
    echoTimesMs: distinct(({ echoTimeMs }) => echoTimeMs),
    inversionTimesMs: distinct(({ inversionTimeMs }) => inversionTimeMs),
    flipAnglesDegrees: distinct(({ flipAngleDegrees }) => flipAngleDegrees),
    sliceThicknessesMm: distinct(({ sliceThicknessMm }) => sliceThicknessMm),
    spacingsBetweenSlicesMm: distinct(({ spacingBetweenSlicesMm }) => spacingBetweenSlicesMm),
    bValues: bValuesOf(plans),
    orientations: orientationsOf(frames),
    phases: plans.reduce((most, { phase }) => Math.max(most, phase?.count ?? 1), 1),
    volumes: plans.map((plan, at) => volumeFacts(plan, at + 1, times[at])),
    ...defined({
      studyUid: first.studyUid,
      phaseSource: plans.find(({ phase }) => phase !== undefined)?.phaseSource,
      timeSource,
      startSeconds: secondsBetween(zeroSeconds, start),
    }),
  };
}

function volumeFacts(plan: VolumePlan, ordinal: number, startSeconds: number | undefined): VolumeFacts {
  const info = plan.frames[0]?.info as FrameInfo;
  return {
    ordinal,
    slices: plan.frames.length,
    imageType: info.imageType,
    ...defined({
      geometry: plan.geometry,
      problem: plan.problem === undefined ? undefined : statedProblem(plan.problem),
      phase: plan.phase?.index,
      startSeconds,
      bValue: info.diffusion?.bValue,
      bValueSource: info.diffusion?.source,
      direction: info.diffusion?.direction,
      directionAxes: info.diffusion?.directionAxes,
      echoTimeMs: info.echoTimeMs,
      repetitionTimeMs: info.repetitionTimeMs,
      flipAngleDegrees: info.flipAngleDegrees,
      inversionTimeMs: info.inversionTimeMs,
      component: info.component,
      waterFat: info.waterFat,
      unit: info.unit,
      realWorld: info.realWorld,
    }),
  };
}

/** An error in a form for JSON. */
export function statedProblem(error: unknown): StatedProblem {
  if (isAppError(error)) return { code: error.code, params: error.params, message: error.message };
  throw error;
}

/** Start of each volume from the first of the series. */
function startTimes(plans: readonly VolumePlan[]): { readonly times: readonly (number | undefined)[]; readonly source?: string } {
  const { seconds, source } = volumeStarts(plans);
  if (source === undefined) return { times: seconds };
  const { least: zero } = extent(seconds as readonly number[]);
  return { times: seconds.map((start) => rounded((start as number) - zero)), source };
}

/** Microseconds, which is what DICOM times have. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

function bValuesOf(plans: readonly VolumePlan[]): SeriesFacts['bValues'] {
  const found = new Map<number, { value: number; volumes: number; source: string }>();
  for (const { frames } of plans) {
    const diffusion = frames[0]?.info.diffusion;
    if (diffusion === undefined) continue;
    const value = Math.round(diffusion.bValue);
    const entry = found.get(value) ?? { value, volumes: 0, source: diffusion.source };
    found.set(value, { ...entry, volumes: entry.volumes + 1 });
  }
  return [...found.values()].sort((a, b) => a.value - b.value);
}

function orientationsOf(frames: readonly FrameInfo[]): number {
  const found = new Set(
    frames.flatMap(({ plane }) => (plane ? [[...plane.rowAxis, ...plane.columnAxis].map((part) => (part + 0).toFixed(1)).join(' ')] : [])),
  );
  return found.size;
}
