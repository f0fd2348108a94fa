// What is extracted: the same features for us and for the peers, each in its own settings.
import { resolveExtractionSettings, settingsPresets } from '@cohortium/radiomics';

/** The matrix families that PyRadiomics has. */
const textureClasses = { glcm: null, glrlm: null, glszm: null, gldm: null, ngtdm: null };

/** Settings by task; the peers have theirs in peers/*.py. */
const documents = {
  /** PyRadiomics without a parameter file: shape, first order, five matrix families; bins of 25. */
  default: settingsPresets.pyradiomics,
  /** Three Laplacians and eight wavelet sub-bands, the matrix families on each. */
  filtered: {
    profile: 'pyradiomics',
    imageType: { LoG: { sigma: [1, 2, 3] }, Wavelet: {} },
    featureClass: textureClasses,
  },
  /** All 174 features of IBSI 1; texture merged in three dimensions. The lesion's intensities are 64 gray levels. */
  all: {
    name: 'all-174',
    intensityUnits: 'calibrated',
    discretization: { method: 'none' },
    ivhDiscretization: { method: 'FBN', bins: 1000 },
    aggregations: ['3D:merged', '3D'],
  },
};
/** @typedef {keyof typeof documents} Task */

export const taskNames = /** @type {readonly Task[]} */ (Object.keys(documents));

export function settingsOf(/** @type {Task} */ task) {
  return resolveExtractionSettings(documents[task]);
}
