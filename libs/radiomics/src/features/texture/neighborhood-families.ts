import type { Aggregation } from '../../roi/roi.js';
import type { FeatureSink } from '../feature.js';
import { emitAverages } from '../feature.js';
import { dependenceFeatures } from '../ngldm/features.js';
import { summarizeTone, toneDifferenceFeatures } from '../ngtdm/features.js';
import type { LevelGrid } from './level-grid.js';
import { summarizeLevelSize } from './level-size-matrix.js';
import { scanNeighborhoods } from './neighborhoods.js';
import { undirectedGroups, undirectedOf } from './voxel-groups.js';

/** Gray tone difference and dependence features under each undirected aggregation asked for. Both families share one scan. */
export function emitNeighborhoods(
  sink: FeatureSink,
  grid: LevelGrid,
  aggregations: readonly Aggregation[],
  settings: { readonly distance: number; readonly alpha: number },
  families: { readonly tone: boolean; readonly dependence: boolean },
): void {
  if (!families.tone && !families.dependence) return;
  for (const aggregation of undirectedOf(aggregations)) {
    const scans = undirectedGroups(grid, aggregation, settings.distance).map((group) => scanNeighborhoods(grid, group, settings.alpha));
    if (families.tone) {
      const tones = scans.map(({ tone }) => summarizeTone(tone));
      emitAverages(sink, 'ngtdm', toneDifferenceFeatures, tones, aggregation);
    }
    if (families.dependence) {
      const summaries = scans.map(({ dependence }) => summarizeLevelSize(dependence));
      emitAverages(sink, 'ngldm', dependenceFeatures, summaries, aggregation);
    }
  }
}
