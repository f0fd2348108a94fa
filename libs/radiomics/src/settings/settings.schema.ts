import { interpolationMethods } from '@cohortium/imaging';
import { z } from 'zod';
import { filterSettingsSchema } from '../filters/settings.js';
import { pyradiomicsSettingsSchema } from '../pyradiomics/parameters.schema.js';
import { aggregations } from '../roi/roi.js';

/** Version of the settings document. */
export const settingsSchemaVersion = 1;

const positive = z.number().positive();
/** Gray levels are 16-bit numbers. */
const binCount = z.int().min(2).max(65_535);

const interpolationSchema = z
  .strictObject({
    method: z.enum(interpolationMethods).default('trilinear').describe('Image interpolation method (items 50a; VTM2).'),
    spacingMm: z
      .tuple([positive, positive, positive.nullable()])
      .describe('Voxel dimensions after interpolation along x, y and z, in mm (item 51); null for z interpolates within slices only.'),
    gridAlignment: z
      .literal('center')
      .default('center')
      .describe('Position of the interpolation grid: centers of both grids aligned (item 50b; 3WE3).'),
    gridDimensions: z
      .literal('roundUp')
      .default('roundUp')
      .describe('Dimensions of the interpolation grid: ceil(n * spacing / new spacing) (item 50c; 026Q).'),
    extrapolation: z
      .literal('nearest')
      .default('nearest')
      .describe('Beyond the outermost voxel centers the border value goes on (item 50d).'),
    intensityRounding: z
      .enum(['none', 'nearestInteger'])
      .default('none')
      .describe('Rounding of interpolated intensities (item 52; 68QD); halves go to the even neighbor.'),
    roiMethod: z.enum(['nearest', 'trilinear']).default('trilinear').describe('ROI interpolation method (item 53; VTM2).'),
    roiPartialVolume: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe('ROI partial volume: least interpolated fraction of a voxel of the region (item 54; E8H9).'),
  })
  .describe('Interpolation (VTM2).');

const resegmentationSchema = z
  .strictObject({
    range: z
      .tuple([z.number().nullable(), z.number().nullable()])
      .nullable()
      .default(null)
      .describe('Range re-segmentation: lowest and highest intensity that stays, null for none (USB3). Only for calibrated units.'),
    outlierSigma: positive
      .nullable()
      .default(null)
      .describe(
        'Intensity outlier filtering: voxels further from the mean than so many standard deviations leave the intensity mask (7ACA).',
      ),
  })
  .describe('Re-segmentation of the ROI intensity mask (item 55; IF9H).');

const discretizationSchema = z
  .discriminatedUnion('method', [
    z
      .strictObject({ method: z.literal('FBN'), bins: binCount.default(32).describe('Number of bins (item 56b).') })
      .describe('Fixed bin number (K15C).'),
    z
      .strictObject({
        method: z.literal('FBS'),
        binWidth: positive.describe('Bin size in intensity units (item 56b).'),
        lowerBound: z
          .union([z.number(), z.enum(['resegmentationMinimum', 'roiMinimum'])])
          .default('resegmentationMinimum')
          .describe('Lowest intensity of the first bin (item 56c).'),
      })
      .describe('Fixed bin size (Q3RU).'),
    z.strictObject({ method: z.literal('none') }).describe('The intensities are gray levels already: whole numbers from 1.'),
  ])
  .describe('Discretisation for texture and intensity histogram (item 56a; 4R0B).');

const ivhSchema = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('none') }).describe('Definite intensity units, discrete case: whole numbers, interval 1.'),
    z
      .strictObject({ method: z.literal('FBS'), binWidth: positive.describe('Bin size in intensity units.') })
      .describe('Definite intensity units, continuous case: bins from the lower bound of the re-segmentation range.'),
    z.strictObject({ method: z.literal('FBN'), bins: binCount.default(1000) }).describe('Arbitrary intensity units.'),
  ])
  .describe('Discretisation for the intensity-volume histogram (P88C).');

const textureSchema = z
  .strictObject({
    cmDistance: z.int().positive().default(1).describe('CM distance: Chebyshev (item 65; PVMT).'),
    cmSymmetry: z.literal('symmetric').default('symmetric').describe('CM symmetry (item 64).'),
    distanceWeighting: z.literal('none').default('none').describe('Distance weighting (item 63).'),
    szmLinkageDistance: z.literal(1).default(1).describe('SZM linkage distance: Chebyshev (item 66).'),
    dzmLinkageDistance: z.literal(1).default(1).describe('DZM linkage distance: Chebyshev (item 67).'),
    dzmZoneDistanceNorm: z.literal('manhattan').default('manhattan').describe('DZM zone distance norm (item 68).'),
    ngtdmDistance: z.int().positive().default(1).describe('NGTDM distance: Chebyshev (item 69).'),
    ngldmDistance: z.int().positive().default(1).describe('NGLDM distance: Chebyshev (item 70).'),
    ngldmCoarseness: z.number().min(0).default(0).describe('NGLDM coarseness (item 71).'),
  })
  .describe('Texture parameters.');

