import { exp, FftPlan } from '@cohortium/numerics';

/** How a histogram of log intensities is sharpened. */
export interface SharpeningSettings {
  readonly histogramBins: number;
  /** Full width at half maximum of the Gaussian that the bias is taken to have spread the log intensities by. */
  readonly fullWidthHalfMaximum: number;
  /** Noise term of the Wiener deconvolution. */
  readonly wienerNoise: number;
}

/**
 * Expected true log intensity of each measured one: the histogram is deconvolved with the Gaussian of the bias (Wiener), and each bin takes the mean
 * of the sharpened histogram seen through the Gaussian.
 * @param values log intensities
 * @param mask voxels that count
 * @returns the sharpened value of each voxel of the mask, 0 elsewhere
 * @see Sled, Zijdenbos and Evans 1998, doi:10.1109/42.668698, section II-C
 */
export function sharpen(values: Float64Array, mask: Uint8Array, settings: SharpeningSettings): Float64Array {
  const { histogramBins: bins, fullWidthHalfMaximum: width, wienerNoise } = settings;
  const [least, most] = rangeOf(values, mask);
  const slope = (most - least) / (bins - 1);
  const out = new Float64Array(values.length);
  // One value has nothing to sharpen.
  if (!(slope > 0)) {
    for (let at = 0; at < values.length; at++) if (mask[at] === 1) out[at] = values[at] as number;
    return out;
  }
  const expected = expectedValues(histogramOf(values, mask, [least, slope], bins), [least, slope], width / slope, wienerNoise);
  for (let at = 0; at < values.length; at++) {
    if (mask[at] !== 1) continue;
    const place = ((values[at] as number) - least) / slope;
    const bin = Math.min(Math.floor(place), bins - 2);
    const share = place - bin;
    out[at] = (1 - share) * (expected[bin] as number) + share * (expected[bin + 1] as number);
  }
  return out;
}

function rangeOf(values: Float64Array, mask: Uint8Array): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    if (mask[at] !== 1) continue;
    const value = values[at] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** Each value is shared between the two bins beside it. */
function histogramOf(values: Float64Array, mask: Uint8Array, [least, slope]: readonly [number, number], bins: number): Float64Array {
  const histogram = new Float64Array(bins);
  for (let at = 0; at < values.length; at++) {
    if (mask[at] !== 1) continue;
    const place = ((values[at] as number) - least) / slope;
    const bin = Math.min(Math.floor(place), bins - 2);
    const share = place - bin;
    histogram[bin] = (histogram[bin] as number) + 1 - share;
    histogram[bin + 1] = (histogram[bin + 1] as number) + share;
  }
  return histogram;
}

function expectedValues(
  histogram: Float64Array,
  [least, slope]: readonly [number, number],
  widthBins: number,
  wienerNoise: number,
): Float64Array {
  const bins = histogram.length;
  let length = 2;
  while (length < 2 * bins) length *= 2;
  const offset = (length - bins) >> 1;
  const plan = new FftPlan(length);
  const kernel = gaussianSpectrum(plan, widthBins);
  const padded = new Float64Array(length);
  padded.set(histogram, offset);
  const sharpened = throughFilter(
    plan,
    padded,
    kernel.map((f) => f / (f * f + wienerNoise)),
  );
  for (let n = 0; n < length; n++) sharpened[n] = Math.max(0, sharpened[n] as number);
  const weighted = sharpened.map((u, n) => u * (least + (n - offset) * slope));
  const [numerator, denominator] = [throughFilter(plan, weighted, kernel), throughFilter(plan, sharpened, kernel)];
  // Bins that nothing true leads to keep their own value.
  const tiny = 1e-12 * denominator.reduce((a, b) => Math.max(a, b), 0);
  return Float64Array.from({ length: bins }, (_, bin) => {
    const n = bin + offset;
    return (denominator[n] as number) > tiny ? (numerator[n] as number) / (denominator[n] as number) : least + bin * slope;
  });
}

/** Spectrum of a Gaussian of sum 1 around place 0, which is real. */
function gaussianSpectrum(plan: FftPlan, widthBins: number): Float64Array {
  const real = new Float64Array(plan.length);
  const rate = (4 * Math.LN2) / (widthBins * widthBins);
  let sum = 0;
  for (let n = 0; n < plan.length; n++) {
    const distance = Math.min(n, plan.length - n);
    real[n] = exp(-rate * distance * distance);
    sum += real[n] as number;
  }
  for (let n = 0; n < plan.length; n++) real[n] = (real[n] as number) / sum;
  plan.transform(real, new Float64Array(plan.length), 1);
  return real;
}

function throughFilter(plan: FftPlan, values: Float64Array, filter: Float64Array): Float64Array {
  const real = values.slice();
  const imaginary = new Float64Array(plan.length);
  plan.transform(real, imaginary, 1);
  for (let n = 0; n < plan.length; n++) {
    real[n] = (real[n] as number) * (filter[n] as number);
    imaginary[n] = (imaginary[n] as number) * (filter[n] as number);
  }
  plan.transform(real, imaginary, 1, true);
  return real.map((value) => value / plan.length);
}
