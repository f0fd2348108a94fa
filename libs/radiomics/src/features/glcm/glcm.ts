import type { Aggregation } from '../../roi/roi.js';
import type { FeatureSink } from '../feature.js';
import { emitAverages } from '../feature.js';
import type { LevelGrid } from '../texture/level-grid.js';
import type { DirectionalAggregation } from '../texture/voxel-groups.js';
import { directionalGroups, directionalOf } from '../texture/voxel-groups.js';
import { cooccurrenceMatrix } from './cooccurrence-matrix.js';
import { cooccurrenceFeatures } from './features.js';
import type { CooccurrenceSummary } from './summary.js';
import { summarizeCooccurrence } from './summary.js';

/** Co-occurrence features of a region under each directional aggregation asked for. */
export function emitCooccurrence(sink: FeatureSink, grid: LevelGrid, aggregations: readonly Aggregation[], distance: number): void {
  for (const aggregation of directionalOf(aggregations)) {
    emitAverages(sink, 'glcm', cooccurrenceFeatures, summaries(grid, aggregation, distance), aggregation);
  }
}

function* summaries(grid: LevelGrid, aggregation: DirectionalAggregation, distance: number): Generator<CooccurrenceSummary> {
  for (const group of directionalGroups(grid, aggregation, distance)) yield summarizeCooccurrence(cooccurrenceMatrix(grid, group));
}
