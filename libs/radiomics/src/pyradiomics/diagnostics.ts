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

/** Voxels that are converted at once. */
const pieceVoxels = 16_384;

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

/** Sum and extremes of all voxels, piece by piece: loops over doubles are faster than a loop that knows every type of voxel. */
function summaryOf(values: Volume['values']): { sum: number; least: number; most: number } {
  let [sum, least, most] = [0, Infinity, -Infinity];
  const room = new Float64Array(Math.min(pieceVoxels, values.length));
  for (let start = 0; start < values.length; start += pieceVoxels) {
    const part = values.subarray(start, start + pieceVoxels);
    const piece = room.subarray(0, part.length);
    piece.set(part);
    sum += sumOf(piece);
    least = Math.min(least, leastOf(piece));
    most = Math.max(most, mostOf(piece));
  }
  return { sum, least, most };
}

// Engines compile a long loop while it runs and would drop it where a function goes on in a way that they have not seen: these do not.

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  return sum;
}

function leastOf(values: Float64Array): number {
  let least = Infinity;
  for (let at = 0; at < values.length; at++) if ((values[at] as number) < least) least = values[at] as number;
  return least;
}

function mostOf(values: Float64Array): number {
  let most = -Infinity;
  for (let at = 0; at < values.length; at++) if ((values[at] as number) > most) most = values[at] as number;
  return most;
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
