import { runLengthFeatures } from '../../features/glrlm/features.js';
import { runLengthMatrices } from '../../features/glrlm/run-length-matrix.js';
import { sizeZoneFeatures } from '../../features/glszm/features.js';
import { dependenceFeatures } from '../../features/ngldm/features.js';
import { countEntropy } from '../../features/texture/emphasis.js';
import { offsetsOf } from '../../features/texture/level-grid.js';
import type { LevelGrid } from '../../features/texture/level-grid.js';
import { mergeLevelSize, summarizeLevelSize } from '../../features/texture/level-size-matrix.js';
import type { LevelSizeSummary } from '../../features/texture/level-size-matrix.js';
import { zoneMatrices } from '../../features/texture/zone-families.js';
import { findZones } from '../../features/texture/zones.js';
import { deprecated, entropyShift, own, sameAs } from '../feature.js';
import type { PyradiomicsTable } from '../feature.js';
import type { ImageRegion } from '../image-region.js';

/** -sum p log2(p + epsilon). */
const entropy = (summary: LevelSizeSummary) => countEntropy(summary) - summary.cells * entropyShift;

/** Runs per voxel, voxels being counted with the weights of their runs. */
function percentage({ total, bySize, sizes }: LevelSizeSummary): number {
  return total / bySize.reduce((sum, count, c) => sum + count * (sizes[c] as number), 0);
}

/**
 * The run length matrices whose features are averaged: one for each direction in which some line holds two voxels of the region, or their
 * weighted sum where the settings name a norm; none where there is no such direction.
 */
export function* glrlmSummaries(region: ImageRegion): Generator<LevelSizeSummary> {
  const { grid, setting } = region;
  const steps = region.steps.lines;
  const offsets = steps.map((step) => offsetsOf(grid, [step]));
  const inLine = steps.map((step, s) => hasLine(grid, step, (offsets[s] as Int32Array)[0] as number));
  const kept = offsets.filter((_, s) => inLine[s]).map((along) => ({ from: 0, to: grid.voxels.length, offsets: along }));
  const matrices = runLengthMatrices(grid, kept);
  if (setting.weightingNorm === null) for (const matrix of matrices) yield summarizeLevelSize(matrix);
  else if (kept.length > 0) {
    const weights = steps.filter((_, s) => inLine[s]).map((step) => region.weigh(step, (lengthMm) => lengthMm));
    yield summarizeLevelSize(mergeLevelSize([...matrices], weights));
  }
}

/** True where some line along a step holds two voxels of the region, neighbors or not. */
function hasLine({ ranks, voxels, dimensions, margin, strides }: LevelGrid, step: readonly number[], offset: number): boolean {
  for (const at of voxels) if (ranks[at + offset] !== 0) return true;
  for (const at of voxels) {
    const place = [at % strides[1], Math.floor(at / strides[1]) % (strides[2] / strides[1]), Math.floor(at / strides[2])];
    const isInside = (n: number) =>
      place.every((x, axis) => {
        const moved = x - margin + n * (step[axis] as number);
        return moved >= 0 && moved < (dimensions[axis] as number);
      });
    for (let n = 2; isInside(n); n++) if (ranks[at + n * offset] !== 0) return true;
  }
  return false;
}

/** The size zone matrix; zones are linked within slices where features are extracted by slice. */
export function glszmSummaries(region: ImageRegion): LevelSizeSummary[] {
  const { zoneGrid } = region;
  const zones = findZones(zoneGrid, region.steps.sliceAxis === null ? 3 : 2);
  return zoneMatrices(zoneGrid, zones, 'sizes', false).map(summarizeLevelSize);
}

/** The dependence matrix. */
export function gldmSummaries(region: ImageRegion): LevelSizeSummary[] {
  return [summarizeLevelSize(region.neighborhoods.dependence)];
}

const run = sameAs(runLengthFeatures);
const zone = sameAs(sizeZoneFeatures);
const dependence = sameAs(dependenceFeatures);

/** The 16 run length features. */
export const glrlmFeatures: PyradiomicsTable<LevelSizeSummary> = [
  run('GrayLevelNonUniformity', 'R5YN'),
  run('GrayLevelNonUniformityNormalized', 'OVBL'),
  run('GrayLevelVariance', '8CE5'),
  run('HighGrayLevelRunEmphasis', 'G3QZ'),
  run('LongRunEmphasis', 'W4KF'),
  run('LongRunHighGrayLevelEmphasis', '3KUM'),
  run('LongRunLowGrayLevelEmphasis', 'IVPO'),
  run('LowGrayLevelRunEmphasis', 'V3SW'),
  own('RunEntropy', entropy, '1', 'noNeighbors'),
  run('RunLengthNonUniformity', 'W92Y'),
  run('RunLengthNonUniformityNormalized', 'IC23'),
  own('RunPercentage', percentage, '1', 'noNeighbors'),
  run('RunVariance', 'SXLW'),
  run('ShortRunEmphasis', '22OV'),
  run('ShortRunHighGrayLevelEmphasis', 'GD3A'),
  run('ShortRunLowGrayLevelEmphasis', 'HTZT'),
];

/** The 16 size zone features. */
export const glszmFeatures: PyradiomicsTable<LevelSizeSummary> = [
  zone('GrayLevelNonUniformity', 'JNSA'),
  zone('GrayLevelNonUniformityNormalized', 'Y1RO'),
  zone('GrayLevelVariance', 'BYLV'),
  zone('HighGrayLevelZoneEmphasis', '5GN9'),
  zone('LargeAreaEmphasis', '48P8'),
  zone('LargeAreaHighGrayLevelEmphasis', 'J17V'),
  zone('LargeAreaLowGrayLevelEmphasis', 'YH51'),
  zone('LowGrayLevelZoneEmphasis', 'XMSY'),
  zone('SizeZoneNonUniformity', '4JP3'),
  zone('SizeZoneNonUniformityNormalized', 'VB3A'),
  zone('SmallAreaEmphasis', '5QRC'),
  zone('SmallAreaHighGrayLevelEmphasis', 'HW1V'),
  zone('SmallAreaLowGrayLevelEmphasis', '5RAI'),
  own('ZoneEntropy', entropy),
  zone('ZonePercentage', 'P30P'),
  zone('ZoneVariance', '3NSA'),
];

/** The 16 dependence features. */
export const gldmFeatures: PyradiomicsTable<LevelSizeSummary> = [
  own('DependenceEntropy', entropy),
  dependence('DependenceNonUniformity', 'Z87G'),
  dependence('DependenceNonUniformityNormalized', 'OKJI'),
  deprecated(dependence('DependencePercentage', '6XV8')),
  dependence('DependenceVariance', 'DNX2'),
  dependence('GrayLevelNonUniformity', 'FP8K'),
  deprecated(dependence('GrayLevelNonUniformityNormalized', '5SPA')),
  dependence('GrayLevelVariance', '1PFV'),
  dependence('HighGrayLevelEmphasis', 'OAE7'),
  dependence('LargeDependenceEmphasis', 'IMOQ'),
  dependence('LargeDependenceHighGrayLevelEmphasis', '9QMG'),
  dependence('LargeDependenceLowGrayLevelEmphasis', 'NBZI'),
  dependence('LowGrayLevelEmphasis', 'TL9H'),
  dependence('SmallDependenceEmphasis', 'SODN'),
  dependence('SmallDependenceHighGrayLevelEmphasis', 'JA6D'),
  dependence('SmallDependenceLowGrayLevelEmphasis', 'EQ3F'),
];
