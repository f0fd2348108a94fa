import type { ResegmentationSettings } from '../settings/settings.schema.js';
import { processingErrors } from './errors.js';
import { summarizeIntensities } from './intensities.js';
import type { ResegmentationStep } from './steps.js';

/**
 * The intensity mask of a region: its voxels within a range and within so many standard deviations of the mean (IBSI 0.9, section 2.5).
 * With both, the intersection of the ranges applies, and mean and standard deviation are those of the whole region. Bounds belong to the
 * range. The morphological mask stays as it is.
 * @param intensities values of the block
 * @param mask morphological mask
 * @throws `RADIOMICS.NOTHING_LEFT`
 */
export function resegment(
  intensities: Float64Array,
  mask: Uint8Array,
  { range, outlierSigma }: ResegmentationSettings,
): { intensityMask: Uint8Array; step: ResegmentationStep } {
  let [low, high] = range ?? [null, null];
  const summary = outlierSigma === null ? undefined : summarizeIntensities(intensities, mask);
  // A region of one intensity has no outliers, even if its mean is off by a rounding error.
  if (summary !== undefined && outlierSigma !== null && summary.min < summary.max) {
    low = Math.max(low ?? -Infinity, summary.mean - outlierSigma * summary.sd);
    high = Math.min(high ?? Infinity, summary.mean + outlierSigma * summary.sd);
  }
  const [least, most] = [low ?? -Infinity, high ?? Infinity];
  const intensityMask = new Uint8Array(mask.length);
  let [before, after] = [0, 0];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue;
    before++;
    const value = intensities[at] as number;
    if (value < least || value > most) continue;
    intensityMask[at] = 1;
    after++;
  }
  if (after === 0) throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: 'resegmentation', before });
  const step: ResegmentationStep = {
    step: 'resegmentation',
    range,
    outlierSigma,
    outlierMean: summary?.mean ?? null,
    outlierSd: summary?.sd ?? null,
    applied: [low, high],
    voxelCount: after,
    removedCount: before - after,
  };
  return { intensityMask, step };
}
