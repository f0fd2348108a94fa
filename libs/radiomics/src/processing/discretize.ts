import type { DiscretizedRoi, Roi } from '../roi/roi.js';
import type { DiscretizationSettings, ResegmentationSettings } from '../settings/settings.schema.js';
import { processingErrors } from './errors.js';
import { summarizeIntensities } from './intensities.js';
import type { DiscretizationStep } from './steps.js';

/** Gray levels are kept in 16 bits. */
const mostLevels = 65_535;

/** How intensities map to levels: `floor((x - lowerBound) / binWidth) + 1`, the highest level at most `levelCount`. */
interface Bins {
  readonly lowerBound: number;
  readonly binWidth: number | null;
  readonly level: (intensity: number) => number;
}

/**
 * Turns the intensities of the intensity mask into gray levels from 1 (IBSI 0.9, section 2.7). Fixed bin number takes the range that
 * occurs; on a constant region every intensity is the largest one and gets the highest level, as the definition says. Fixed bin size
 * starts at its lower bound.
 * @throws `RADIOMICS.BELOW_LOWER_BOUND`, `RADIOMICS.TOO_MANY_LEVELS`, `RADIOMICS.NOT_GRAY_LEVELS`
 */
export function discretize(
  roi: Roi,
  settings: DiscretizationSettings,
  range: ResegmentationSettings['range'],
): { discretized: DiscretizedRoi; step: DiscretizationStep } {
  const { intensities, intensityMask } = roi;
  const summary = summarizeIntensities(intensities, intensityMask);
  const { lowerBound, binWidth, level } = binsOf(settings, range, summary, roi);
  const levels = new Uint16Array(intensities.length);
  let highest = 0;
  const limit = level(summary.max);
  if (limit > mostLevels) throw processingErrors.error('RADIOMICS.TOO_MANY_LEVELS', { count: limit, limit: mostLevels });
  for (let at = 0; at < levels.length; at++) {
    if (intensityMask[at] !== 1) continue;
    const value = level(intensities[at] as number);
    levels[at] = value;
    if (value > highest) highest = value;
  }
  const levelCount = settings.method === 'FBN' ? settings.bins : highest;
  return {
    discretized: { dimensions: roi.dimensions, spacingMm: roi.spacingMm, levels, levelCount, binWidth, lowerBound },
    step: { step: 'discretization', method: settings.method, levelCount, binWidth, lowerBound },
  };
}

function binsOf(
  settings: DiscretizationSettings,
  range: ResegmentationSettings['range'],
  { min, max }: { readonly min: number; readonly max: number },
  roi: Roi,
): Bins {
  if (settings.method === 'FBN') {
    const { bins } = settings;
    const level = (x: number) => (x < max ? Math.floor((bins * (x - min)) / (max - min)) + 1 : bins);
    return { lowerBound: min, binWidth: max > min ? (max - min) / bins : null, level: (x) => Math.min(level(x), bins) };
  }
  if (settings.method === 'FBS') {
    const { binWidth } = settings;
    const lowerBound =
      settings.lowerBound === 'roiMinimum'
        ? min
        : settings.lowerBound === 'resegmentationMinimum'
          ? (range?.[0] ?? min)
          : settings.lowerBound;
    const below = countWhere(roi, (x) => x < lowerBound);
    if (below > 0) throw processingErrors.error('RADIOMICS.BELOW_LOWER_BOUND', { count: below, lowerBound });
    return { lowerBound, binWidth, level: (x) => Math.floor((x - lowerBound) / binWidth) + 1 };
  }
  const wrong = countWhere(roi, (x) => !Number.isInteger(x) || x < 1);
  if (wrong > 0) throw processingErrors.error('RADIOMICS.NOT_GRAY_LEVELS', { count: wrong });
  return { lowerBound: 1, binWidth: 1, level: (x) => x };
}

function countWhere({ intensities, intensityMask }: Roi, holds: (intensity: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < intensities.length; at++) if (intensityMask[at] === 1 && holds(intensities[at] as number)) count++;
  return count;
}
