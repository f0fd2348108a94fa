import { z } from 'zod';
import { waveletNames } from '../filters/wavelets.js';
import { pyradiomicsClassNames, pyradiomicsFeatureNames } from './feature-classes.js';
import type { PyradiomicsClassName } from './feature-classes.js';
import { interpolators } from './resampling/interpolators.js';

const positive = z.number().positive();
const count = z.int().positive();
const natural = z.int().min(0);

/** A sigma in mm. Its text names the image (`1` gives log-sigma-1-mm-3D, `1.0` gives log-sigma-1-0-mm-3D), so it is kept as text. */
const sigmaSchema = z
  .union([positive.transform(String), z.string().regex(/^(?=.*[1-9])\d+(\.\d+)?(e[+-]?\d+)?$/)])
  .describe('Width in mm. 1 and 1.0 name different images.');

const interpolatorSchema = z
  .union([z.enum(interpolators), z.int().min(1).max(interpolators.length)])
  .transform((given) => (typeof given === 'number' ? (interpolators[given - 1] as (typeof interpolators)[number]) : given));

/** Every key that PyRadiomics 3 knows in `setting` and in the settings of an image type. */
const settingKeys = {
  minimumROIDimensions: z.int().min(1).max(3).describe('Fewest axes along which the region has more than one voxel.'),
  minimumROISize: count.describe('The region must have more voxels than this.'),
  geometryTolerance: positive.describe('Recorded: whatever it allows, image and mask must agree within 0.001 mm at every corner.'),
  correctMask: z.boolean().describe('Resample a mask on another grid to the nearest voxels of the image; recorded with the result.'),
  additionalInfo: z.boolean().describe('Diagnostics of image and region.'),
  label: count.describe('Label of the region; --label comes before it.'),
  label_channel: natural.describe('Channel of a mask with several; ours have one.'),
  binWidth: positive.describe('Width of a gray level; edges are multiples of it.'),
  binCount: count.describe('Number of gray levels, instead of their width.'),
  normalize: z.boolean().describe('Subtract the mean of the whole image and divide by its standard deviation.'),
  normalizeScale: positive.describe('Factor after normalization.'),
  removeOutliers: positive.describe('After normalization, intensities farther from 0 than this become this.'),
  resampledPixelSpacing: z.array(z.number().min(0)).length(3).describe('New spacing along x, y, z in mm; 0 keeps that of the mask.'),
  interpolator: interpolatorSchema.describe(
    'Interpolator of the image, by name or number; null for no resampling. Masks take the nearest.',
  ),
  padDistance: natural.describe('New voxels kept around the region when resampling or cropping.'),
  distances: z.array(count).min(1).describe('Chebyshev distances of neighbors for glcm, gldm and ngtdm.'),
  force2D: z.boolean().describe('Texture and wavelets by slice.'),
  force2Ddimension: z.int().min(0).max(2).describe('Axis across slices: 0 for z, 1 for y, 2 for x.'),
  resegmentRange: z.array(z.number()).min(1).max(2).describe('Least and, if given, largest intensity of the region.'),
  resegmentMode: z
    .enum(['absolute', 'relative', 'sigma'])
    .describe("Unit of the range: intensities, parts of the region's largest, or standard deviations from its mean."),
  resegmentShape: z.boolean().describe('Use the re-segmented region for shape too.'),
  preCrop: z.boolean().describe('Crop to the region and padDistance before filters.'),
  sigma: z.array(sigmaSchema).describe('Widths of the Laplacians of Gaussian.'),
  start_level: natural.describe('Wavelet levels that are passed over.'),
  level: count.describe('Wavelet levels that are computed.'),
  wavelet: z.enum(waveletNames as [string, ...string[]]).describe('Wavelet by its PyWavelets name.'),
  gradientUseSpacing: z.boolean().describe('Gradient per mm instead of per voxel.'),
  lbp2DRadius: positive.describe('Radius of two-dimensional local binary patterns, in voxels.'),
  lbp2DSamples: count.describe('Samples on the circle.'),
  lbp2DMethod: z.enum(['default', 'ror', 'uniform', 'var']).describe('Kind of two-dimensional pattern.'),
  lbp3DLevels: count.describe('Levels of spherical harmonics.'),
  lbp3DIcosphereRadius: positive.describe('Radius of the sphere, in voxels.'),
  lbp3DIcosphereSubdivision: natural.describe('Subdivisions of the icosahedron.'),
  voxelArrayShift: z.int().describe('Added to intensities for Energy, TotalEnergy and RootMeanSquared.'),
  symmetricalGLCM: z.boolean().describe('Count each pair both ways.'),
  weightingNorm: z
    .enum(['manhattan', 'euclidean', 'infinity', 'no_weighting'])
    .describe('Merge the directions of glcm and glrlm, weighted by this norm of their length; null averages features instead.'),
  gldm_a: natural.describe('Largest difference of dependent gray levels.'),
} as const;

