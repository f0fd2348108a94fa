export { assessSeries, assessStudy, verdicts } from './dicom/acquisition-gate.js';
export type { AcquisitionRules, BValueRule, GateFinding, Passport, RangeRule, RoleRules, Verdict } from './dicom/acquisition-gate.js';
export { parseAcquisitionRules } from './dicom/acquisition-rules.js';
export { isDicom } from './dicom/data-elements.js';
export { DicomObject } from './dicom/dicom-object.js';
export type { FilePlace } from './dicom/dicom-object.js';
export { alignScales } from './dicom/align-scales.js';
export { buildVolume } from './dicom/build-volume.js';
export { loadCodecs } from './dicom/codecs/codecs.js';
export { decodeFrames, frameDecoder, storedTypeOf } from './dicom/decode-frames.js';
export type { DecodedFrames, FrameDecoder } from './dicom/decode-frames.js';
export type { DiffusionWeighting } from './dicom/diffusion-weighting.js';
export type { FrameInfo, FramePlane, FrameTimes, ImageFacts, ImageHeader, UptakeFactors } from './dicom/frame-info.js';
export { readImageHeader } from './dicom/image-header.js';
export { framePixels, hasPixels, pixelFormatOf } from './dicom/pixel-format.js';
export type { PixelFormat } from './dicom/pixel-format.js';
export { scannerMatrix } from './dicom/scanner-matrix.js';
export type { ParameterSpan, ScannerRow } from './dicom/scanner-matrix.js';
export { earliestSeconds, seriesFacts, statedProblem } from './dicom/series-facts.js';
export type { SeriesFacts, StatedProblem, VolumeFacts } from './dicom/series-facts.js';
export { applyCorrection, assignRole, assignRoles, leastConfidence, seriesRoles } from './dicom/series-roles.js';
export type { RoleAssignment, RoleEvidence, SeriesRole } from './dicom/series-roles.js';
export { splitSeries } from './dicom/split-series.js';
export type { FrameReference, VolumePlan } from './dicom/split-series.js';
export { volumeStarts } from './dicom/volume-starts.js';
export type { VolumeStarts } from './dicom/volume-starts.js';
export { derivedUid } from './dicom/uid.js';
export { waterFatKinds } from './dicom/water-fat.js';
export type { WaterFat } from './dicom/water-fat.js';
export { explicitLittleEndian, writeDicom } from './dicom/write-dicom.js';
export type { DicomRecord, DicomValue, EncapsulatedPixels, TypedValue, WriteOptions } from './dicom/write-dicom.js';
export { acceptableRisks, defaultDeidentification } from './deidentify/defaults.js';
export { cleanDescription } from './deidentify/clean-text.js';
export { daysOfDate, secondsOfDateTime, secondsOfTime } from './dicom/dicom-time.js';
export { deidentify, patientIdentityOf } from './deidentify/deidentify.js';
export type { DeidentificationRequest, Deidentified } from './deidentify/deidentify.js';
export { observeTimes, relateTimes } from './deidentify/derived-values.js';
export type { DerivedValues, ObservedTimes, SuvFactors } from './deidentify/derived-values.js';
export { elementsOf, parseElements, textOf } from './deidentify/elements.js';
export type { Encoding, RawElement, RawFile, RawItem } from './deidentify/elements.js';
export { SiteKey } from './deidentify/keyed.js';
export type { PatientIdentity, Pseudonym } from './deidentify/keyed.js';
export { bValueOf } from './deidentify/b-value.js';
export type { BValue } from './deidentify/b-value.js';
export { DeidentificationProfile, deidentificationOptions, deidentificationTable } from './deidentify/profile.js';
export type { DeidentificationOption } from './deidentify/profile.js';
export type { PixelRisk } from './deidentify/refusals.js';
export { implementationClassUid, wrapDataSet } from './deidentify/write-elements.js';
export type { FileHeader } from './deidentify/write-elements.js';
export { correctBias, defaultBiasSettings } from './bias-field/correct-bias.js';
export type { BiasCorrection, BiasSettings } from './bias-field/correct-bias.js';
export { imagingErrors } from './errors.js';
export {
  assertSameGeometry,
  cornerDistanceMm,
  describeGeometry,
  geometryFromSteps,
  indexToPatient,
  isSameGeometry,
  patientToIndex,
  sameGeometryToleranceMm,
  voxelCount,
} from './geometry/geometry.js';
export type { Triple } from './geometry/geometry.js';
export { boundingBox, boxSize, interpolationGeometry, placeAxis, placeGrid, widenBox } from './interpolation/grid.js';
export type { AxisPlacement, Box, GridPlacement, WantedSpacing } from './interpolation/grid.js';
export { interpolationMethods } from './interpolation/kernel.js';
export type { InterpolationMethod } from './interpolation/kernel.js';
export { copyBlock, copyMask, resampleBox } from './interpolation/resample.js';
export type { GridValues } from './interpolation/resample.js';
export { defaultLimitBytes } from './readers/bytes.js';
export type { ReadOptions } from './readers/bytes.js';
export { readDicomSlices, readDicomVolumes } from './readers/dicom-series.js';
export type { DicomVolume, NamedBytes } from './readers/dicom-series.js';
export { imageFormatOf, readVolume } from './readers/volume-file.js';
export type { ImageFormat } from './readers/volume-file.js';
export { readNifti, readNiftiSeries } from './readers/nifti.js';
export type { VolumeSeries } from './readers/nifti.js';
export { readNrrd } from './readers/nrrd.js';
export type { LoadDetached } from './readers/nrrd.js';
export { writeNifti } from './readers/write-nifti.js';
export {
  byLandmarks,
  byQuantiles,
  byReferenceTissue,
  landmarkPercentiles,
  learnScale,
  normalizationMethods,
  zScore,
} from './normalization/normalize.js';
export type { NormalizationMethod, NormalizationRecord, Normalized, StandardScale } from './normalization/normalize.js';
export { adcMap, adcMethods, assertBValues, fitAdc } from './diffusion/adc.js';
export type { AdcFit, AdcMapOptions, AdcMethod } from './diffusion/adc.js';
export { adcUnitOf, adcUnits, parseAdcUnit, plausibleMedian } from './diffusion/adc-unit.js';
export type { AdcUnit, AdcUnitDecision } from './diffusion/adc-unit.js';
export { groupByB, traceImages } from './diffusion/b-groups.js';
export type { BGroup } from './diffusion/b-groups.js';
export { fitIvim, IvimSearch } from './diffusion/ivim.js';
export type { IvimFit } from './diffusion/ivim.js';
export { georgiouAif, largeVesselHematocrit, parkerAif, plasmaFromBlood, weinmannToftsAif } from './perfusion/arterial-input.js';
export { concentrationFromSignal, signalFromConcentration } from './perfusion/concentration.js';
export type { Baseline, SpoiledGradientEcho } from './perfusion/concentration.js';
export { enhancementMaps, percentEnhancementMap } from './perfusion/enhancement.js';
export type { CurveMaps, EnhancementMaps, EnhancementOptions } from './perfusion/enhancement.js';
export { convolveExponential } from './perfusion/exponential-convolution.js';
export { fitStates, KineticFit } from './perfusion/kinetic-fit.js';
export type { KineticParameters } from './perfusion/kinetic-fit.js';
export { kineticMaps, kineticModels, notAsked } from './perfusion/kinetic-maps.js';
export type { KineticMaps, KineticModel, KineticRequest } from './perfusion/kinetic-maps.js';
export { kineticTable, plasmaAtImages } from './perfusion/kinetic-table.js';
export type { ArterialInput, KineticTable, RateRange } from './perfusion/kinetic-table.js';
export { commonDelay, meanConcentration } from './perfusion/common-delay.js';
export { bestDelay, fitPatlak, plasmaIntegral } from './perfusion/patlak.js';
export type { DelayRange, PatlakParameters } from './perfusion/patlak.js';
export { t1FromFlipAngles } from './perfusion/t1-flip-angles.js';
export type { FlipAngleFit } from './perfusion/t1-flip-angles.js';
export { TwoCompartmentFit } from './perfusion/two-compartment.js';
export type { TwoCompartmentParameters } from './perfusion/two-compartment.js';
export { tissueMask } from './perfusion/tissue-mask.js';
export { functionalTumor, ratioTumor } from './perfusion/tumor-volume.js';
export type { FunctionalTumor, TumorVolumeRules } from './perfusion/tumor-volume.js';
export { filledCount } from './roi/filled-voxels.js';
export { resampleMaskOnto, toRoiMask } from './roi/roi-mask.js';
export type { Geometry, RoiMask, Volume, VoxelArray } from './volume.js';
export { compareRegions, surfaceVoxels } from './region/compare.js';
export type { RegionComparison } from './region/compare.js';
export { bodyMask } from './region/body.js';
export type { Body } from './region/body.js';
export { connectedComponents, fillHoles, fillHolesInSlices, largestComponent } from './region/components.js';
export type { Components, Connectivity } from './region/components.js';
export { squaredDistances, surfaceDistances } from './region/distance.js';
export { regionErrors } from './region/errors.js';
export { fuzzyTwoMeans } from './region/fuzzy-two-means.js';
export type { TwoClasses } from './region/fuzzy-two-means.js';
export { growRegion } from './region/grow.js';
export type { GrownRegion, GrowOptions, GrowStart } from './region/grow.js';
export { noiseLevel } from './region/perturbation/noise-level.js';
export { perturb } from './region/perturbation/perturb.js';
export type { Perturbation, PerturbationSettings } from './region/perturbation/perturb.js';
export { peritumoralRings } from './region/ring.js';
export type { Ring, RingDistance, RingOptions, Rings } from './region/ring.js';
export { placeMask, placementToleranceVoxels } from './segmentation/place-mask.js';
export type { Placement } from './segmentation/place-mask.js';
export { defaultPlaneTolerance, rasterizeRegion } from './segmentation/rasterize.js';
export type { RasterizedRegion } from './segmentation/rasterize.js';
export {
  isBackground,
  onlySegment,
  readSegmentation,
  segmentationClasses,
  segmentMask,
  segmentVoxelCounts,
} from './segmentation/read-segmentation.js';
export type { CodedConcept, Segmentation, SegmentFacts, StatedOverlap } from './segmentation/read-segmentation.js';
export { readStructureSet, structureRegion, structureSetClass } from './segmentation/read-structure-set.js';
export type { Contour, StructureRegion, StructureSet } from './segmentation/read-structure-set.js';
export { assertFrameOfReference, compareFrameOfReference, readSourceSeries } from './segmentation/source-series.js';
export type { FrameOfReferenceCheck, PatientStudyKeyword, SourceImage, SourceSeries } from './segmentation/source-series.js';
export { writeSegmentation } from './segmentation/write-segmentation.js';
export type { SegmentToWrite, WriteSegmentationOptions } from './segmentation/write-segmentation.js';
export { segmentWithModel } from './segmentation/segmentation-model.js';
export type { ModelSegmentation, SegmentationModel, SegmentationModelSpec } from './segmentation/segmentation-model.js';
export { displacementOf, transformImage, transformMask } from './registration/apply-transform.js';
export type { Displacement } from './registration/apply-transform.js';
export { defaultRegistration, registerImages, registrationKinds } from './registration/register.js';
export type { Registration, RegistrationKind, RegistrationSettings } from './registration/register.js';
export { mutualInformationBins, similarity } from './registration/similarity.js';
export type { Similarity } from './registration/similarity.js';
export { pointMap, rotationMatrix } from './registration/spatial-transform.js';
export type { PointMap, RigidTransform, SpatialTransform, SplineTransform } from './registration/spatial-transform.js';
