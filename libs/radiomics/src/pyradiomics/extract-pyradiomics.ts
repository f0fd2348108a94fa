import { boxSize, filledCount } from '@cohortium/imaging';
import type { RoiMask, Triple, Volume } from '@cohortium/imaging';
import type { AppError } from '@cohortium/kernel';
import { featureErrors } from '../features/errors.js';
import type { Roi } from '../roi/roi.js';
import { shapeOf } from './classes/shape.js';
import { sliceShape } from './classes/shape-2d.js';
import type { PyradiomicsDiagnostic } from './diagnostics.js';
import { levelsOf } from './discretize.js';
import { pyradiomicsErrors } from './errors.js';
import { aggregationOf, computeImageClass, imageClasses, pyradiomicsTables, wantedClasses } from './feature-classes.js';
import type { AveragedFeature, ImageClassName, PyradiomicsClassName, WantedClass } from './feature-classes.js';
import type { PyradiomicsTable } from './feature.js';
import { ImageRegion, RegionSteps, sliceAxisOf } from './image-region.js';
import { imageNamesOf, imagesOf, maskIn } from './image-types.js';
import type { DerivedImage } from './image-types.js';
import type { PyradiomicsImageType, PyradiomicsSetting, PyradiomicsSettings } from './parameters.schema.js';
import { prepareRegion } from './prepare-region.js';
import type { PreparedRegion } from './prepare-region.js';
import type { LevelStep, PyradiomicsStep } from './steps.js';
import type { Aggregation } from '../roi/roi.js';

/** A feature under PyRadiomics' name, `original_glcm_Idm`. */
export interface PyradiomicsValue {
  readonly name: string;
  readonly ibsiCode: string | null;
  /** The feature class. */
  readonly family: string;
  readonly aggregation: Aggregation | null;
  /** The derived image; null for the original one. */
  readonly filter: string | null;
  readonly value: number;
  readonly unit: string;
}

/** What an extraction with the PyRadiomics profile yields. */
export interface PyradiomicsExtraction {
  readonly steps: readonly PyradiomicsStep[];
  readonly diagnostics: readonly PyradiomicsDiagnostic[];
  readonly features: readonly PyradiomicsValue[];
  readonly undefinedFeatures: readonly { readonly filter: string | null; readonly error: AppError }[];
}

/** Values that are collected, and features without one. */
class Collector {
  readonly features: PyradiomicsValue[] = [];
  readonly undefinedFeatures: { filter: string | null; error: AppError }[] = [];

  add(image: string, family: string, aggregation: Aggregation | null, { feature, value }: AveragedFeature): void {
    const name = `${image}_${family}_${feature.name}`;
    const filter = image === 'original' ? null : image;
    if (Number.isFinite(value)) {
      const { ibsiCode, unit } = feature;
      this.features.push({ name, ibsiCode, family, aggregation, filter, value, unit });
      return;
    }
    const reason = feature.undefinedReason;
    const params = { feature: name, code: 'PyRadiomics', family, aggregation: aggregation ?? 'none', reason };
    this.undefinedFeatures.push({ filter, error: featureErrors.error('RADIOMICS.FEATURE_UNDEFINED', params) });
  }
}

/**
 * Extracts the features of a region with the definitions and conventions of PyRadiomics 3: processing, shape, then each image type with its
 * own settings.
 * @throws what `prepareRegion` and the filters throw; features without value do not throw, they are listed
 */
export function extractPyradiomics(image: Volume, mask: RoiMask, settings: PyradiomicsSettings): PyradiomicsExtraction {
  const prepared = prepareRegion(image, mask, settings.setting);
  const collector = new Collector();
  addShape(collector, prepared, settings);
  const part = { image: prepared.image, box: prepared.box, mask: maskIn(prepared.mask, prepared.image, prepared.box) };
  const classes = wantedClasses(settings.featureClass);
  const levelSteps: LevelStep[] = [];
  for (const [type, overrides] of Object.entries(settings.imageType)) {
    const setting: PyradiomicsSetting = { ...settings.setting, ...overrides };
    const common: ImageTask = {
      ...{ mask: part.mask, dimensions: boxSize(prepared.box), spacingMm: prepared.image.geometry.spacingMm, setting, classes },
      steps: new RegionSteps(boxSize(prepared.box), setting),
    };
    for (const derived of imagesOf(type as PyradiomicsImageType, part, setting)) {
      if ('error' in derived) collector.undefinedFeatures.push({ filter: derived.name, error: derived.error });
      else levelSteps.push(addImage(collector, derived, common));
    }
  }
  return {
    steps: [...prepared.steps, ...levelSteps],
    diagnostics: prepared.diagnostics,
    features: collector.features,
    undefinedFeatures: collector.undefinedFeatures,
  };
}

