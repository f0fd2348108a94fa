import { imagingErrors } from '../errors.js';
import type { Triple } from '../geometry/geometry.js';
import type { Volume } from '../volume.js';
import { displacementOf, transformImage } from './apply-transform.js';
import type { Displacement } from './apply-transform.js';
import { similarity } from './similarity.js';
import type { Similarity } from './similarity.js';
import type { RigidTransform, SpatialTransform, SplineTransform } from './spatial-transform.js';

/** Kinds of registration; a deformable one begins with a rigid one. */
export const registrationKinds = ['rigid', 'deformable'] as const;
/** One of {@link registrationKinds}. */
export type RegistrationKind = (typeof registrationKinds)[number];

/** Settings of a registration; every one of them is part of the record. */
export interface RegistrationSettings {
  readonly kind: RegistrationKind;
  /** Levels from coarse to fine. */
  readonly resolutions: number;
  /** Steps of each level. */
  readonly iterations: number;
  /** Random places at which images are compared in each step. */
  readonly samples: number;
  /** Distance of the control points of a deformable transform at the last level. */
  readonly gridSpacingMm: number;
  /** Weight of the bending energy of a deformable transform; 0 leaves it out, which is many times as fast. */
  readonly bendingWeight: number;
  /** Seed of the random places. */
  readonly seed: number;
}

/** Settings of the makers of elastix for rigid and deformable registration by mutual information. */
export const defaultRegistration: RegistrationSettings = {
  kind: 'rigid',
  resolutions: 3,
  iterations: 256,
  samples: 4096,
  gridSpacingMm: 20,
  bendingWeight: 0,
  seed: 121212,
};

/** How one image was brought onto another. */
export interface Registration {
  /** From the fixed to the moving image, the first applied first. */
  readonly transforms: readonly SpatialTransform[];
  readonly settings: RegistrationSettings;
  readonly before: Similarity;
  readonly after: Similarity;
  readonly displacement: Displacement;
  /** The moving image on the fixed grid; NaN where it has none. */
  readonly moved: Float32Array;
}

/**
 * Registers a moving image to a fixed one by mutual information (elastix, compiled to WebAssembly). The moving image is first laid onto the fixed grid
 * by the positions of both; a rigid transform is sought from there, and for a deformable one a B-spline from what that gives. Random places come from
 * a seed: the same images and settings give the same transform.
 * @param region voxels of the fixed grid over which similarities are told (1); all without it
 * @throws `IMAGING.REGISTRATION_FAILED`
 * @see Klein et al. 2010, doi:10.1109/TMI.2009.2035616
 */
export async function registerImages(
  fixed: Volume,
  moving: Volume,
  settings: RegistrationSettings = defaultRegistration,
  region?: Uint8Array,
): Promise<Registration> {
  const start = transformImage(moving, fixed.geometry, []);
  const before = similarity(fixed.values, start, region);
  if (before.voxels < settings.samples / 4) throw imagingErrors.error('IMAGING.REGISTRATION_FAILED', { problem: 'samples' });
  if (before.correlation === null) throw imagingErrors.error('IMAGING.REGISTRATION_FAILED', { problem: 'flat' });
  const rigid = rigidOf(await runElastix(fixed, start, rigidParameters(settings)));
  let transforms: readonly SpatialTransform[] = [rigid];
  if (settings.kind === 'deformable') {
    const turned = transformImage(moving, fixed.geometry, transforms);
    // What is deformed is the turned image: its point then goes through the rigid transform.
    transforms = [splineOf(await runElastix(fixed, turned, splineParameters(settings))), rigid];
  }
  const moved = transformImage(moving, fixed.geometry, transforms);
  const after = similarity(fixed.values, moved, region);
  return { transforms, settings, before, after, displacement: displacementOf(fixed.geometry, transforms), moved };
}

type Parameters = Readonly<Record<string, readonly string[]>>;

function common({ resolutions, iterations, samples, seed }: RegistrationSettings): Parameters {
  return {
    AutomaticParameterEstimation: ['true'],
    CheckNumberOfSamples: ['true'],
    DefaultPixelValue: ['0'],
    FixedImagePyramid: ['FixedSmoothingImagePyramid'],
    MovingImagePyramid: ['MovingSmoothingImagePyramid'],
    HowToCombineTransforms: ['Compose'],
    ImageSampler: ['RandomCoordinate'],
    Interpolator: ['LinearInterpolator'],
    ResampleInterpolator: ['FinalLinearInterpolator'],
    Resampler: ['DefaultResampler'],
    MaximumNumberOfIterations: [String(iterations)],
    MaximumNumberOfSamplingAttempts: ['8'],
    NewSamplesEveryIteration: ['true'],
    NumberOfResolutions: [String(resolutions)],
    NumberOfSamplesForExactGradient: ['4096'],
    NumberOfSpatialSamples: [String(samples)],
    Optimizer: ['AdaptiveStochasticGradientDescent'],
    RandomSeed: [String(seed)],
    WriteIterationInfo: ['false'],
    WriteResultImage: ['true'],
    ResultImageFormat: ['nii'],
  };
}

