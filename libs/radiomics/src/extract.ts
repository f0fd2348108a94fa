import { boundingBox, boxSize, copyMask, filledCount, widenBox } from '@cohortium/imaging';
import type { Box, RoiMask, Triple, Volume } from '@cohortium/imaging';
import type { AppError, Sha256 } from '@cohortium/kernel';
import { computeFeatures, describeComputed } from './features/compute-features.js';
import type { FeatureOptions } from './features/compute-features.js';
import type { FeatureFamily } from './features/feature.js';
import { filterResponse } from './filters/apply.js';
import { discretize } from './processing/discretize.js';
import { rememberingSource } from './processing/grid-source.js';
import { largestMagnitude, settleConstant } from './processing/intensities.js';
import { localIntensityReachMm, prepareRoi } from './processing/prepare-roi.js';
import type { PreparedRoi } from './processing/prepare-roi.js';
import type { ProcessingStep } from './processing/steps.js';
import type { PyradiomicsDiagnostic } from './pyradiomics/diagnostics.js';
import { describePyradiomics, extractPyradiomics } from './pyradiomics/extract-pyradiomics.js';
import type { PyradiomicsStep } from './pyradiomics/steps.js';
import type { Aggregation, DiscretizedRoi, Roi } from './roi/roi.js';
import { settingsHash } from './settings/resolve.js';
import type { ExtractionSettings, IbsiSettings } from './settings/resolve.js';
import type { IvhSettings } from './settings/settings.schema.js';

/** A feature of one extraction. */
export interface ExtractedFeature {
  /** The name that IBSI prints, in lower camel case, and its code; with the PyRadiomics profile its name and the code of the formula. */
  readonly name: string;
  /** Null where IBSI does not know the formula. */
  readonly ibsiCode: string | null;
  readonly family: string;
  /** Null where a family is not aggregated. */
  readonly aggregation: Aggregation | null;
  /** Name of the filter whose response it describes; null for the unfiltered image. */
  readonly filter: string | null;
  readonly value: number;
  readonly unit: string;
}

/** A feature that has no value for this region, and why. */
export interface UndefinedFeature {
  readonly filter: string | null;
  readonly error: AppError;
}

/** Everything that one extraction yields. */
export interface Extraction<Settings extends ExtractionSettings = ExtractionSettings> {
  readonly settings: Settings;
  readonly settingsHash: Sha256;
  /** Grid of the image as it came. */
  readonly image: { readonly dimensions: Triple; readonly spacingMm: Triple };
  /** Voxels of the region as it came. */
  readonly mask: { readonly voxels: number };
  /** What was done to both before features were computed. */
  readonly steps: readonly (ProcessingStep | PyradiomicsStep)[];
  /** Rows about image and region that PyRadiomics gives beside features; none with the IBSI profile. */
  readonly diagnostics: readonly PyradiomicsDiagnostic[];
  readonly features: readonly ExtractedFeature[];
  /** Features that the definition gives no value for this region; the others are not affected. */
  readonly undefinedFeatures: readonly UndefinedFeature[];
}

/**
 * Extracts the features of a region with the definitions of a profile.
 * @throws what `prepareRoi` or `prepareRegion` and the filters throw; features without value do not throw, they are listed
 */
export function extract<Settings extends ExtractionSettings>(image: Volume, mask: RoiMask, settings: Settings): Extraction<Settings> {
  const found: Found = settings.profile === 'ibsi' ? extractIbsi(image, mask, settings) : extractPyradiomics(image, mask, settings);
  return {
    settings,
    settingsHash: settingsHash(settings),
    image: { dimensions: image.geometry.dimensions, spacingMm: image.geometry.spacingMm },
    mask: { voxels: filledCount(mask.voxels) },
    ...found,
  };
}

/** A feature as settings ask for it, before any region has one. */
export type DescribedFeature = Omit<ExtractedFeature, 'value'>;

/**
 * Features that an extraction gives where every one of them has a value, in its order. Which of them a region has depends on the region;
 * this list depends on the settings alone.
 */
export function describeExtraction(settings: ExtractionSettings): readonly DescribedFeature[] {
  if (settings.profile === 'pyradiomics') return describePyradiomics(settings);
  const of = (families: readonly FeatureFamily[], filter: string | null) =>
    optionsOf(settings, families)
      .flatMap(describeComputed)
      .map(({ name, ibsiCode, family, aggregation = null, unit }) => ({ name, ibsiCode, family, aggregation, filter, unit }));
  return [...of(settings.families, null), ...settings.filters.flatMap(({ families, id }) => of(families, id))];
}