/** Features that {@link extractPyradiomics} gives where every one of them has a value, in its order. */
export function describePyradiomics(settings: PyradiomicsSettings): readonly Omit<PyradiomicsValue, 'value'>[] {
  const { setting: common, featureClass } = settings;
  const of = (image: string, family: PyradiomicsClassName, aggregation: Aggregation | null) =>
    (pyradiomicsTables[family] as PyradiomicsTable<never>)
      .filter(({ name }) => featureClass[family]?.includes(name) === true)
      .map(({ name, ibsiCode, unit }) => {
        const filter = image === 'original' ? null : image;
        return { name: `${image}_${family}_${name}`, ibsiCode, family, aggregation, filter, unit };
      });
  const ofImages = Object.entries(settings.imageType).flatMap(([type, overrides]) => {
    const setting: PyradiomicsSetting = { ...common, ...overrides };
    return imageNamesOf(type as PyradiomicsImageType, setting).flatMap((image) =>
      (Object.keys(imageClasses) as ImageClassName[]).flatMap((family) =>
        of(image, family, aggregationOf(family, setting.weightingNorm !== null, setting.force2D)),
      ),
    );
  });
  // Without force2D no region has the shape of a slice.
  return [...of('original', 'shape', null), ...(common.force2D ? of('original', 'shape2D', null) : []), ...ofImages];
}

/** What the images of one type have in common: the region in its box, its settings, and what is wanted. */
interface ImageTask {
  readonly mask: Uint8Array;
  readonly dimensions: Triple;
  readonly spacingMm: Triple;
  readonly setting: PyradiomicsSetting;
  readonly steps: RegionSteps;
  readonly classes: readonly WantedClass[];
}

/** The classes of one image. */
function addImage(collector: Collector, { name, intensities }: DerivedImage, task: ImageTask): LevelStep {
  const { mask, dimensions, spacingMm, setting, steps, classes } = task;
  const values = valuesInside(intensities, mask);
  const discretized = levelsOf({ dimensions, spacingMm, intensities, mask }, setting);
  const region = new ImageRegion({ discretized, values, setting, steps });
  for (const wanted of classes) {
    const aggregation = aggregationOf(wanted.name, setting.weightingNorm !== null, setting.force2D);
    for (const feature of computeImageClass(wanted, region)) collector.add(name, wanted.name, aggregation, feature);
  }
  const { levelCount, binWidth, lowerBound } = discretized;
  return {
    step: 'discretization',
    image: name,
    method: setting.binCount === null ? 'FBS' : 'FBN',
    levelCount,
    binWidth: binWidth as number,
    lowerBound,
  };
}

/** Intensities of the voxels of a mask, in order. */
function valuesInside(intensities: ArrayLike<number>, mask: Uint8Array): Float64Array {
  const values = new Float64Array(filledCount(mask));
  for (let at = 0, n = 0; at < mask.length; at++) if (mask[at] === 1) values[n++] = intensities[at] as number;
  return values;
}

/** Shape in space and of a slice; PyRadiomics cuts the region to the box of what re-segmentation left. */
function addShape(
  collector: Collector,
  { image, shapeMask, box }: PreparedRegion,
  { setting, featureClass, meshRelease }: PyradiomicsSettings,
): void {
  const inBox = maskIn(shapeMask, image, box);
  const roi: Roi = {
    dimensions: boxSize(box),
    spacingMm: image.geometry.spacingMm,
    intensities: new Float64Array(0),
    morphologicalMask: inBox,
    intensityMask: inBox,
  };
  if (featureClass.shape !== undefined)
    addTable(collector, 'shape', pyradiomicsTables.shape, shapeOf(roi, meshRelease), featureClass.shape);
  if (featureClass.shape2D === undefined) return;
  const axis = sliceAxisOf(setting);
  const slices = roi.dimensions[axis];
  if (setting.force2D && slices === 1) {
    addTable(collector, 'shape2D', pyradiomicsTables.shape2D, sliceShape(roi, axis), featureClass.shape2D);
    return;
  }
  for (const feature of featureClass.shape2D) {
    const params = { feature: `original_shape2D_${feature}`, slices, force2D: setting.force2D ? 'on' : 'off' };
    collector.undefinedFeatures.push({ filter: null, error: pyradiomicsErrors.error('RADIOMICS.SLICE_SHAPE_UNDEFINED', params) });
  }
}

function addTable<Summary>(
  collector: Collector,
  family: string,
  table: PyradiomicsTable<Summary>,
  summary: Summary,
  wanted: readonly string[],
): void {
  for (const feature of table) {
    if (!wanted.includes(feature.name)) continue;
    collector.add('original', family, null, { feature, value: feature.compute(summary) });
  }
}
