import type { Box, Triple } from '@cohortium/imaging';
import { convolutionKernel } from './axis-kernel.js';
import type { FilterSource } from './block.js';
import { blockSource, boxRange, withRange } from './block.js';
import type { Boundary } from './boundary.js';
import { sourceRange } from './boundary.js';
import { meanResponse } from './mean.js';
import { pooledResponse } from './rotation.js';
import type { RotationPooling } from './rotation.js';

/** Kernels of Laws before scaling to length 1: level, edge, spot, wave, ripple (IBSI 2, section 3.3, table 3.2). */
const lawsKernels: Readonly<Record<string, readonly number[]>> = {
  L5: [1, 4, 6, 4, 1],
  E5: [-1, -2, 0, 2, 1],
  S5: [-1, 0, 2, 0, -1],
  W5: [-1, 2, 0, -2, 1],
  R5: [1, -4, 6, -4, 1],
  L3: [1, 2, 1],
  E3: [-1, 0, 1],
  S3: [-1, 2, -1],
};

/** Parameters of {@link lawsResponse}. */
export interface LawsFilter {
  /** Names of the kernels along i, j (and k), such as `E5L5S5`: two for a filter by slice, three for one in space. */
  readonly kernels: string;
  readonly rotationInvariance: RotationPooling;
  /** delta: Chebyshev distance over which the absolute response is averaged, after pooling; null gives the response itself. */
  readonly energyDistanceVoxels: number | null;
  readonly boundary: Boundary;
}

/**
 * Response of Laws kernels, or its energy map (IBSI 2, section 3.3, JTXT; Laws 1980, doi 10.1117/12.959169). The energy is taken after
 * pooling over rotations.
 */
export function lawsResponse(source: FilterSource, filter: LawsFilter, box: Box): Float64Array {
  const { kernels, rotationInvariance, energyDistanceVoxels, boundary } = filter;
  const chains = (kernels.match(/../g) ?? []).map((name) => [convolutionKernel(unitKernel(name))]);
  if (energyDistanceVoxels === null) return pooledResponse(source, chains, rotationInvariance, box, boundary);
  const dimensions = chains.length === 2 ? '2D' : '3D';
  const wide = widened(source.dimensions, box, energyDistanceVoxels, boundary, dimensions);
  const response = pooledResponse(source, chains, rotationInvariance, wide, boundary);
  for (let at = 0; at < response.length; at++) response[at] = Math.abs(response[at] as number);
  const magnitude = blockSource({ ...wide, values: response }, source.dimensions);
  return meanResponse(magnitude, { dimensions, supportVoxels: 2 * energyDistanceVoxels + 1, boundary }, box);
}

function unitKernel(name: string): number[] {
  const taps = lawsKernels[name] ?? [];
  const norm = Math.sqrt(taps.reduce((sum, tap) => sum + tap * tap, 0));
  return taps.map((tap) => tap / norm);
}

/** The voxels of the image that a window around each voxel of a box reads. */
function widened(dimensions: Triple, box: Box, reach: number, boundary: Boundary, mode: '2D' | '3D'): Box {
  let wide = box;
  for (const axis of [0, 1, 2] as const) {
    if (axis === 2 && mode === '2D') continue;
    const [from, to] = boxRange(box, axis);
    const [low, high] = sourceRange([from - reach, to + reach], { count: dimensions[axis], boundary });
    wide = withRange(wide, axis, [Math.min(low, from), Math.max(high, to)]);
  }
  return wide;
}
