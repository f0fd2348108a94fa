/** The interpolators that PyRadiomics accepts, by the name that SimpleITK gives them; the number of each is its place from 1. */
export const interpolators = [
  'sitkNearestNeighbor',
  'sitkLinear',
  'sitkBSpline',
  'sitkGaussian',
  'sitkLabelGaussian',
  'sitkHammingWindowedSinc',
  'sitkCosineWindowedSinc',
  'sitkWelchWindowedSinc',
  'sitkLanczosWindowedSinc',
  'sitkBlackmanWindowedSinc',
] as const;
/** One of {@link interpolators}. */
export type Interpolator = (typeof interpolators)[number];
