export { DicomObject } from './dicom/dicom-object.js';
export type { FilePlace } from './dicom/dicom-object.js';
export { cleanDescription } from './deidentify/clean-text.js';
export { daysOfDate, secondsOfDateTime, secondsOfTime } from './deidentify/dates.js';
export { deidentify, identityOf } from './deidentify/deidentify.js';
export type { DeidentificationRequest, Deidentified } from './deidentify/deidentify.js';
export { observeTimes, relateTimes } from './deidentify/derived-values.js';
export type { DerivedValues, ObservedTimes, SuvFactors } from './deidentify/derived-values.js';
export { parseElements, textOf } from './deidentify/elements.js';
export type { Encoding, RawElement, RawFile, RawItem } from './deidentify/elements.js';
export { SiteKey } from './deidentify/keyed.js';
export type { PatientIdentity, Pseudonym } from './deidentify/keyed.js';
export { bValueOf } from './deidentify/private-b-values.js';
export type { BValue } from './deidentify/private-b-values.js';
export { DeidentificationProfile, deidentificationOptions, deidentificationTable } from './deidentify/profile.js';
export type { DeidentificationOption } from './deidentify/profile.js';
export type { PixelRisk } from './deidentify/refusals.js';
export { implementationClassUid, wrapDataSet } from './deidentify/write-elements.js';
export type { FileHeader } from './deidentify/write-elements.js';
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
