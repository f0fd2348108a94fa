import type { Aggregation } from '../roi/roi.js';
import { firstOrderFeatures, firstOrderSummaries } from './classes/first-order.js';
import { glcmFeatures, glcmSummaries } from './classes/glcm.js';
import { gldmFeatures, gldmSummaries, glrlmFeatures, glrlmSummaries, glszmFeatures, glszmSummaries } from './classes/level-size.js';
import { ngtdmFeatures, ngtdmSummaries } from './classes/ngtdm.js';
import { shapeFeatures } from './classes/shape.js';
import { shape2DFeatures } from './classes/shape-2d.js';
import type { PyradiomicsFeature, PyradiomicsTable } from './feature.js';
import type { ImageRegion } from './image-region.js';

/** A class of features of an image: its table, and the summaries (matrices) whose values are averaged. */
export interface ImageClass<Summary> {
  readonly table: PyradiomicsTable<Summary>;
  readonly summaries: (region: ImageRegion) => Iterable<Summary>;
  /** How matrices are combined: by direction (then merged where a norm weighs them), without direction, or not at all. */
  readonly matrices: 'directional' | 'undirected' | 'none';
}

const imageClass = <Summary>(
  table: PyradiomicsTable<Summary>,
  summaries: (region: ImageRegion) => Iterable<Summary>,
  matrices: ImageClass<Summary>['matrices'],
): ImageClass<never> => ({ table, summaries, matrices }) as unknown as ImageClass<never>;

/** The classes that describe an image, in the order of PyRadiomics' results. */
export const imageClasses = {
  firstorder: imageClass(firstOrderFeatures, firstOrderSummaries, 'none'),
  glcm: imageClass(glcmFeatures, glcmSummaries, 'directional'),
  glrlm: imageClass(glrlmFeatures, glrlmSummaries, 'directional'),
  glszm: imageClass(glszmFeatures, glszmSummaries, 'undirected'),
  gldm: imageClass(gldmFeatures, gldmSummaries, 'undirected'),
  ngtdm: imageClass(ngtdmFeatures, ngtdmSummaries, 'undirected'),
} as const;
/** Name of a class that describes an image. */
export type ImageClassName = keyof typeof imageClasses;

/** The one table of all features: shape of the region, shape of a slice, then what describes an image. */
export const pyradiomicsTables = {
  shape: shapeFeatures,
  shape2D: shape2DFeatures,
  firstorder: firstOrderFeatures,
  glcm: glcmFeatures,
  glrlm: glrlmFeatures,
  glszm: glszmFeatures,
  gldm: gldmFeatures,
  ngtdm: ngtdmFeatures,
} as const satisfies Record<string, PyradiomicsTable<never>>;
/** Name of a feature class. */
export type PyradiomicsClassName = keyof typeof pyradiomicsTables;

/** All class names. */
export const pyradiomicsClassNames = Object.keys(pyradiomicsTables) as PyradiomicsClassName[];

/** Names of the features of a class; without deprecated ones, those of the whole class. */
export function pyradiomicsFeatureNames(name: PyradiomicsClassName, withDeprecated: boolean): string[] {
  const table: PyradiomicsTable<never> = pyradiomicsTables[name];
  return table.filter(({ isDeprecated }) => withDeprecated || !isDeprecated).map((feature) => feature.name);
}

/** A feature whose value is the mean over its summaries. */
export interface AveragedFeature {
  readonly feature: PyradiomicsFeature<never>;
  /** NaN where no summary gives a value. */
  readonly value: number;
}

/** A class of an image and those of its features that are wanted. */
export interface WantedClass {
  readonly name: ImageClassName;
  readonly features: PyradiomicsTable<unknown>;
}

/** The wanted classes that describe an image, in PyRadiomics' order. */
export function wantedClasses(featureClass: Readonly<Partial<Record<ImageClassName, readonly string[]>>>): WantedClass[] {
  return (Object.keys(imageClasses) as ImageClassName[]).flatMap((name) => {
    const wanted = new Set(featureClass[name]);
    const { table } = imageClasses[name] as unknown as ImageClass<unknown>;
    return featureClass[name] === undefined ? [] : [{ name, features: table.filter((feature) => wanted.has(feature.name)) }];
  });
}

/** The wanted features of one class of an image, each averaged over the matrices that give it a value. */
export function computeImageClass({ name, features }: WantedClass, region: ImageRegion): AveragedFeature[] {
  const { summaries } = imageClasses[name] as unknown as ImageClass<unknown>;
  const sums = new Float64Array(features.length);
  const counts = new Float64Array(features.length);
  for (const summary of summaries(region)) addValues(features, summary, sums, counts);
  return features.map((feature, f) => ({
    feature: feature as PyradiomicsFeature<never>,
    value: (sums[f] as number) / (counts[f] as number),
  }));
}

/** Adds the values that a summary gives, and counts them. */
function addValues(features: PyradiomicsTable<unknown>, summary: unknown, sums: Float64Array, counts: Float64Array): void {
  for (let f = 0; f < features.length; f++) {
    const value = (features[f] as PyradiomicsFeature<unknown>).compute(summary);
    if (!Number.isFinite(value)) continue;
    sums[f] = (sums[f] as number) + value;
    counts[f] = (counts[f] as number) + 1;
  }
}

/** The IBSI aggregation that a class corresponds to under some settings. */
export function aggregationOf(name: ImageClassName, isMerged: boolean, bySlice: boolean): Aggregation | null {
  switch (imageClasses[name].matrices) {
    case 'none':
      return null;
    case 'undirected':
      return bySlice ? '2.5D' : '3D';
    case 'directional':
      if (bySlice) return isMerged ? '2.5D:merged' : '2.5D:directionMerged';
      return isMerged ? '3D:merged' : '3D:averaged';
  }
}
