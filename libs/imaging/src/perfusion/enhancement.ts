import { imagingErrors } from '../errors.js';

/** Maps that need no model: signal before contrast and at two or more times after it. */
export interface EnhancementMaps {
  /** Signal before contrast: the mean of the phases before it. */
  readonly before: Float64Array;
  /** 100 (S1 - S0) / S0 of the early phase; NaN where S0 is 0 or less. */
  readonly percentEnhancement: Float64Array;
  /** (S1 - S0) / (Sn - S0), the signal enhancement ratio; NaN where Sn = S0. */
  readonly signalEnhancementRatio: Float64Array;
  /** Absent without times. */
  readonly curve?: CurveMaps;
}

/** Maps of the course of the signal. */
export interface CurveMaps {
  /** Largest (S - S0) / S0 per minute between two images up to the peak, percent per minute. */
  readonly washInPercentPerMin: Float64Array;
  /** Slope from the peak to the last image, percent of S0 per minute; negative where contrast leaves, 0 where the last image is the peak. */
  readonly washOutPercentPerMin: Float64Array;
  /** From the last image before contrast to the largest signal, minutes. */
  readonly timeToPeakMin: Float64Array;
}

/** Which phases mean what. */
export interface EnhancementOptions {
  /** Phases before contrast, from the first on; their mean is S0. */
  readonly beforeCount?: number;
  /** Place, from 0, of the phase from which percent enhancement and the ratio are taken: the first after contrast. */
  readonly early?: number;
  /** Place of the late phase of the ratio: the last. */
  readonly late?: number;
}

/**
 * Enhancement maps of a dynamic series.
 * @param phases one array of voxels per phase, all of one length
 * @param minutes time of each phase, ascending; without it there are no maps of the course
 * @throws `IMAGING.BAD_PERFUSION` where there is no phase before or after contrast, phases are not in this order, or times do not ascend
 * @see Hylton et al. 2012, doi:10.1148/radiol.12110748 (percent enhancement and signal enhancement ratio)
 */
export function enhancementMaps(
  phases: readonly ArrayLike<number>[],
  minutes: readonly number[] | undefined,
  { beforeCount = 1, early = beforeCount, late = phases.length - 1 }: EnhancementOptions = {},
): EnhancementMaps {
  assertPhases(phases.length, beforeCount, early, late);
  if (minutes !== undefined) assertMinutes(minutes, phases.length);
  const count = phases[0]?.length ?? 0;
  const before = meanOf(phases.slice(0, beforeCount));
  const [atEarly, atLate] = [phases[early] as ArrayLike<number>, phases[late] as ArrayLike<number>];
  const signalEnhancementRatio = new Float64Array(count);
  for (let voxel = 0; voxel < count; voxel++) {
    const s0 = before[voxel] as number;
    const lateRise = (atLate[voxel] as number) - s0;
    signalEnhancementRatio[voxel] = lateRise === 0 ? NaN : ((atEarly[voxel] as number) - s0) / lateRise;
  }
  const maps = { before, percentEnhancement: percentEnhancementMap(before, atEarly), signalEnhancementRatio };
  return minutes === undefined ? maps : { ...maps, curve: curveMaps(phases, minutes, before, beforeCount) };
}

/** 100 (S - S0) / S0 of every voxel; NaN where S0 is 0 or less. */
export function percentEnhancementMap(before: ArrayLike<number>, phase: ArrayLike<number>): Float64Array {
  const out = new Float64Array(before.length);
  for (let voxel = 0; voxel < out.length; voxel++) {
    const s0 = before[voxel] as number;
    out[voxel] = s0 > 0 ? (100 * ((phase[voxel] as number) - s0)) / s0 : NaN;
  }
  return out;
}

function assertPhases(count: number, beforeCount: number, early: number, late: number): void {
  if (count < 2 || beforeCount < 1 || beforeCount >= count)
    throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'phases', name: String(count) });
  if (!(early >= beforeCount && early <= late && late < count))
    throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'order', name: String(count) });
}

function assertMinutes(minutes: readonly number[], count: number): void {
  if (minutes.length !== count) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'lengths', name: 'phases' });
  const ascend = minutes.every((t, at) => Number.isFinite(t) && (at === 0 || t > (minutes[at - 1] as number)));
  if (!ascend) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'ascending', name: 'times of the images' });
}

function meanOf(images: readonly ArrayLike<number>[]): Float64Array {
  const out = Float64Array.from(images[0] as ArrayLike<number>);
  for (const image of images.slice(1)) for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) + (image[at] as number);
  if (images.length > 1) for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) / images.length;
  return out;
}

function curveMaps(phases: readonly ArrayLike<number>[], minutes: readonly number[], before: Float64Array, beforeCount: number): CurveMaps {
  const count = before.length;
  const [washIn, washOut, peakTime] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const signal = new Float64Array(phases.length);
  // From here on the mean before contrast stands for the last phase before it.
  const start = beforeCount - 1;
  for (let voxel = 0; voxel < count; voxel++) {
    const s0 = before[voxel] as number;
    if (!(s0 > 0)) {
      washIn[voxel] = washOut[voxel] = peakTime[voxel] = NaN;
      continue;
    }
    for (let phase = start; phase < phases.length; phase++) signal[phase] = (phases[phase] as ArrayLike<number>)[voxel] as number;
    signal[start] = s0;
    const peak = peakOf(signal, start);
    let steepest = 0;
    for (let phase = start + 1; phase <= peak; phase++) steepest = Math.max(steepest, slope(signal, minutes, phase - 1, phase));
    const last = signal.length - 1;
    washIn[voxel] = (100 * steepest) / s0;
    washOut[voxel] = peak === last ? 0 : (100 * slope(signal, minutes, peak, last)) / s0;
    peakTime[voxel] = (minutes[peak] as number) - (minutes[start] as number);
  }
  return { washInPercentPerMin: washIn, washOutPercentPerMin: washOut, timeToPeakMin: peakTime };
}

function peakOf(signal: Float64Array, start: number): number {
  let peak = start;
  for (let phase = start; phase < signal.length; phase++) if ((signal[phase] as number) > (signal[peak] as number)) peak = phase;
  return peak;
}

function slope(signal: Float64Array, minutes: readonly number[], from: number, to: number): number {
  return ((signal[to] as number) - (signal[from] as number)) / ((minutes[to] as number) - (minutes[from] as number));
}
