export { DicomObject } from './dicom/dicom-object.js';
export type { FilePlace } from './dicom/dicom-object.js';
export { derivedUid } from './dicom/uid.js';
export { explicitLittleEndian, writeDicom } from './dicom/write-dicom.js';
export type { DicomRecord, DicomValue, EncapsulatedPixels, TypedValue, WriteOptions } from './dicom/write-dicom.js';
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
export { readDicomSlices } from './readers/dicom-series.js';
export type { NamedBytes } from './readers/dicom-series.js';
export { imageFormatOf, readVolume } from './readers/volume-file.js';
export type { ImageFormat } from './readers/volume-file.js';
export { readNifti } from './readers/nifti.js';
export { readNrrd } from './readers/nrrd.js';
export type { LoadDetached } from './readers/nrrd.js';
export { writeNifti } from './readers/write-nifti.js';
export { adcMap, assertBValues, fitAdc } from './diffusion/adc.js';
export type { AdcFit } from './diffusion/adc.js';
export { fitIvim } from './diffusion/ivim.js';
export type { IvimFit } from './diffusion/ivim.js';
export { largeVesselHematocrit, parkerAif, plasmaFromBlood, weinmannToftsAif } from './perfusion/arterial-input.js';
export { concentrationFromSignal, signalFromConcentration } from './perfusion/concentration.js';
export type { Baseline, SpoiledGradientEcho } from './perfusion/concentration.js';
export { enhancementMaps } from './perfusion/enhancement.js';
export type { EnhancementMaps, EnhancementOptions } from './perfusion/enhancement.js';
export { convolveExponential } from './perfusion/exponential-convolution.js';
export { fitStates, KineticFit } from './perfusion/kinetic-fit.js';
export type { KineticParameters } from './perfusion/kinetic-fit.js';
export { kineticMaps } from './perfusion/kinetic-maps.js';
export type { KineticMaps, KineticModel, KineticRequest } from './perfusion/kinetic-maps.js';
export { kineticTable, plasmaAtImages } from './perfusion/kinetic-table.js';
export type { ArterialInput, KineticTable, RateRange } from './perfusion/kinetic-table.js';
export { bestDelay, fitPatlak, plasmaIntegral } from './perfusion/patlak.js';
export type { DelayRange, PatlakParameters } from './perfusion/patlak.js';
export { t1FromFlipAngles } from './perfusion/t1-flip-angles.js';
export type { FlipAngleFit } from './perfusion/t1-flip-angles.js';
export { functionalTumor } from './perfusion/tumor-volume.js';
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
export { onlySegment, readSegmentation, segmentationClasses, segmentMask } from './segmentation/read-segmentation.js';
export type { CodedConcept, Segmentation, SegmentFacts, StatedOverlap } from './segmentation/read-segmentation.js';
export { readStructureSet, structureRegion, structureSetClass } from './segmentation/read-structure-set.js';
export type { Contour, StructureRegion, StructureSet } from './segmentation/read-structure-set.js';
export { assertFrameOfReference, compareFrameOfReference, readSourceSeries } from './segmentation/source-series.js';
export type { FrameOfReferenceCheck, PatientStudyKeyword, SourceImage, SourceSeries } from './segmentation/source-series.js';
export { writeSegmentation } from './segmentation/write-segmentation.js';
export type { SegmentToWrite, WriteSegmentationOptions } from './segmentation/write-segmentation.js';
export { segmentWithModel } from './segmentation/segmentation-model.js';
export type { ModelSegmentation, SegmentationModel, SegmentationModelSpec } from './segmentation/segmentation-model.js';
