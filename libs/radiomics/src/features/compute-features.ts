import type { AppError } from '@cohortium/kernel';
import type { Aggregation, DiscretizedRoi, FeatureValue, Roi } from '../roi/roi.js';
import { featureErrors } from './errors.js';
import type { FeatureDescription, FeatureFamily, FeatureSink, FeatureTable } from './feature.js';
import { emitAll, featureFamilies, wantedFeatures } from './feature.js';
import { cooccurrenceFeatures } from './glcm/features.js';
import { emitCooccurrence } from './glcm/glcm.js';
import { distanceZoneFeatures } from './gldzm/features.js';
import { runLengthFeatures } from './glrlm/features.js';
import { emitRunLength } from './glrlm/glrlm.js';
import { sizeZoneFeatures } from './glszm/features.js';
import { histogramFeatures, histogramOf } from './intensity-histogram/features.js';
import { distributionOf } from './intensity-statistics/distribution.js';
import { statisticsFeatures } from './intensity-statistics/features.js';
import { volumeHistogramFeatures } from './intensity-volume-histogram/features.js';
import type { VolumeHistogramDiscretization } from './intensity-volume-histogram/volume-histogram.js';
import { volumeHistogram } from './intensity-volume-histogram/volume-histogram.js';
import { localIntensityFeatures } from './local-intensity/features.js';
import { intensityPeaks } from './local-intensity/local-means.js';
import { morphologyFeatures } from './morphology/features.js';
import { RegionShape } from './morphology/shape.js';
import { dependenceFeatures } from './ngldm/features.js';
import { toneDifferenceFeatures } from './ngtdm/features.js';
import { levelGrid } from './texture/level-grid.js';
import type { LevelGrid } from './texture/level-grid.js';
import { emitNeighborhoods } from './texture/neighborhood-families.js';
import { directionalOf, undirectedOf } from './texture/voxel-groups.js';
import { emitZones } from './texture/zone-families.js';

/** What to compute. */
export interface FeatureOptions {
  /** How texture matrices of directions and slices are combined; each family takes those that exist for it. */
  readonly aggregations: readonly Aggregation[];
  /** Levels of the intensity-volume histogram. */
  readonly ivh: VolumeHistogramDiscretization;
  /** Families to compute; all if absent. */
  readonly families?: readonly FeatureFamily[];
  /** True for a feature that is wanted; all of the families if absent. Expensive parts that no wanted feature needs are skipped. */
  readonly select?: (feature: FeatureDescription) => boolean;
  /** Chebyshev distance of co-occurrence pairs, in voxels: 1 if absent (IBSI). */
  readonly cooccurrenceDistance?: number;
  /** Chebyshev radius of the neighborhoods of NGTDM and NGLDM, in voxels: 1 if absent (IBSI). */
  readonly neighborhoodDistance?: number;
  /** Largest difference of gray levels that NGLDM counts as dependence (alpha): 0 if absent (IBSI). */
  readonly dependenceCoarseness?: number;
  /**
   * Receives the RADIOMICS.FEATURE_UNDEFINED error of each feature that has no value for this region, which is then left out of the
   * result. If absent, the first such error is thrown.
   */
  readonly onUndefined?: (error: AppError) => void;
}

const textureFamilies: readonly FeatureFamily[] = ['glcm', 'glrlm', 'glszm', 'gldzm', 'ngtdm', 'ngldm'];

const tables: Readonly<Record<FeatureFamily, FeatureTable<never>>> = {
  morphology: morphologyFeatures,
  localIntensity: localIntensityFeatures,
  intensityStatistics: statisticsFeatures,
  intensityHistogram: histogramFeatures,
  intensityVolumeHistogram: volumeHistogramFeatures,
  glcm: cooccurrenceFeatures,
  glrlm: runLengthFeatures,
  glszm: sizeZoneFeatures,
  gldzm: distanceZoneFeatures,
  ngtdm: toneDifferenceFeatures,
  ngldm: dependenceFeatures,
};

