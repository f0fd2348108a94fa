import type { DiscretizedRoi, Roi } from '../roi/roi.js';
import type { DiscretizationSettings, ResegmentationSettings } from '../settings/settings.schema.js';
import { processingErrors } from './errors.js';
import { summarizeIntensities } from './intensities.js';
import type { DiscretizationStep } from './steps.js';

/** Gray levels are kept in 16 bits. */
const mostLevels = 65_535;

/** How intensities map to levels. */
interface Bins {
  readonly method: DiscretizationSettings['method'];
  readonly lowerBound: number;
  readonly binWidth: number | null;
  /** The largest intensity and the highest level; used with a fixed bin number only. */
  readonly max: number;
  readonly count: number;
}

/** The level of an intensity. A function of the module and not a closure of one region, which would have to be compiled for each. */
function levelOf(x: number, { method, lowerBound, binWidth, max, count }: Bins): number {
  if (method === 'none') return x;
  if (method === 'FBS') return Math.floor((x - lowerBound) / (binWidth as number)) + 1;
  return x < max ? Math.min(Math.floor((count * (x - lowerBound)) / (max - lowerBound)) + 1, count) : count;
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
  const bins = binsOf(settings, range, summary, roi);
  const { lowerBound, binWidth } = bins;
  const levels = new Uint16Array(intensities.length);
  let highest = 0;
  const limit = levelOf(summary.max, bins);
  if (limit > mostLevels) throw processingErrors.error('RADIOMICS.TOO_MANY_LEVELS', { count: limit, limit: mostLevels });
  for (let at = 0; at < levels.length; at++) {
    if (intensityMask[at] !== 1) continue;
    const value = levelOf(intensities[at] as number, bins);
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
    const { bins: count } = settings;
    return { method: 'FBN', lowerBound: min, binWidth: max > min ? (max - min) / count : null, max, count };
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
    return { method: 'FBS', lowerBound, binWidth, max, count: mostLevels };
  }
  const wrong = countWhere(roi, (x) => !Number.isInteger(x) || x < 1);
  if (wrong > 0) throw processingErrors.error('RADIOMICS.NOT_GRAY_LEVELS', { count: wrong });
  return { method: 'none', lowerBound: 1, binWidth: 1, max, count: mostLevels };
}

function countWhere({ intensities, intensityMask }: Roi, holds: (intensity: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < intensities.length; at++) if (intensityMask[at] === 1 && holds(intensities[at] as number)) count++;
  return count;
}
