import type { Aggregation } from '../../roi/roi.js';
import type { FeatureSink } from '../feature.js';
import { emitAverages } from '../feature.js';
import type { LevelGrid } from '../texture/level-grid.js';
import type { LevelSizeSummary } from '../texture/level-size-matrix.js';
import { summarizeLevelSize } from '../texture/level-size-matrix.js';
import type { DirectionalAggregation } from '../texture/voxel-groups.js';
import { directionalGroups, directionalOf } from '../texture/voxel-groups.js';
import { runLengthFeatures } from './features.js';
import { runLengthMatrices } from './run-length-matrix.js';

/** Run length features of a region under each directional aggregation asked for. */
export function emitRunLength(sink: FeatureSink, grid: LevelGrid, aggregations: readonly Aggregation[]): void {
  for (const aggregation of directionalOf(aggregations)) {
    emitAverages(sink, 'glrlm', runLengthFeatures, summaries(grid, aggregation), aggregation);
  }
}

function* summaries(grid: LevelGrid, aggregation: DirectionalAggregation): Generator<LevelSizeSummary> {
  for (const matrix of runLengthMatrices(grid, directionalGroups(grid, aggregation))) yield summarizeLevelSize(matrix);
}
