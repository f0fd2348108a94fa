import { firstMoment, secondsBetween } from './dicom-time.js';
import type { FrameTimes } from './frame-info.js';
import type { VolumePlan } from './split-series.js';

/** When each volume of a series began, and the attribute that told. */
export interface VolumeStarts {
  /** Seconds, in the order of the volumes: since 1970 or midnight for clock times, else from a zero of the scanner; undefined where not known. */
  readonly seconds: readonly (number | undefined)[];
  readonly source?: string;
  /** True for times of day, which can be compared between series. */
  readonly isClock: boolean;
}

interface Clock {
  readonly source: string;
  readonly isClock: boolean;
  readonly read: (times: FrameTimes) => number | undefined;
}

/** Sources of the time of a volume, the surest first. */
const clocks: readonly Clock[] = [
  { source: 'TemporalPositionTimeOffset', isClock: false, read: ({ offsetSeconds }) => offsetSeconds },
  { source: 'FrameAcquisitionDateTime', isClock: true, read: ({ frameSeconds }) => frameSeconds },
  { source: 'AcquisitionTime', isClock: true, read: ({ acquisitionSeconds }) => acquisitionSeconds },
  { source: 'TriggerTime', isClock: false, read: ({ triggerMs }) => (triggerMs === undefined ? undefined : triggerMs / 1000) },
  { source: 'ContentTime', isClock: true, read: ({ contentSeconds }) => contentSeconds },
];

/**
 * Start of each volume by the first source that all volumes state and that tells the phases of a stack apart. Of phases acquired slice by slice
 * the earliest slice counts. A trigger time that a slice of the first phase lacks is 0: writers leave zeros out.
 * @param plans what `splitSeries` made of one series
 */
export function volumeStarts(plans: readonly VolumePlan[]): VolumeStarts {
  const frames = plans.flatMap((plan) => plan.frames);
  for (const { source, isClock, read } of clocks) {
    const stated = frames.map(({ info }) => read(info.times)).filter((moment) => moment !== undefined);
    if (stated.length === 0) continue;
    // A clock with a date here and none there, or that jumps by years, would give a date away.
    if (isClock && !areOfOneExamination(stated)) continue;
    const seconds = plans.map((plan) => startOf(plan, read, source === 'TriggerTime' && plan.phase?.index === 1 ? 0 : undefined));
    if (seconds.every((start, at) => start !== undefined && isInOrder(plans, seconds, at))) return { seconds, source, isClock };
  }
  return { seconds: plans.map(() => undefined), isClock: false };
}

function startOf({ frames }: VolumePlan, read: Clock['read'], absent: number | undefined): number | undefined {
  return frames.reduce<number | undefined>((least, { info }) => {
    const moment = read(info.times) ?? absent;
    return least === undefined || (moment !== undefined && moment < least) ? moment : least;
  }, undefined);
}

function isInOrder(plans: readonly VolumePlan[], seconds: readonly (number | undefined)[], at: number): boolean {
  const phase = plans[at]?.phase;
  return phase === undefined || phase.index === 1 || (seconds[at] as number) > (seconds[at - 1] as number);
}

function areOfOneExamination(moments: readonly number[]): boolean {
  const first = firstMoment(moments);
  return moments.every((at) => secondsBetween(first, at) !== undefined);
}