/** All 174 features of IBSI chapter 1 in the manual's order, without values. */
export function describeFeatures(): FeatureDescription[] {
  return (Object.keys(featureFamilies) as FeatureFamily[]).flatMap(describeFamily);
}

function describeFamily(family: FeatureFamily): FeatureDescription[] {
  return tables[family].map(({ name, ibsiCode, unit }) => ({ name, ibsiCode, family, unit }));
}

/** What {@link computeFeatures} gives where every feature has a value: the same features in the same order, without values. */
export function describeComputed({
  aggregations,
  families,
}: Pick<FeatureOptions, 'aggregations' | 'families'>): (FeatureDescription & { readonly aggregation?: Aggregation })[] {
  const isWanted = (family: FeatureFamily) => families?.includes(family) ?? true;
  const under = (aggregation: Aggregation, ...group: FeatureFamily[]) =>
    group.filter(isWanted).flatMap((family) => describeFamily(family).map((feature) => ({ ...feature, aggregation })));
  const whole = (Object.keys(featureFamilies) as FeatureFamily[]).filter((family) => isWanted(family) && !textureFamilies.includes(family));
  const [directional, undirected] = [directionalOf(aggregations), undirectedOf(aggregations)];
  return [
    ...whole.flatMap(describeFamily),
    ...directional.flatMap((aggregation) => under(aggregation, 'glcm')),
    ...directional.flatMap((aggregation) => under(aggregation, 'glrlm')),
    ...undirected.flatMap((aggregation) => under(aggregation, 'glszm', 'gldzm')),
    ...undirected.flatMap((aggregation) => under(aggregation, 'ngtdm', 'ngldm')),
  ];
}

/**
 * The features of IBSI chapter 1 (reference manual, arXiv 1612.07003, 0.0.11) of one region: family by family in the manual's order,
 * within a texture family aggregation by aggregation. Deterministic to the bit. No value is ever NaN or infinite.
 * @throws RADIOMICS.EMPTY_ROI, RADIOMICS.NOT_FINITE, RADIOMICS.BAD_ROI, RADIOMICS.BAD_FEATURE_OPTION, RADIOMICS.FEATURE_UNDEFINED
 */
export function computeFeatures(roi: Roi, discretized: DiscretizedRoi, options: FeatureOptions): FeatureValue[] {
  const families = new Set(options.families ?? (Object.keys(featureFamilies) as FeatureFamily[]));
  const sink: FeatureSink = {
    wants: (feature) => families.has(feature.family) && (options.select?.(feature) ?? true),
    values: [],
    onUndefined:
      options.onUndefined ??
      ((error) => {
        throw error;
      }),
  };
  const wants = (family: FeatureFamily) => wantedFeatures(sink, family, tables[family]).length > 0;
  const texture = textureFamilies.filter(wants);
  checkTextureOptions(options, texture);
  const values = regionIntensities(roi, discretized);
  if (wants('morphology')) emitAll(sink, 'morphology', morphologyFeatures, new RegionShape(roi));
  if (wants('localIntensity')) emitAll(sink, 'localIntensity', localIntensityFeatures, intensityPeaks(roi));
  if (wants('intensityStatistics')) emitAll(sink, 'intensityStatistics', statisticsFeatures, distributionOf(values));
  const { cooccurrenceDistance = 1, neighborhoodDistance = 1 } = options;
  const grid =
    texture.length > 0 || wants('intensityHistogram')
      ? levelGrid(discretized, Math.max(cooccurrenceDistance, neighborhoodDistance))
      : undefined;
  if (grid && wants('intensityHistogram')) emitAll(sink, 'intensityHistogram', histogramFeatures, histogramOf(grid));
  if (wants('intensityVolumeHistogram')) {
    emitAll(sink, 'intensityVolumeHistogram', volumeHistogramFeatures, volumeHistogram(values, options.ivh));
  }
  if (grid && texture.length > 0) emitTexture(sink, roi, grid, options, new Set(texture));
  return sink.values;
}

