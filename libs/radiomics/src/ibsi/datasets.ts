import type { RoiMask, Volume } from '@cohortium/imaging';
import { extract } from '../extract.js';
import { diagnostics } from '../processing/diagnostics.js';
import type { PresetName } from '../settings/presets.js';
import { settingsPresets } from '../settings/presets.js';
import { resolveSettings } from '../settings/resolve.js';
import { aggregationCodes } from './aggregation-codes.js';
import type { CandidateValue } from './checked-rows.js';

/** A data set of IBSI chapter 1: which images, which table, which settings. File names are relative to the folder `ibsi1`. */
export interface IbsiDataset {
  readonly image: string;
  readonly mask: string;
  readonly table: string;
  readonly preset: PresetName;
}

const phantomFiles = { image: 'ct_phantom/image.nii.gz', mask: 'ct_phantom/mask.nii.gz' };

/** The data sets by the names that the command line uses. */
export const ibsiDatasets = {
  phantom: {
    image: 'digital_phantom/image.nii.gz',
    mask: 'digital_phantom/mask.nii.gz',
    table: 'reference_digital_phantom.csv',
    preset: 'ibsi-phantom',
  },
  A: { ...phantomFiles, table: 'reference_config_A.csv', preset: 'ibsi-a' },
  B: { ...phantomFiles, table: 'reference_config_B.csv', preset: 'ibsi-b' },
  C: { ...phantomFiles, table: 'reference_config_C.csv', preset: 'ibsi-c' },
  D: { ...phantomFiles, table: 'reference_config_D.csv', preset: 'ibsi-d' },
  E: { ...phantomFiles, table: 'reference_config_E.csv', preset: 'ibsi-e' },
} as const satisfies Record<string, IbsiDataset>;
/** Name of a data set of IBSI chapter 1. */
export type IbsiDatasetName = keyof typeof ibsiDatasets;

/** Every value of a data set that a compliance table can ask for: features and diagnostic features. */
export function computeDataset(name: IbsiDatasetName, image: Volume, mask: RoiMask): readonly CandidateValue[] {
  const settings = resolveSettings(settingsPresets[ibsiDatasets[name].preset]);
  const features = extract(image, mask, settings).features.map(({ ibsiCode, name: feature, aggregation, value }): CandidateValue => ({
    ibsiCode: ibsiCode ?? '',
    aggregationCode: aggregation === null ? '' : aggregationCodes[aggregation],
    name: feature,
    value,
  }));
  const stages = diagnostics(image, mask, settings).map(({ tag, name: feature, value }): CandidateValue => ({
    tag,
    ibsiCode: '',
    aggregationCode: '',
    name: feature,
    value,
  }));
  return [...features, ...stages];
}