/** Families of features that settings can name, in the order of the standard. */
export const familyNames = [
  'morphology',
  'localIntensity',
  'intensityStatistics',
  'intensityHistogram',
  'intensityVolumeHistogram',
  'glcm',
  'glrlm',
  'glszm',
  'gldzm',
  'ngtdm',
  'ngldm',
] as const;

/** Families that describe intensities and texture; shape is not a property of a filter response. */
const responseFamilies = familyNames.filter((family) => family !== 'morphology' && family !== 'localIntensity');

const filteredSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/)
      .nullable()
      .default(null)
      .describe('What the filter is called beside its features; null derives a name from its parameters.'),
    filter: filterSettingsSchema.describe('Image filter (item 57); IBSI 2, doi 10.1148/radiol.231319.'),
    discretization: discretizationSchema.default({ method: 'FBN', bins: 32 }),
    ivhDiscretization: ivhSchema.default({ method: 'FBN', bins: 1000 }),
    families: z.array(z.enum(familyNames)).min(1).default(responseFamilies),
  })
  .describe('Features of one filter response. Responses have arbitrary units: fixed bin numbers are recommended.');

/** What a sequence may change, without defaults. */
const parts = {
  approach: z.enum(['2D', '3D']).describe('Slice-wise (2D) or single volume (3D).'),
  intensityUnits: z
    .enum(['calibrated', 'arbitrary'])
    .describe(
      'Calibrated units (CT, SUV, ADC) or arbitrary ones (raw MR, filter responses); decides which re-segmentation and discretisation IBSI allows.',
    ),
  maskResampling: z
    .enum(['refuse', 'nearest'])
    .describe(
      'What happens to a mask on another grid than the image: an error, or resampling to the nearest voxel, recorded with the result.',
    ),
  interpolation: interpolationSchema.nullable(),
  resegmentation: resegmentationSchema,
  discretization: discretizationSchema,
  ivhDiscretization: ivhSchema,
  aggregations: z
    .array(z.enum(aggregations))
    .min(1)
    .nullable()
    .describe('Texture matrix aggregations (item 62); null for all that suit the approach.'),
  families: z.array(z.enum(familyNames)).min(1).describe('Biomarker set (item 58): families of features.'),
  texture: textureSchema,
  filters: z
    .array(filteredSchema)
    .describe('Filtered images, each with features of its own; the intensity mask is that of the unfiltered image.'),
};

const body = {
  approach: parts.approach.default('3D'),
  intensityUnits: parts.intensityUnits.default('arbitrary'),
  maskResampling: parts.maskResampling.default('refuse'),
  interpolation: parts.interpolation.default(null),
  resegmentation: parts.resegmentation.prefault({}),
  discretization: parts.discretization.default({ method: 'FBN', bins: 32 }),
  ivhDiscretization: parts.ivhDiscretization.default({ method: 'FBN', bins: 1000 }),
  aggregations: parts.aggregations.default(null),
  families: parts.families.default([...familyNames]),
  texture: parts.texture.prefault({}),
  filters: parts.filters.default([]),
};

/** Settings with the IBSI profile, defaults left out. Names follow the IBSI reporting guidelines, whose items are cited. */
export const ibsiSettingsSchema = z
  .strictObject({
    schemaVersion: z.literal(settingsSchemaVersion).default(settingsSchemaVersion),
    profile: z
      .literal('ibsi')
      .default('ibsi')
      .describe('Definitions of the features: the IBSI reference manual, doi 10.1148/radiol.2020191145.'),
    name: z.string().min(1).max(100).default('custom').describe('What the settings are called in reports.'),
    ...body,
    sequences: z
      .record(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), z.strictObject(parts).partial())
      .default({})
      .describe('Changes for named sequences (--sequence NAME): given keys replace those above.'),
    sequence: z
      .string()
      .nullable()
      .default(null)
      .describe('Written by the software: the sequence whose rules these settings already contain. Recorded settings can be used again.'),
    requireSequence: z.boolean().default(false).describe('Refuse to run without --sequence.'),
  })
  .describe('Settings of feature extraction with the definitions of the IBSI.');

/** The settings document that people write: our own, or a PyRadiomics parameter file as it is. */
export const settingsSchema = z.union([ibsiSettingsSchema, pyradiomicsSettingsSchema]).describe('Settings of feature extraction.');

/** A settings document of the IBSI profile with every default written out. */
export type SettingsDocument = z.output<typeof ibsiSettingsSchema>;
/** Keys that a sequence may change, all present. */
export type SettingsBody = Pick<SettingsDocument, keyof typeof body>;
/** Interpolation settings. */
export type InterpolationSettings = NonNullable<SettingsBody['interpolation']>;
/** Re-segmentation settings. */
export type ResegmentationSettings = SettingsBody['resegmentation'];
/** A filtered image and what is computed on it. */
export type FilteredSettings = SettingsBody['filters'][number];
/** Discretization settings for texture and intensity histogram. */
export type DiscretizationSettings = SettingsBody['discretization'];
/** Discretization settings of the intensity-volume histogram. */
export type IvhSettings = SettingsBody['ivhDiscretization'];
