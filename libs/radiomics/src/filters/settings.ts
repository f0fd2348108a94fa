import { z } from 'zod';
import { boundaries } from './boundary.js';
import { filterErrors } from './errors.js';
import { gaborResponses } from './gabor.js';
import { rotationPoolings } from './rotation.js';
import { waveletNames } from './wavelets.js';
import type { WaveletName } from './wavelets.js';

const dimensions = z.enum(['2D', '3D']).default('3D').describe('2D: slice by slice in the plane of axes i and j; 3D: in space');
const boundary = z.enum(boundaries).default('mirror').describe('What the filter sees beyond the border of the image');
const millimeters = z.number().positive().finite();
const rotationInvariance = z
  .enum(rotationPoolings)
  .default('none')
  .describe('How the responses of the filter rotated by right angles (24 in space, 4 by slice) are combined');
const rieszOrder = z
  .array(z.int().min(0).max(10))
  .min(2)
  .max(3)
  .nullable()
  .default(null)
  .describe('Order of a Riesz transform of the filter along i, j (and k); null: none');

const mean = z.strictObject({
  name: z.literal('mean'),
  dimensions,
  supportVoxels: z
    .int()
    .min(1)
    .refine((width) => width % 2 === 1, 'must be odd')
    .describe('Width of the square or cube in voxels, odd'),
  boundary,
});

const laplacianOfGaussian = z.strictObject({
  name: z.literal('laplacianOfGaussian'),
  dimensions,
  sigmaMm: millimeters.describe('Standard deviation of the Gaussian'),
  truncationSigma: z.number().positive().max(20).default(4).describe('Where the kernel ends, in standard deviations'),
  rieszOrder,
  boundary,
});

const laws = z.strictObject({
  name: z.literal('laws'),
  kernels: z
    .string()
    .regex(/^([LESWR]5|[LES]3){2,3}$/)
    .describe('Kernels along i, j (and k), such as E5L5S5; two kernels filter slice by slice'),
  rotationInvariance,
  energyDistanceVoxels: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Chebyshev distance over which the absolute response is averaged; null: the response itself'),
  boundary,
});

const gabor = z.strictObject({
  name: z.literal('gabor'),
  dimensions: dimensions.describe('2D: in the plane of axes i and j; 3D: averaged over the three orthogonal planes'),
  sigmaMm: millimeters.describe('Standard deviation of the envelope along the wave'),
  wavelengthMm: millimeters,
  aspectRatio: z.number().positive().max(100).describe('gamma: the standard deviation across the wave is sigma / gamma'),
  orientationDegrees: z.number().min(-360).max(360).default(0).describe('Direction of the wave, or the first of all directions'),
  orientationStepDegrees: z
    .number()
    .positive()
    .max(360)
    .refine((step) => Math.abs(360 / step - Math.round(360 / step)) < 1e-9, 'must divide the full turn of 360')
    .nullable()
    .default(null)
    .describe('Step between the directions of the full turn that are pooled; null: one direction'),
  pooling: z.enum(['average', 'max']).default('average'),
  response: z.enum(gaborResponses).default('modulus'),
  boundary,
});

const separableWavelet = z.strictObject({
  name: z.literal('separableWavelet'),
  wavelet: z.enum(waveletNames as [WaveletName, ...WaveletName[]]),
  level: z.int().min(1).max(8).default(1),
  subband: z
    .string()
    .regex(/^[LH]{2,3}$/)
    .describe('L (low-pass) or H (high-pass) along i, j (and k); two letters filter slice by slice'),
  rotationInvariance,
  boundary,
});

const simoncelli = z.strictObject({
  name: z.literal('simoncelli'),
  dimensions,
  level: z.int().min(1).max(12).default(1),
  rieszOrder,
  boundary: z.literal('periodic').default('periodic').describe('The filter is defined on the frequencies of the image'),
});

/**
 * Settings of one image filter; every default is written out by parsing. Names, meaning and order of parameters follow IBSI 2
 * (arXiv 2006.05470). An unknown key is an error.
 */
export const filterSettingsSchema = z
  .discriminatedUnion('name', [mean, laplacianOfGaussian, laws, gabor, separableWavelet, simoncelli])
  .superRefine((filter, context) => {
    if (!('rieszOrder' in filter) || filter.rieszOrder === null) return;
    const axes = filter.dimensions === '2D' ? 2 : 3;
    const isOrder = filter.rieszOrder.length === axes && filter.rieszOrder.some((l) => l > 0);
    if (!isOrder) context.addIssue({ code: 'custom', path: ['rieszOrder'], message: `must be ${axes} numbers, not all 0, or null` });
  });

/** Settings of one filter with every default written out. */
export type FilterSettings = z.output<typeof filterSettingsSchema>;

/**
 * Parses filter settings.
 * @throws `RADIOMICS.BAD_FILTER` with the place and the reason
 */
export function parseFilterSettings(input: unknown): FilterSettings {
  const result = filterSettingsSchema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw filterErrors.error('RADIOMICS.BAD_FILTER', { path: issue?.path.join('.') || '/', reason: issue?.message ?? '' });
}

/** IBSI 2 codes of the filters. */
export const filterCodes: Readonly<Record<FilterSettings['name'], string>> = {
  mean: 'S60F',
  laplacianOfGaussian: 'L6PA',
  laws: 'JTXT',
  gabor: 'Q88H',
  separableWavelet: '25BO',
  simoncelli: 'LODD',
};