type Keys = typeof settingKeys;
type Value<K extends keyof Keys> = z.output<Keys[K]>;
/** Keys that may stay without value. */
type OpenKey =
  | 'minimumROISize'
  | 'geometryTolerance'
  | 'binCount'
  | 'removeOutliers'
  | 'resampledPixelSpacing'
  | 'interpolator'
  | 'resegmentRange'
  | 'weightingNorm';

/** The settings of an extraction, with the names of PyRadiomics; null for what is switched off. */
export type PyradiomicsSetting = { readonly [K in Exclude<keyof Keys, OpenKey>]: Value<K> } & {
  readonly [K in OpenKey]: Value<K> | null;
};

/** What PyRadiomics 3 does where a file says nothing. */
export const pyradiomicsDefaults: PyradiomicsSetting = {
  minimumROIDimensions: 2,
  minimumROISize: null,
  geometryTolerance: null,
  correctMask: false,
  additionalInfo: true,
  label: 1,
  label_channel: 0,
  binWidth: 25,
  binCount: null,
  normalize: false,
  normalizeScale: 1,
  removeOutliers: null,
  resampledPixelSpacing: null,
  interpolator: 'sitkBSpline',
  padDistance: 5,
  distances: [1],
  force2D: false,
  force2Ddimension: 0,
  resegmentRange: null,
  resegmentMode: 'absolute',
  resegmentShape: false,
  preCrop: false,
  sigma: [],
  start_level: 0,
  level: 1,
  wavelet: 'coif1',
  gradientUseSpacing: true,
  lbp2DRadius: 1,
  lbp2DSamples: 8,
  lbp2DMethod: 'uniform',
  lbp3DLevels: 2,
  lbp3DIcosphereRadius: 1,
  lbp3DIcosphereSubdivision: 1,
  voxelArrayShift: 0,
  symmetricalGLCM: true,
  weightingNorm: null,
  gldm_a: 0,
};

type OptionalKeys = { [K in keyof Keys]: z.ZodOptional<z.ZodNullable<Keys[K]>> };
const optionalKeys = Object.fromEntries(
  Object.entries(settingKeys).map(([key, schema]) => [key, schema.nullable().optional()]),
) as unknown as OptionalKeys;

/** Keys with a value. A null means the default, except where it means that there is no resampling. */
type Overrides = { readonly [K in keyof Keys]?: PyradiomicsSetting[K] };
const overridesSchema = z
  .strictObject(optionalKeys)
  // One definition in the JSON Schema, which ten image types refer to.
  .meta({ id: 'pyradiomicsSetting' })
  .transform(
    (given): Overrides =>
      Object.fromEntries(
        Object.entries(given).filter(([key, value]) => value !== undefined && (value !== null || key === 'interpolator')),
      ) as Overrides,
  );

