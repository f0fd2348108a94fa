import type { z } from 'zod';
import { pyradiomicsClassNames } from '../pyradiomics/feature-classes.js';
import type { pyradiomicsSettingsSchema } from '../pyradiomics/parameters.schema.js';
import type { ibsiSettingsSchema } from './settings.schema.js';

type SettingsInput = z.input<typeof ibsiSettingsSchema>;

/** Processing of the CT phantom that configurations B to E share: 2 mm voxels, whole Hounsfield units, half-covered voxels belong. */
const phantomGrid = (method: 'trilinear' | 'tricubicSpline', spacingMm: [number, number, number | null]) => ({
  method,
  spacingMm,
  intensityRounding: 'nearestInteger' as const,
  roiMethod: 'trilinear' as const,
  roiPartialVolume: 0.5,
});

/** The five configurations of the IBSI lung CT phantom (IBSI reference manual, doi 10.48550/arXiv.1612.07003, section 5.2). */
const configurations = {
  'ibsi-a': {
    name: 'ibsi-a',
    approach: '2D',
    intensityUnits: 'calibrated',
    resegmentation: { range: [-500, 400] },
    discretization: { method: 'FBS', binWidth: 25 },
    ivhDiscretization: { method: 'none' },
  },
  'ibsi-b': {
    name: 'ibsi-b',
    approach: '2D',
    intensityUnits: 'calibrated',
    interpolation: phantomGrid('trilinear', [2, 2, null]),
    resegmentation: { range: [-500, 400] },
    discretization: { method: 'FBN', bins: 32 },
    ivhDiscretization: { method: 'none' },
  },
  'ibsi-c': {
    name: 'ibsi-c',
    approach: '3D',
    intensityUnits: 'calibrated',
    interpolation: phantomGrid('trilinear', [2, 2, 2]),
    resegmentation: { range: [-1000, 400] },
    discretization: { method: 'FBS', binWidth: 25 },
    ivhDiscretization: { method: 'FBS', binWidth: 2.5 },
  },
  'ibsi-d': {
    name: 'ibsi-d',
    approach: '3D',
    intensityUnits: 'calibrated',
    interpolation: phantomGrid('trilinear', [2, 2, 2]),
    resegmentation: { outlierSigma: 3 },
    discretization: { method: 'FBN', bins: 32 },
    ivhDiscretization: { method: 'none' },
  },
  'ibsi-e': {
    name: 'ibsi-e',
    approach: '3D',
    intensityUnits: 'calibrated',
    interpolation: phantomGrid('tricubicSpline', [2, 2, 2]),
    resegmentation: { range: [-1000, 400], outlierSigma: 3 },
    discretization: { method: 'FBN', bins: 32 },
    ivhDiscretization: { method: 'FBN', bins: 1000 },
  },
} as const satisfies Record<string, SettingsInput>;

/** The digital phantom is made of gray levels: nothing is processed, every aggregation is computed. */
const phantom = {
  name: 'ibsi-phantom',
  intensityUnits: 'calibrated',
  discretization: { method: 'none' },
  ivhDiscretization: { method: 'none' },
  aggregations: ['2D:averaged', '2D:sliceMerged', '2.5D:directionMerged', '2.5D:merged', '3D:averaged', '3D:merged', '2D', '2.5D', '3D'],
} as const satisfies SettingsInput;

/**
 * Breast MR. Signal intensities have no units: a fixed bin number, no range, outliers beyond 3 standard deviations left out, and an
 * intensity-volume histogram of 1000 bins (IBSI 0.9, sections 2.5, 2.7 and 3.5; outliers: G. Collewet et al., Magn. Reson. Imaging 22 (2004),
 * doi 10.1016/j.mri.2003.09.001). Maps with units keep all voxels, since extremes mean something there.
 */
const breastMr = {
  name: 'breast-mr',
  approach: '3D',
  intensityUnits: 'arbitrary',
  interpolation: { method: 'trilinear', spacingMm: [1, 1, 1], roiMethod: 'trilinear', roiPartialVolume: 0.5 },
  resegmentation: { outlierSigma: 3 },
  discretization: { method: 'FBN', bins: 32 },
  ivhDiscretization: { method: 'FBN', bins: 1000 },
  sequences: {
    T1: {},
    T2: {},
    DCE: {},
    subtraction: {},
    DWI: {},
    ADC: { intensityUnits: 'calibrated', resegmentation: {} },
    PE: { intensityUnits: 'calibrated', resegmentation: {} },
    SER: { intensityUnits: 'calibrated', resegmentation: {} },
    Ktrans: { intensityUnits: 'calibrated', resegmentation: {} },
  },
  requireSequence: true,
} as const satisfies SettingsInput;

/** PyRadiomics 3 without a parameter file: the original image, every class but the shape of slices. */
const pyradiomics = {
  profile: 'pyradiomics',
  name: 'pyradiomics',
  featureClass: Object.fromEntries(pyradiomicsClassNames.filter((name) => name !== 'shape2D').map((name) => [name, null])),
} as const satisfies z.input<typeof pyradiomicsSettingsSchema>;

/** Settings that come with the product. */
export const settingsPresets = { ...configurations, 'ibsi-phantom': phantom, 'breast-mr': breastMr, pyradiomics };
/** Name of a preset. */
export type PresetName = keyof typeof settingsPresets;

/** True for the name of a preset. */
export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(settingsPresets, name);
}
