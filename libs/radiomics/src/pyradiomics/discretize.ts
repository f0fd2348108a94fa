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

/** Edges of gray levels: level n reaches from `edge(n - 1)` to before `edge(n)`. */
interface Edges {
  readonly edge: (n: number) => number;
  readonly width: number;
}

/**
 * Gray levels as PyRadiomics 3 has them. A bin width puts edges at its multiples from the last one that is not above the least intensity;
 * an intensity on an edge belongs to the level above it, the largest one too. A bin count cuts the range into equal parts; the largest
 * intensity belongs to the last. Edges are computed in numpy's order of operations, since intensities often lie on them.
 * @throws `RADIOMICS.TOO_MANY_LEVELS`
 */
export function levelsOf({ dimensions, spacingMm, intensities, mask }: IntensityBox, setting: PyradiomicsSetting): DiscretizedRoi {
  const [least, most] = rangeInside(intensities, mask);
  const { edge, width } = setting.binCount === null ? edgesByWidth(least, setting.binWidth) : edgesByCount(least, most, setting.binCount);
  const lowest = edge(0);
  const limit = setting.binCount ?? Infinity;
  const levelOf = (value: number) => {
    let n = Math.max(0, Math.floor((value - lowest) / width));
    while (edge(n) > value) n--;
    while (edge(n + 1) <= value) n++;
    return Math.min(n + 1, limit);
  };
  const levelCount = levelOf(most);
  if (levelCount > mostLevels) throw processingErrors.error('RADIOMICS.TOO_MANY_LEVELS', { count: levelCount, limit: mostLevels });
  const levels = leveled(intensities, mask, levelOf);
  return { dimensions, spacingMm, levels, levelCount, binWidth: width, lowerBound: lowest };
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

function leveled(intensities: ArrayLike<number>, mask: Uint8Array, levelOf: (value: number) => number): Uint16Array {
  const levels = new Uint16Array(mask.length);
  for (let at = 0; at < mask.length; at++) if (mask[at] === 1) levels[at] = levelOf(intensities[at] as number);
  return levels;
}

function edgesByWidth(least: number, binWidth: number): Edges {
  const rest = least % binWidth;
  const lowest = least - (rest < 0 ? rest + binWidth : rest);
  const width = lowest + binWidth - lowest;
  return { edge: (n) => lowest + n * width, width };
}

function edgesByCount(least: number, most: number, binCount: number): Edges {
  const [low, high] = least === most ? [least - 0.5, most + 0.5] : [least, most];
  const width = (high - low) / binCount;
  return { edge: (n) => n * width + low, width };
}