/** @throws RADIOMICS.BAD_FEATURE_OPTION where an option of a wanted matrix family cannot be used */
function checkTextureOptions(
  { aggregations, cooccurrenceDistance, neighborhoodDistance }: FeatureOptions,
  families: readonly FeatureFamily[],
) {
  positiveWhole('cooccurrenceDistance', cooccurrenceDistance ?? 1);
  positiveWhole('neighborhoodDistance', neighborhoodDistance ?? 1);
  for (const family of families) {
    const offered = family === 'glcm' || family === 'glrlm' ? directionalOf(aggregations) : undirectedOf(aggregations);
    if (offered.length > 0) continue;
    throw featureErrors.error('RADIOMICS.BAD_FEATURE_OPTION', {
      option: 'aggregations',
      reason: 'aggregation',
      family: featureFamilies[family].name,
    });
  }
}

/** The six matrix families, on one layout of the gray levels. */
function emitTexture(sink: FeatureSink, roi: Roi, grid: LevelGrid, options: FeatureOptions, families: Set<FeatureFamily>): void {
  const { aggregations, cooccurrenceDistance = 1, neighborhoodDistance = 1, dependenceCoarseness = 0 } = options;
  if (families.has('glcm')) emitCooccurrence(sink, grid, aggregations, cooccurrenceDistance);
  if (families.has('glrlm')) emitRunLength(sink, grid, aggregations);
  emitZones(sink, grid, roi.morphologicalMask, aggregations, { size: families.has('glszm'), distance: families.has('gldzm') });
  emitNeighborhoods(
    sink,
    grid,
    aggregations,
    { distance: neighborhoodDistance, alpha: dependenceCoarseness },
    { tone: families.has('ngtdm'), dependence: families.has('ngldm') },
  );
}

function positiveWhole(option: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw featureErrors.error('RADIOMICS.BAD_FEATURE_OPTION', { option, reason: 'positive', family: '' });
}

/** The intensities of the intensity mask, after the region has been found whole. */
function regionIntensities(roi: Roi, discretized: DiscretizedRoi): Float64Array {
  const { intensities, morphologicalMask, intensityMask } = roi;
  const { levels } = discretized;
  const length = roi.dimensions.reduce((product, n) => product * n, 1);
  const bad = (reason: string) => featureErrors.error('RADIOMICS.BAD_ROI', { reason });
  if (discretized.dimensions.some((n, axis) => n !== roi.dimensions[axis])) throw bad('dimensions');
  if ([intensities, morphologicalMask, intensityMask, levels].some((array) => array.length !== length)) throw bad('length');
  if (!roi.spacingMm.every((s) => s > 0 && Number.isFinite(s))) throw bad('spacing');
  let count = 0;
  let leveled = 0;
  for (let v = 0; v < length; v++) {
    if (levels[v] !== 0) leveled++;
    if (intensityMask[v] === 0) continue;
    count++;
    if (morphologicalMask[v] === 0) throw bad('masks');
  }
  if (count === 0) {
    throw featureErrors.error('RADIOMICS.EMPTY_ROI', { mask: morphologicalMask.includes(1) ? 'intensity' : 'morphological' });
  }
  if (leveled === 0) throw featureErrors.error('RADIOMICS.EMPTY_ROI', { mask: 'discretized' });
  const values = new Float64Array(count);
  let notFinite = 0;
  for (let v = 0, at = 0; v < length; v++) {
    if ((intensityMask[v] === 0) !== (levels[v] === 0)) throw bad('levels');
    if (intensityMask[v] === 0) continue;
    const x = intensities[v] as number;
    if (!Number.isFinite(x)) notFinite++;
    values[at++] = x;
  }
  if (notFinite > 0) throw featureErrors.error('RADIOMICS.NOT_FINITE', { count: notFinite });
  return values;
}
