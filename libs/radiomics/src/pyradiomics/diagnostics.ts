import { boundingBox, boxSize, copyBlock } from '@cohortium/imaging';
import type { Box, Geometry, RoiMask, Volume } from '@cohortium/imaging';
import { levelGrid } from '../features/texture/level-grid.js';
import { findZones } from '../features/texture/zones.js';
import { positionOf } from './resampling/scan-lines.js';

/** One row about an image or a region, under the name that PyRadiomics gives it. */
export interface PyradiomicsDiagnostic {
  /** `diagnostics_Image-original_Mean`, ... */
  readonly name: string;
  readonly value: number | string | readonly number[];
}

/** So many voxels of 16 bits have a sum that fits 32 bits, with their sign. */
const wholeAtOnce = 32_768;

/** Rows about an image. What is not finite is left out. */
export function imageDiagnostics({ geometry, values }: Volume, stage: 'original' | 'interpolated'): PyradiomicsDiagnostic[] {
  const { sum, least, most } = summaryOf(values);
  return rows(`Image-${stage}`, {
    ...(stage === 'original' ? { Dimensionality: '3D' } : {}),
    Spacing: geometry.spacingMm,
    Size: geometry.dimensions,
    Mean: sum / values.length,
    Minimum: least,
    Maximum: most,
  });
}

/**
 * Sum and extremes of all voxels. The loops are by themselves: engines compile a long loop while it runs and would drop it where a
 * function goes on in a way that they have not seen.
 */
function summaryOf(values: Volume['values']): { sum: number; least: number; most: number } {
  const found = new Float64Array([0, Infinity, -Infinity]);
  if (values instanceof Int16Array || values instanceof Uint16Array) summarizeWhole(values, found);
  else summarizeAny(values, found);
  const [sum, least, most] = found as unknown as readonly [number, number, number];
  return { sum, least, most };
}

/** Whole numbers of 16 bits: a sum of a row of them is exact in 32 bits, and comparisons need no care for NaN. */
function summarizeWhole(values: Int16Array | Uint16Array, found: Float64Array): void {
  let sum = 0;
  let least = 65_536;
  let most = -65_536;
  for (let start = 0; start < values.length; start += wholeAtOnce) {
    const end = Math.min(start + wholeAtOnce, values.length);
    let part = 0;
    for (let at = start; at < end; at++) {
      const value = values[at] as number;
      part = (part + value) | 0;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    sum += part;
  }
  found.set([sum, least, most]);
}

function summarizeAny(values: Volume['values'], found: Float64Array): void {
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  found.set([sum, least, most]);
}

/**
 * Rows about a region.
 * @param image where the intensities of the region are wanted
 */
export function maskDiagnostics({ geometry, voxels }: RoiMask, stage: string, image?: Volume): PyradiomicsDiagnostic[] {
  const box = boundingBox(voxels, geometry.dimensions);
  if (box === undefined) return [];
  const [ni, nj] = geometry.dimensions;
  let [count, sum, least, most] = [0, 0, Infinity, -Infinity];
  let [sumI, sumJ, sumK] = [0, 0, 0];
  for (let k = box.from[2]; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++)
      for (let i = box.from[0]; i < box.to[0]; i++) {
        const at = i + ni * (j + nj * k);
        if (voxels[at] === 0) continue;
        count++;
        sumI += i;
        sumJ += j;
        sumK += k;
        const value = image === undefined ? 0 : (image.values[at] as number);
        sum += value;
        if (value < least) least = value;
        if (value > most) most = value;
      }
  const center = [sumI / count, sumJ / count, sumK / count] as const;
  return rows(`Mask-${stage}`, {
    Spacing: geometry.spacingMm,
    Size: geometry.dimensions,
    BoundingBox: [...box.from, ...boxSize(box)],
    VoxelNum: count,
    VolumeNum: componentCount(geometry, voxels, box),
    CenterOfMassIndex: center,
    CenterOfMass: positionOf(geometry, center),
    ...(image === undefined ? {} : { Mean: sum / count, Minimum: least, Maximum: most }),
  });
}

function rows(subject: string, values: Readonly<Record<string, PyradiomicsDiagnostic['value']>>): PyradiomicsDiagnostic[] {
  return Object.entries(values)
    .filter(([, value]) => typeof value !== 'number' || Number.isFinite(value))
    .map(([name, value]) => ({ name: `diagnostics_${subject}_${name}`, value }));
}

/** Parts of a region that do not touch, not even at a corner. */
function componentCount({ dimensions, spacingMm }: Geometry, voxels: Uint8Array, box: Box): number {
  const levels = Uint16Array.from(copyBlock({ dimensions, values: voxels }, box));
  const grid = levelGrid({ dimensions: boxSize(box), spacingMm, levels, levelCount: 1, binWidth: null, lowerBound: 1 });
  return findZones(grid, 3).count;
}