/** The image types of PyRadiomics 3. */
export const pyradiomicsImageTypes = [
  'Original',
  'LoG',
  'Wavelet',
  'Square',
  'SquareRoot',
  'Logarithm',
  'Exponential',
  'Gradient',
  'LBP2D',
  'LBP3D',
] as const;
/** One of {@link pyradiomicsImageTypes}. */
export type PyradiomicsImageType = (typeof pyradiomicsImageTypes)[number];

const recordOf = <Name extends string, Schema extends z.ZodType>(names: readonly Name[], schemaOf: (name: Name) => Schema) =>
  z.strictObject(
    Object.fromEntries(names.map((name) => [name, schemaOf(name).nullish()])) as Record<Name, z.ZodOptional<z.ZodNullable<Schema>>>,
  );

const imageTypeSchema = recordOf(pyradiomicsImageTypes, () => overridesSchema)
  .transform((given): Partial<Record<PyradiomicsImageType, Overrides>> => {
    const asked = pyradiomicsImageTypes.filter((name) => given[name] !== undefined);
    return Object.fromEntries((asked.length === 0 ? (['Original'] as const) : asked).map((name) => [name, given[name] ?? {}]));
  })
  .describe('Images that features are computed on, each with settings of its own; the original one if none is named.');

const featureClassSchema = recordOf(pyradiomicsClassNames, (name) =>
  z.array(
    z.enum(pyradiomicsFeatureNames(name, true) as [string, ...string[]], {
      error: ({ input }) => `${name} has no feature ${String(input)}`,
    }),
  ),
)
  .transform((given): Partial<Record<PyradiomicsClassName, readonly string[]>> => {
    const asked = pyradiomicsClassNames.filter((name) => given[name] !== undefined);
    const featuresOf = (name: PyradiomicsClassName) => {
      const list = given[name] ?? [];
      return list.length === 0 ? pyradiomicsFeatureNames(name, false) : [...new Set(list)];
    };
    return Object.fromEntries((asked.length === 0 ? pyradiomicsClassNames : asked).map((name) => [name, featuresOf(name)]));
  })
  .describe('Classes and their features; nothing for a whole class, all classes if none is named.');

const voxelSettingSchema = z
  .strictObject({
    kernelRadius: count.nullish(),
    maskedKernel: z.boolean().nullish(),
    initValue: z.union([z.number(), z.literal('nan'), z.nan().transform(() => 'nan' as const)]).nullish(),
    voxelBatch: z.int().nullish(),
  })
  .describe('Settings of voxel-based extraction: recorded, without effect on features of a region.');

/** A PyRadiomics parameter file, and the form in which its settings are recorded. */
export const pyradiomicsSettingsSchema = z
  .strictObject({
    schemaVersion: z.literal(1).default(1),
    profile: z.literal('pyradiomics').default('pyradiomics').describe('Definitions and conventions of PyRadiomics 3.'),
    name: z.string().min(1).max(100).default('custom').describe('What the settings are called in reports.'),
    sequence: z.null().default(null).describe('Parameter files know no sequences.'),
    meshRelease: z
      .enum(['3', '1.3'])
      .default('3')
      .describe('Surface mesh of PyRadiomics 2.1 to 3, or of 1.3, which left out a triangle of one case; no key of PyRadiomics.'),
    setting: overridesSchema
      .nullish()
      .transform((given): PyradiomicsSetting => ({ ...pyradiomicsDefaults, ...given }))
      .describe('Settings of the extraction.'),
    imageType: imageTypeSchema.prefault({}),
    featureClass: featureClassSchema.prefault({}),
    voxelSetting: voxelSettingSchema.nullish().transform((given) => given ?? {}),
  })
  .describe('A PyRadiomics parameter file (YAML or JSON).');

/** Settings of an extraction with the PyRadiomics profile, every default written out. */
export type PyradiomicsSettings = Readonly<z.output<typeof pyradiomicsSettingsSchema>>;
