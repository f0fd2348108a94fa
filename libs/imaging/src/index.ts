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
export { filledCount } from './roi/filled-voxels.js';
export { resampleMaskOnto, toRoiMask } from './roi/roi-mask.js';
export type { Geometry, RoiMask, Volume, VoxelArray } from './volume.js';
