import type { Box } from '@cohortium/imaging';
import { convolutionKernel } from './axis-kernel.js';
import { chainMap } from './axis-map.js';
import type { FilterSource } from './block.js';
import type { Boundary } from './boundary.js';
import { separableResponse } from './separable.js';

/** Parameters of {@link meanResponse}. */
export interface MeanFilter {
  readonly dimensions: '2D' | '3D';
  /** M: odd width of the square or cube in voxels. */
  readonly supportVoxels: number;
  readonly boundary: Boundary;
}

/** Mean over a square (by slice) or cube of M voxels a side (IBSI 2, section 3.1, S60F). */
export function meanResponse(source: FilterSource, { dimensions, supportVoxels, boundary }: MeanFilter, box: Box): Float64Array {
  const map = chainMap(convolutionKernel(new Float64Array(supportVoxels).fill(1 / supportVoxels)));
  return separableResponse(source, [map, map, dimensions === '3D' ? map : null], box, boundary);
}
