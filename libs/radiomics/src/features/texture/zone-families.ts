import type { FeatureSink } from '../feature.js';
import { emitAverages } from '../feature.js';
import { distanceZoneFeatures } from '../gldzm/features.js';
import { sizeZoneFeatures } from '../glszm/features.js';
import { edgeDistances } from './edge-distance.js';
import type { LevelGrid } from './level-grid.js';
import type { LevelSizeMatrix, LevelSizeSummary } from './level-size-matrix.js';
import { summarizeLevelSize, tabulate } from './level-size-matrix.js';
import type { UndirectedAggregation } from './voxel-groups.js';
import { undirectedOf } from './voxel-groups.js';
import type { Zones } from './zones.js';
import { findZones } from './zones.js';
import type { Aggregation } from '../../roi/roi.js';

/** A size zone matrix (sizes in voxels) or a distance zone matrix (sizes are distances) for each slice, or one for all zones. */
export function zoneMatrices(grid: LevelGrid, zones: Zones, attribute: 'sizes' | 'distances', bySlice: boolean): LevelSizeMatrix[] {
  const whole = [{ from: 0, to: zones.count, voxels: grid.voxels.length }];
  const slices = Array.from({ length: grid.sliceStart.length - 1 }, (_, k) => ({
    from: zones.sliceStart[k] as number,
    to: zones.sliceStart[k + 1] as number,
    voxels: (grid.sliceStart[k + 1] as number) - (grid.sliceStart[k] as number),
  })).filter(({ voxels }) => voxels > 0);
  return (bySlice ? slices : whole).map((range) => tabulate(grid.levels, zones.ranks, zones[attribute], range, range.voxels));
}

/**
 * Size zone and distance zone features under each undirected aggregation asked for. Both families share one search for zones.
 * @param morphologicalMask the mask whose edge distances are measured from (IBSI: distances use the morphological mask)
 */
export function emitZones(
  sink: FeatureSink,
  grid: LevelGrid,
  morphologicalMask: Uint8Array,
  aggregations: readonly Aggregation[],
  families: { readonly size: boolean; readonly distance: boolean },
): void {
  if (!families.size && !families.distance) return;
  const found = new Map<2 | 3, Zones>();
  const zonesIn = (dimensions: 2 | 3) => {
    const zones =
      found.get(dimensions) ??
      findZones(grid, dimensions, families.distance ? edgeDistances(grid, morphologicalMask, dimensions) : undefined);
    found.set(dimensions, zones);
    return zones;
  };
  const summaries = (aggregation: UndirectedAggregation, attribute: 'sizes' | 'distances'): LevelSizeSummary[] =>
    zoneMatrices(grid, zonesIn(aggregation === '3D' ? 3 : 2), attribute, aggregation === '2D').map(summarizeLevelSize);
  for (const aggregation of undirectedOf(aggregations)) {
    if (families.size) emitAverages(sink, 'glszm', sizeZoneFeatures, summaries(aggregation, 'sizes'), aggregation);
    if (families.distance) emitAverages(sink, 'gldzm', distanceZoneFeatures, summaries(aggregation, 'distances'), aggregation);
  }
}
