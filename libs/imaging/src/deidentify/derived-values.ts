import { exp } from '@cohortium/numerics';
import type { DicomObject } from '../dicom/dicom-object.js';
import { daySeconds, firstMoment, secondsBetween, secondsOfDateTime, secondsOfTime } from '../dicom/dicom-time.js';
import { momentOf } from '../dicom/moment.js';
import { bValueOf } from './b-value.js';

/**
 * What depends on times or doses, read from one object before its dates go. All times are seconds from 1970-01-01 in the zone of the scanner, or from midnight where no date is stated,
 * and must not leave this step: {@link relateTimes} turns them into differences.
 */
export interface ObservedTimes {
  readonly sopInstanceUid: string;
  readonly seriesUid: string;
  readonly imagingStudyUid: string;
  readonly instanceNumber: number | undefined;
  /** Of the whole object: AcquisitionDateTime, else AcquisitionDate and AcquisitionTime. */
  readonly acquisitionSeconds: number | undefined;
  /** ContentDate and ContentTime: where phases of one acquisition differ only here. */
  readonly contentSeconds: number | undefined;
  /** FrameAcquisitionDateTime of each frame of an enhanced object; empty for others. */
  readonly frameSeconds: readonly (number | undefined)[];
  readonly contrastSeconds: number | undefined;
  readonly triggerTimeMs: number | undefined;
  readonly temporalPosition: number | undefined;
  readonly bValue: number | undefined;
  /** Attribute that the b-value was read from, `(0018,9087)` for the standard one. */
  readonly bValueSource: string | undefined;
  readonly frameBValues: readonly (number | undefined)[];
  readonly suv: SuvFactors | undefined;
}

/** What turns Bq/ml into a standardized uptake value by body weight. */
export interface SuvFactors {
  readonly injectedDoseBq: number;
  readonly halfLifeSeconds: number;
  readonly secondsFromInjection: number;
  readonly weightKg: number;
  /** g/ml per Bq/ml for images that are corrected to the start of the series (DecayCorrection START). */
  readonly bodyWeightFactor: number;
}

/** The same as differences: nothing here tells a date. */
export interface DerivedValues {
  readonly sopInstanceUid: string;
  readonly seriesUid: string;
  readonly imagingStudyUid: string;
  readonly instanceNumber: number | null;
  /** From the first acquisition of the imaging study. */
  readonly secondsFromStudyStart: number | null;
  /** From the first acquisition of the series. */
  readonly secondsFromSeriesStart: number | null;
  /** The same by the content time. */
  readonly contentSecondsFromSeriesStart: number | null;
  readonly frameSecondsFromSeriesStart: readonly (number | null)[];
  /** From the start of the contrast injection to the acquisition; negative before it. */
  readonly contrastDelaySeconds: number | null;
  readonly triggerTimeMs: number | null;
  readonly temporalPosition: number | null;
  readonly bValue: number | null;
  readonly bValueSource: string | null;
  readonly frameBValues: readonly (number | null)[];
  readonly suv: SuvFactors | null;
}

/** Reads what de-identification would destroy. */
export function observeTimes(object: DicomObject): ObservedTimes {
  const frames = object.items('x52009230');
  const b = bValueOf(object);
  return {
    sopInstanceUid: object.text('x00080018') ?? '',
    seriesUid: object.text('x0020000e') ?? '',
    imagingStudyUid: object.text('x0020000d') ?? '',
    instanceNumber: object.decimal('x00200013'),
    acquisitionSeconds: secondsOfDateTime(object.text('x0008002a')) ?? momentOf(object, 'x00080022', 'x00080032'),
    contentSeconds: momentOf(object, 'x00080023', 'x00080033'),
    frameSeconds: frames.map((frame) => secondsOfDateTime(frame.item('x00209111')?.text('x00189074'))),
    contrastSeconds: contrastStart(object),
    triggerTimeMs: object.decimal('x00181060'),
    temporalPosition: object.decimal('x00200100'),
    bValue: b?.value,
    bValueSource: b?.source,
    frameBValues: frames.map((frame) => {
      const diffusion = frame.item('x00189117');
      return diffusion?.float64('x00189087') ?? (diffusion?.text('x00189075') === 'NONE' ? 0 : undefined);
    }),
    suv: suvFactors(object),
  };
}

