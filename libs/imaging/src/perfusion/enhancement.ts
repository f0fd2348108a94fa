/** Maps that need no model: signal before contrast and at two or more times after it. */
export interface EnhancementMaps {
  /** 100 (S1 - S0) / S0; NaN where S0 is 0 or less. */
  readonly percentEnhancement: Float64Array;
  /** (S1 - S0) / (Sn - S0), the signal enhancement ratio; NaN where Sn = S0. */
  readonly signalEnhancementRatio: Float64Array;
  /** Largest (S - S0) / S0 per minute between two images up to the peak, percent per minute. */
  readonly washInPercentPerMin: Float64Array;
  /** Slope from the peak to the last image, percent of S0 per minute; negative where contrast leaves, 0 where the last image is the peak. */
  readonly washOutPercentPerMin: Float64Array;
  /** From the first image to the largest signal, minutes. */
  readonly timeToPeakMin: Float64Array;
}

/** Which phases mean what. */
export interface EnhancementOptions {
  /** Phase before contrast. */
  readonly before?: number;
  /** First phase after contrast, from which percent enhancement and the ratio are taken. */
  readonly early?: number;
  /** Late phase of the ratio. */
  readonly late?: number;
}

/**
 * Enhancement maps of a dynamic series.
 * @param phases one array of voxels per phase, all of one length
 * @param minutes time of each phase
 * @see Hylton et al. 2012, doi:10.1148/radiol.12110748 (percent enhancement and signal enhancement ratio)
 */
export function enhancementMaps(
  phases: readonly ArrayLike<number>[],
  minutes: readonly number[],
  { before = 0, early = before + 1, late = phases.length - 1 }: EnhancementOptions = {},
): EnhancementMaps {
  const count = phases[0]?.length ?? 0;
  const empty = (): Float64Array => new Float64Array(count);
  const maps: EnhancementMaps = {
    percentEnhancement: empty(),
    signalEnhancementRatio: empty(),
    washInPercentPerMin: empty(),
    washOutPercentPerMin: empty(),
    timeToPeakMin: empty(),
  };
  const signal = new Float64Array(phases.length);
  for (let voxel = 0; voxel < count; voxel++) {
    for (let phase = 0; phase < phases.length; phase++) signal[phase] = (phases[phase] as ArrayLike<number>)[voxel] as number;
    const s0 = signal[before] as number;
    const rise = (signal[early] as number) - s0;
    const lateRise = (signal[late] as number) - s0;
    maps.percentEnhancement[voxel] = s0 > 0 ? (100 * rise) / s0 : NaN;
    maps.signalEnhancementRatio[voxel] = lateRise === 0 ? NaN : rise / lateRise;
    curve(signal, minutes, before, voxel, maps);
  }
  return maps;
}

function curve(signal: Float64Array, minutes: readonly number[], before: number, voxel: number, maps: EnhancementMaps): void {
  let peak = before;
  for (let phase = before; phase < signal.length; phase++) if ((signal[phase] as number) > (signal[peak] as number)) peak = phase;
  const s0 = signal[before] as number;
  const perMinute = (from: number, to: number): number =>
    (100 * ((signal[to] as number) - (signal[from] as number))) / s0 / ((minutes[to] as number) - (minutes[from] as number));
  let steepest = 0;
  for (let phase = before + 1; phase <= peak; phase++) steepest = Math.max(steepest, perMinute(phase - 1, phase));
  const last = signal.length - 1;
  maps.washInPercentPerMin[voxel] = s0 > 0 ? steepest : NaN;
  maps.washOutPercentPerMin[voxel] = s0 > 0 ? (peak === last ? 0 : perMinute(peak, last)) : NaN;
  maps.timeToPeakMin[voxel] = s0 > 0 ? (minutes[peak] as number) - (minutes[before] as number) : NaN;
}
