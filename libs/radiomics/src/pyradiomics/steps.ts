import type { Triple } from '@cohortium/imaging';
import type { InterpolationStep, MaskResamplingStep } from '../processing/steps.js';
import type { PyradiomicsSetting } from './parameters.schema.js';

/** The whole image got mean 0 and standard deviation `scale`. */
export interface NormalizationStep {
  readonly step: 'normalization';
  /** Mean and standard deviation (sample) that the image had. */
  readonly mean: number;
  readonly sd: number;
  readonly scale: number;
  /** Intensities were cut off at so many standard deviations; null for none. */
  readonly removeOutliers: number | null;
}

/** Image and region were cut to a box around the region. */
export interface CroppingStep {
  readonly step: 'cropping';
  readonly padDistance: number;
  readonly gridDimensions: Triple;
}

/** Voxels left the region. */
export interface ThresholdStep {
  readonly step: 'resegmentation';
  readonly mode: PyradiomicsSetting['resegmentMode'];
  readonly range: readonly number[];
  /** Bounds in the units of the image. */
  readonly applied: readonly number[];
  readonly voxelCount: number;
  readonly removedCount: number;
}

/** Intensities of one image became gray levels. */
export interface LevelStep {
  readonly step: 'discretization';
  readonly image: string;
  readonly method: 'FBN' | 'FBS';
  /** The highest level that occurs. */
  readonly levelCount: number;
  readonly binWidth: number;
  readonly lowerBound: number;
}

/** What the PyRadiomics profile did to image and mask, in order. */
export type PyradiomicsStep = MaskResamplingStep | NormalizationStep | InterpolationStep | CroppingStep | ThresholdStep | LevelStep;
