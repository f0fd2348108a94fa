import { featureErrors } from '../errors.js';

/** How intensities become the levels of an intensity-volume histogram (IBSI reference manual 0.0.11, section 3.5). */
export type VolumeHistogramDiscretization =
  /**
   * Calibrated whole intensities (CT): intensities are their own levels, one unit apart. `range` is the re-segmentation range; a bound
   * that is absent is the region's own minimum or maximum.
   */
  | { readonly method: 'none'; readonly range?: IntensityRange }
  /** Calibrated continuous intensities (PET): bins of this width from the lower bound, represented by their centers. */
  | { readonly method: 'fixedBinSize'; readonly binWidth: number; readonly range?: IntensityRange }
  /** Arbitrary units (most MR): bins between the region's minimum and maximum, represented by their numbers; IBSI recommends 1000. */
  | { readonly method: 'fixedBinNumber'; readonly binCount: number };

/** Bounds of intensities, each of which may be absent. */
export interface IntensityRange {
  readonly low?: number;
  readonly high?: number;
}

/** Cumulative histogram on evenly spaced levels. */
export interface VolumeHistogram {
  /** The first level and the distance between levels. */
  readonly first: number;
  readonly step: number;
  /** nu_i: share of the voxels at or above each level. */
  readonly volumeShares: Float64Array;
}

/** More bins than this are a mistake in the settings, not a histogram. */
const mostBins = 2 ** 24;

/**
 * Intensity-volume histogram of the region's intensities (at least one).
 * @throws RADIOMICS.BAD_FEATURE_OPTION
 */
export function volumeHistogram(values: Float64Array, discretization: VolumeHistogramDiscretization): VolumeHistogram {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let v = 0; v < values.length; v++) {
    const x = values[v] as number;
    if (x < minimum) minimum = x;
    if (x > maximum) maximum = x;
  }
  if (discretization.method === 'fixedBinNumber') {
    const { binCount } = discretization;
    if (!Number.isInteger(binCount) || binCount < 1) throw optionError('positive');
    const bins = { low: minimum, factor: binCount, divisor: maximum - minimum, count: binCount };
    return { first: 1, step: 1, volumeShares: cumulate(values, bins) };
  }
  const low = discretization.range?.low ?? minimum;
  const high = discretization.range?.high ?? maximum;
  if (!(low <= high)) throw optionError('range');
  const step = discretization.method === 'none' ? 1 : discretization.binWidth;
  if (!(step > 0)) throw optionError('width');
  // Levels low, low + 1, ... high; or centers of bins from low until the one that high lies in or ends at.
  const bins = discretization.method === 'none' ? Math.floor(high - low) + 1 : Math.max(1, Math.ceil((high - low) / step));
  const first = discretization.method === 'none' ? low : low + step / 2;
  return { first, step, volumeShares: cumulate(values, { low, factor: 1, divisor: step, count: bins }) };
}

const optionError = (reason: string) => featureErrors.error('RADIOMICS.BAD_FEATURE_OPTION', { option: 'ivh', reason, family: '' });

/** Bins of values: the bin of x is floor(factor (x - low) / divisor), as IBSI writes it for both methods. */
interface Bins {
  readonly low: number;
  readonly factor: number;
  readonly divisor: number;
  readonly count: number;
}

/** Shares of the values that lie in each bin or a higher one. Values beyond the last bin count as in it, values below the first likewise. */
function cumulate(values: Float64Array, { low, factor, divisor, count }: Bins): Float64Array {
  if (!(count <= mostBins)) throw optionError('bins');
  const shares = new Float64Array(count);
  for (let v = 0; v < values.length; v++) {
    // In a constant region every value is the largest, which belongs to the last bin.
    const bin = divisor === 0 ? count : Math.floor((factor * ((values[v] as number) - low)) / divisor);
    const at = bin < 0 ? 0 : bin >= count ? count - 1 : bin;
    shares[at] = (shares[at] as number) + 1;
  }
  let above = 0;
  for (let b = count - 1; b >= 0; b--) {
    above += shares[b] as number;
    shares[b] = above / values.length;
  }
  return shares;
}