function rigidParameters(settings: RegistrationSettings): Parameters {
  return {
    ...common(settings),
    AutomaticScalesEstimation: ['true'],
    AutomaticTransformInitialization: ['false'],
    Metric: ['AdvancedMattesMutualInformation'],
    Registration: ['MultiResolutionRegistration'],
    Transform: ['EulerTransform'],
  };
}

function splineParameters(settings: RegistrationSettings): Parameters {
  const { bendingWeight, gridSpacingMm, resolutions } = settings;
  const metric: Parameters =
    bendingWeight > 0
      ? {
          Metric: ['AdvancedMattesMutualInformation', 'TransformBendingEnergyPenalty'],
          Metric0Weight: ['1.0'],
          Metric1Weight: [String(bendingWeight)],
          Registration: ['MultiMetricMultiResolutionRegistration'],
        }
      : { Metric: ['AdvancedMattesMutualInformation'], Registration: ['MultiResolutionRegistration'] };
  return {
    ...common(settings),
    ...metric,
    FinalGridSpacingInPhysicalUnits: [String(gridSpacingMm)],
    GridSpacingSchedule: Array.from({ length: resolutions }, (_, level) => String(1.41 ** (resolutions - 1 - level))),
    Transform: ['BSplineTransform'],
  };
}

/** An image as elastix takes it. */
interface ElastixImage {
  readonly imageType: { readonly dimension: 3; readonly componentType: 'float32'; readonly pixelType: 'Scalar'; readonly components: 1 };
  readonly name: string;
  readonly origin: readonly number[];
  readonly spacing: readonly number[];
  readonly direction: Float64Array;
  readonly size: readonly number[];
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly data: Float32Array;
}

/** The part of a transform that we read, in the terms of ITK. */
interface ElastixTransform {
  readonly transformType: { readonly transformParameterization: string };
  readonly parameters: ArrayLike<number>;
  readonly fixedParameters: ArrayLike<number>;
}

interface Elastix {
  elastixNode(
    parameters: readonly Parameters[],
    images: { readonly fixed: ElastixImage; readonly moving: ElastixImage },
  ): Promise<{ readonly transform: readonly ElastixTransform[] }>;
}

/** @throws `IMAGING.REGISTRATION_FAILED` */
async function runElastix(
  { geometry, values }: Volume,
  moving: Float32Array,
  parameters: Parameters,
): Promise<readonly ElastixTransform[]> {
  // Read when it is needed: the module has 16 MB.
  const elastix = (await import('@itk-wasm/elastix')) as unknown as Elastix;
  const image = (data: Float32Array): ElastixImage => ({
    imageType: { dimension: 3, componentType: 'float32', pixelType: 'Scalar', components: 1 },
    name: 'image',
    origin: [0, 0, 0],
    spacing: geometry.spacingMm,
    direction: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    size: geometry.dimensions,
    metadata: new Map(),
    data: data.map((value) => (Number.isFinite(value) ? value : 0)),
  });
  try {
    return (await elastix.elastixNode([parameters], { fixed: image(Float32Array.from(values)), moving: image(moving) })).transform;
  } catch (cause) {
    throw imagingErrors.error('IMAGING.REGISTRATION_FAILED', { problem: 'search' }, { cause });
  }
}

function find(transforms: readonly ElastixTransform[], name: string): ElastixTransform {
  const found = transforms.find(({ transformType }) => transformType.transformParameterization === name);
  if (found === undefined || !Array.from(found.parameters).every(Number.isFinite))
    throw imagingErrors.error('IMAGING.REGISTRATION_FAILED', { problem: 'search' });
  return found;
}

const triple = (values: ArrayLike<number>, from: number): Triple => [
  values[from] as number,
  values[from + 1] as number,
  values[from + 2] as number,
];

function rigidOf(transforms: readonly ElastixTransform[]): RigidTransform {
  const { parameters, fixedParameters } = find(transforms, 'Euler3D');
  return { kind: 'rigid', angles: triple(parameters, 0), shiftMm: triple(parameters, 3), centerMm: triple(fixedParameters, 0) };
}

function splineOf(transforms: readonly ElastixTransform[]): SplineTransform {
  const { parameters, fixedParameters } = find(transforms, 'BSpline');
  return {
    kind: 'spline',
    size: triple(fixedParameters, 0),
    originMm: triple(fixedParameters, 3),
    spacingMm: triple(fixedParameters, 6),
    coefficients: Array.from(parameters),
  };
}
