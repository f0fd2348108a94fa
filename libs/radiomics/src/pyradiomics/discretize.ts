import type { Triple } from '@cohortium/imaging';
import { processingErrors } from '../processing/errors.js';
import type { DiscretizedRoi } from '../roi/roi.js';
import type { PyradiomicsSetting } from './parameters.schema.js';

/** Gray levels are kept in 16 bits. */
const mostLevels = 65_535;

/** A box of intensities, 1 in the mask where they belong to the region. */
export interface IntensityBox {
  readonly dimensions: Triple;
  readonly spacingMm: Triple;
  readonly intensities: ArrayLike<number>;
  readonly mask: Uint8Array;
}

/** Gray levels: level n reaches from `edgeOf(n - 1)` to before `edgeOf(n)`; what lies above the last level belongs to it. */
interface Bins {
  readonly lowest: number;
  readonly width: number;
  readonly count: number;
}

/**
 * Gray levels as PyRadiomics 3 has them. A bin width puts edges at its multiples from the last one that is not above the least intensity;
 * an intensity on an edge belongs to the level above it, the largest one too. A bin count cuts the range into equal parts; the largest
 * intensity belongs to the last. Edges are computed in numpy's order of operations, since intensities often lie on them.
 * @throws `RADIOMICS.TOO_MANY_LEVELS`
 */
export function levelsOf({ dimensions, spacingMm, intensities, mask }: IntensityBox, setting: PyradiomicsSetting): DiscretizedRoi {
  const [least, most] = rangeInside(intensities, mask);
  const bins = setting.binCount === null ? binsByWidth(least, setting.binWidth) : binsByCount(least, most, setting.binCount);
  const levelCount = levelOf(most, bins);
  if (levelCount > mostLevels) throw processingErrors.error('RADIOMICS.TOO_MANY_LEVELS', { count: levelCount, limit: mostLevels });
  const levels = leveled(intensities, mask, bins);
  return { dimensions, spacingMm, levels, levelCount, binWidth: bins.width, lowerBound: bins.lowest };
}

const edgeOf = (n: number, { lowest, width }: Bins) => lowest + n * width;

function levelOf(value: number, bins: Bins): number {
  let n = Math.max(0, Math.floor((value - bins.lowest) / bins.width));
  while (edgeOf(n, bins) > value) n--;
  while (edgeOf(n + 1, bins) <= value) n++;
  return Math.min(n + 1, bins.count);
}

// Long loops are functions of their own: an engine that compiles one while it runs has not seen what comes after it.

/** Least and largest intensity of a region. */
function rangeInside(intensities: ArrayLike<number>, mask: Uint8Array): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    const value = intensities[at] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

function leveled(intensities: ArrayLike<number>, mask: Uint8Array, bins: Bins): Uint16Array {
  const levels = new Uint16Array(mask.length);
  for (let at = 0; at < mask.length; at++) if (mask[at] === 1) levels[at] = levelOf(intensities[at] as number, bins);
  return levels;
}

function binsByWidth(least: number, binWidth: number): Bins {
  const rest = least % binWidth;
  const lowest = least - (rest < 0 ? rest + binWidth : rest);
  const width = lowest + binWidth - lowest;
  return { lowest, width, count: Infinity };
}

function binsByCount(least: number, most: number, binCount: number): Bins {
  const [low, high] = least === most ? [least - 0.5, most + 0.5] : [least, most];
  return { lowest: low, width: (high - low) / binCount, count: binCount };
}