/** Times of objects read together, as differences. */
export function relateTimes(observed: readonly ObservedTimes[]): readonly DerivedValues[] {
  const studyStart = earliest(observed, ({ imagingStudyUid }) => imagingStudyUid, times);
  const seriesStart = earliest(observed, ({ seriesUid }) => seriesUid, times);
  const contentStart = earliest(observed, ({ seriesUid }) => seriesUid, ({ contentSeconds }) => [contentSeconds]); // prettier-ignore
  return observed.map((one) => {
    const first = one.acquisitionSeconds ?? firstMoment(one.frameSeconds);
    const begin = seriesStart.get(one.seriesUid);
    return {
      sopInstanceUid: one.sopInstanceUid,
      seriesUid: one.seriesUid,
      imagingStudyUid: one.imagingStudyUid,
      instanceNumber: one.instanceNumber ?? null,
      secondsFromStudyStart: difference(first, studyStart.get(one.imagingStudyUid)),
      secondsFromSeriesStart: difference(first, begin),
      contentSecondsFromSeriesStart: difference(one.contentSeconds, contentStart.get(one.seriesUid)),
      frameSecondsFromSeriesStart: one.frameSeconds.map((seconds) => difference(seconds, begin)),
      contrastDelaySeconds: difference(first, one.contrastSeconds),
      triggerTimeMs: one.triggerTimeMs ?? null,
      temporalPosition: one.temporalPosition ?? null,
      bValue: one.bValue ?? null,
      bValueSource: one.bValueSource ?? null,
      frameBValues: one.frameBValues.map((value) => value ?? null),
      suv: one.suv ?? null,
    };
  });
}

function times({ acquisitionSeconds, frameSeconds }: ObservedTimes): readonly (number | undefined)[] {
  return [acquisitionSeconds, ...frameSeconds];
}

function earliest(
  observed: readonly ObservedTimes[],
  key: (one: ObservedTimes) => string,
  seconds: (one: ObservedTimes) => readonly (number | undefined)[],
): Map<string, number> {
  const found = new Map<string, number>();
  for (const one of observed) {
    const least = firstMoment([found.get(key(one)), ...seconds(one)]);
    if (least !== undefined) found.set(key(one), least);
  }
  return found;
}

function difference(later: number | undefined, earlier: number | undefined): number | null {
  return secondsBetween(earlier, later) ?? null;
}

/** ContrastBolusStartTime (0018,1042) on the day of the acquisition; of an enhanced object, of the agent's administration. */
function contrastStart(object: DicomObject): number | undefined {
  const profile = object.item('x00180012')?.item('x00189340');
  return momentOf(object, 'x00080022', 'x00181042') ?? momentOf(object, 'x00080022', 'x00181042', profile);
}

function suvFactors(object: DicomObject): SuvFactors | undefined {
  const agent = object.item('x00540016');
  const [dose, halfLife, weight] = [agent?.decimal('x00181074'), agent?.decimal('x00181075'), object.decimal('x00101030')];
  const start = secondsOfDateTime(agent?.text('x00181078')) ?? (agent === undefined ? undefined : injection(object, agent));
  const series = momentOf(object, 'x00080021', 'x00080031');
  if (dose === undefined || halfLife === undefined || weight === undefined || start === undefined || series === undefined) return undefined;
  const secondsFromInjection = secondsBetween(start, series);
  if (secondsFromInjection === undefined) return undefined;
  if (!(dose > 0) || !(halfLife > 0) || !(weight > 0)) return undefined;
  const remaining = dose * exp((-0.6931471805599453 * secondsFromInjection) / halfLife);
  return {
    injectedDoseBq: dose,
    halfLifeSeconds: halfLife,
    secondsFromInjection,
    weightKg: weight,
    bodyWeightFactor: (weight * 1000) / remaining,
  };
}

/** A time without a date: on the day of the series, or before midnight where that would be later than the series. */
function injection(object: DicomObject, agent: DicomObject): number | undefined {
  const seconds = secondsOfTime(agent.text('x00181072') ?? '');
  const series = momentOf(object, 'x00080021', 'x00080031');
  if (seconds === undefined || series === undefined) return undefined;
  const sameDay = Math.floor(series / daySeconds) * daySeconds + seconds;
  return sameDay > series ? sameDay - daySeconds : sameDay;
}
