import type { Triple } from '@cohortium/imaging';

/** The mask was on the image's grid, or was brought onto it. */
export interface MaskResamplingStep {
  readonly step: 'maskResampling';
  readonly method: 'none' | 'nearest';
}

/** Image and region were brought onto a new grid. */
export interface InterpolationStep {
  readonly step: 'interpolation';
  readonly method: string;
  readonly roiMethod: string;
  readonly roiPartialVolume: number | null;
  /** Size and spacing of the whole grid that features are computed on. */
  readonly gridDimensions: Triple;
  readonly gridSpacingMm: Triple;
  /** Voxels of the region on it. */
  readonly voxelCount: number;
}

/** Interpolated intensities were rounded. */
export interface RoundingStep {
  readonly step: 'rounding';
  readonly method: 'none' | 'nearestInteger';
}

/** Voxels left the intensity mask. */
export interface ResegmentationStep {
  readonly step: 'resegmentation';
  /** The bounds given, null where there is none. */
  readonly range: readonly [number | null, number | null] | null;
  readonly outlierSigma: number | null;
  /** Mean and standard deviation (population) that the outlier bounds come from; null without outlier filtering. */
  readonly outlierMean: number | null;
  readonly outlierSd: number | null;
  /** Bounds that were applied: the intersection of both methods. */
  readonly applied: readonly [number | null, number | null];
  readonly voxelCount: number;
  readonly removedCount: number;
}

/** Intensities became gray levels. */
export interface DiscretizationStep {
  readonly step: 'discretization';
  readonly method: 'FBN' | 'FBS' | 'none';
  readonly levelCount: number;
  readonly binWidth: number | null;
  readonly lowerBound: number;
}

/** What was done to image and mask, in the fixed order of the standard. */
export type ProcessingStep = MaskResamplingStep | InterpolationStep | RoundingStep | ResegmentationStep | DiscretizationStep;