type Found = Pick<Extraction, 'steps' | 'diagnostics' | 'features' | 'undefinedFeatures'>;

/** Processing in the order of the standard, then features of the image and of each filter response. */
function extractIbsi(image: Volume, mask: RoiMask, settings: IbsiSettings): Found {
  const prepared = prepareRoi(image, mask, settings);
  const features: ExtractedFeature[] = [];
  const undefinedFeatures: UndefinedFeature[] = [];
  const { range } = settings.resegmentation;
  const add = (
    roi: Roi,
    discretized: DiscretizedRoi,
    families: readonly FeatureFamily[],
    ivh: FeatureOptions['ivh'],
    filter: string | null,
  ) => {
    const onUndefined = (error: AppError) => undefinedFeatures.push({ filter, error });
    for (const options of optionsOf(settings, families))
      for (const { name, ibsiCode, family, aggregation, value, unit } of computeFeatures(roi, discretized, {
        ...options,
        ivh,
        onUndefined,
      }))
        features.push({ name, ibsiCode, family, aggregation: aggregation ?? null, filter, value, unit });
  };
  add(prepared.roi, prepared.discretized, settings.families, ivhOf(settings.ivhDiscretization, range), null);
  const source = rememberingSource(prepared.source);
  const scale = largestMagnitude(prepared.roi.intensities, prepared.roi.intensityMask);
  for (const { id, filter, discretization, ivhDiscretization, families } of settings.filters) {
    const { roi, box } = cropRoi(prepared, families.includes('localIntensity') ? localIntensityReachMm : 0);
    const response: Roi = { ...roi, intensities: filterResponse(source, source.geometry.spacingMm, filter, box) };
    settleConstant(response.intensities, roi.intensityMask, scale);
    add(response, discretize(response, discretization, null).discretized, families, ivhOf(ivhDiscretization, null), id);
  }
  return { steps: prepared.steps, diagnostics: [], features, undefinedFeatures };
}

/** Options of feature computation; two sets where the two neighborhood families have different distances. */
function optionsOf({ aggregations, texture }: IbsiSettings, families: readonly FeatureFamily[]): Omit<FeatureOptions, 'ivh'>[] {
  const common = { aggregations, cooccurrenceDistance: texture.cmDistance, dependenceCoarseness: texture.ngldmCoarseness };
  const at = (neighborhoodDistance: number, kept: readonly FeatureFamily[]) => ({ ...common, neighborhoodDistance, families: kept });
  if (texture.ngtdmDistance === texture.ngldmDistance) return [at(texture.ngtdmDistance, families)];
  return [
    at(
      texture.ngtdmDistance,
      families.filter((family) => family !== 'ngldm'),
    ),
    at(
      texture.ngldmDistance,
      families.filter((family) => family === 'ngldm'),
    ),
  ].filter((options) => options.families.length > 0);
}

function ivhOf(settings: IvhSettings, range: readonly [number | null, number | null] | null): FeatureOptions['ivh'] {
  if (settings.method === 'FBN') return { method: 'fixedBinNumber', binCount: settings.bins };
  const bounds = { ...(range?.[0] == null ? {} : { low: range[0] }), ...(range?.[1] == null ? {} : { high: range[1] }) };
  if (settings.method === 'none') return { method: 'none', range: bounds };
  return { method: 'fixedBinSize', binWidth: settings.binWidth, range: bounds };
}

/** The region without what is held around it, or with the reach that local intensity needs; the box is given on the whole grid. */
function cropRoi({ roi, box }: PreparedRoi, reachMm: number): { roi: Roi; box: Box } {
  const reach = roi.spacingMm.map((spacing) => Math.floor(reachMm / spacing)) as unknown as Triple;
  const inner = widenBox(boundingBox(roi.morphologicalMask, roi.dimensions) as Box, reach, roi.dimensions);
  const cut = (voxels: Uint8Array) => copyMask(voxels, roi.dimensions, inner);
  const shift = (corner: Triple): Triple => [corner[0] + box.from[0], corner[1] + box.from[1], corner[2] + box.from[2]];
  return {
    box: { from: shift(inner.from), to: shift(inner.to) },
    roi: {
      dimensions: boxSize(inner),
      spacingMm: roi.spacingMm,
      intensities: new Float64Array(0),
      morphologicalMask: cut(roi.morphologicalMask),
      intensityMask: cut(roi.intensityMask),
    },
  };
}
