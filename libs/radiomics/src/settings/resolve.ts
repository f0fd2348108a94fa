import { hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { z } from 'zod';
import type { Aggregation } from '../roi/roi.js';
import { settingsErrors } from './errors.js';
import { filterId } from './filter-id.js';
import { pyradiomicsSettingsSchema } from '../pyradiomics/parameters.schema.js';
import type { PyradiomicsSettings } from '../pyradiomics/parameters.schema.js';
import { ibsiSettingsSchema } from './settings.schema.js';
import type { FilteredSettings, SettingsBody, SettingsDocument } from './settings.schema.js';

/** Settings of one extraction: every default written out, the rules of the sequence applied, aggregations named. */
export interface IbsiSettings extends Omit<SettingsBody, 'aggregations' | 'filters'> {
  readonly schemaVersion: 1;
  readonly profile: 'ibsi';
  readonly name: string;
  /** The sequence whose rules were applied; null for none. */
  readonly sequence: string | null;
  readonly aggregations: readonly Aggregation[];
  /** Filtered images, each with its name. */
  readonly filters: readonly (FilteredSettings & { readonly id: string })[];
}

/** Settings of one extraction, of either profile. */
export type ExtractionSettings = IbsiSettings | PyradiomicsSettings;

/** Aggregations that suit an approach, in the order of the standard. */
export const approachAggregations: Readonly<Record<SettingsBody['approach'], readonly Aggregation[]>> = {
  '2D': ['2D:averaged', '2D:sliceMerged', '2.5D:directionMerged', '2.5D:merged', '2D', '2.5D'],
  '3D': ['3D:averaged', '3D:merged', '3D'],
};

const directionalFamilies = new Set(['glcm', 'glrlm']);
const zoneFamilies = new Set(['glszm', 'gldzm', 'ngtdm', 'ngldm']);

/**
 * Parses a settings document of the IBSI profile: unknown keys are errors, defaults are filled in.
 * @throws `RADIOMICS.BAD_SETTINGS` with the place of the first fault
 */
export function parseSettings(document: unknown): SettingsDocument {
  return parseWith(ibsiSettingsSchema, document);
}

function parseWith<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  throw settingsErrors.error('RADIOMICS.BAD_SETTINGS', { path: issue.path.map(String).join('.') || '(root)', reason: issue.message });
}

/**
 * The settings of one extraction, of the profile that the document is written for.
 * @param sequence name whose rules in `sequences` replace keys of the document
 * @throws `RADIOMICS.BAD_SETTINGS`, `RADIOMICS.UNKNOWN_SEQUENCE`, `RADIOMICS.SETTINGS_CONFLICT`
 */
export function resolveExtractionSettings(document: unknown, sequence?: string): ExtractionSettings {
  if (!isParameterFile(document)) return resolveSettings(document, sequence);
  if (sequence !== undefined) throw settingsErrors.error('RADIOMICS.UNKNOWN_SEQUENCE', { given: sequence, known: 'none' });
  return parseWith(pyradiomicsSettingsSchema, document);
}

/** True for a PyRadiomics parameter file, with or without our own keys. */
export function isParameterFile(document: unknown): boolean {
  if (typeof document !== 'object' || document === null) return false;
  if ('profile' in document) return document.profile === 'pyradiomics';
  return ['setting', 'imageType', 'featureClass', 'voxelSetting'].some((key) => key in document);
}

/**
 * The settings of one extraction with the IBSI profile.
 * @param sequence name whose rules in `sequences` replace keys of the document
 * @throws `RADIOMICS.BAD_SETTINGS`, `RADIOMICS.UNKNOWN_SEQUENCE`, `RADIOMICS.SETTINGS_CONFLICT`
 */
export function resolveSettings(document: unknown, sequence?: string): IbsiSettings {
  const { sequences, requireSequence, aggregations, ...rest } = parseSettings(document);
  const known = Object.keys(sequences);
  const overrides = sequence === undefined || !Object.hasOwn(sequences, sequence) ? undefined : sequences[sequence];
  if (sequence === undefined ? requireSequence : overrides === undefined)
    throw settingsErrors.error('RADIOMICS.UNKNOWN_SEQUENCE', { given: sequence ?? 'none', known: known.join(', ') || 'none' });
  const given = Object.fromEntries(Object.entries(overrides ?? {}).filter(([, value]) => value !== undefined));
  const merged = { ...rest, aggregations, ...given } as Omit<SettingsDocument, 'sequences' | 'requireSequence'>;
  const settings: IbsiSettings = {
    ...merged,
    sequence: sequence ?? rest.sequence,
    aggregations: merged.aggregations ?? approachAggregations[merged.approach],
    filters: merged.filters.map((filtered) => ({ ...filtered, id: filtered.id ?? filterId(filtered.filter) })),
  };
  assertConsistent(settings);
  return settings;
}

/** Hashes of settings that were asked for: many regions are extracted with one settings object. */
const knownHashes = new WeakMap<ExtractionSettings, Sha256>();

/** SHA-256 of the settings in canonical form: equal settings, equal hash, however they were written. */
export function settingsHash(settings: ExtractionSettings): Sha256 {
  const hash = knownHashes.get(settings) ?? hashJson(settings);
  knownHashes.set(settings, hash);
  return hash;
}

/** @throws `RADIOMICS.SETTINGS_CONFLICT` (IBSI 0.9, section 2.7: recommended combinations of units, ranges and discretization) */
function assertConsistent(settings: IbsiSettings): void {
  const conflict = (rule: string, family = '') => settingsErrors.error('RADIOMICS.SETTINGS_CONFLICT', { rule, family });
  const { range } = settings.resegmentation;
  const { discretization, ivhDiscretization, interpolation } = settings;
  if (range !== null && settings.intensityUnits === 'arbitrary') throw conflict('arbitraryRange');
  if (range !== null && range[0] !== null && range[1] !== null && range[0] > range[1]) throw conflict('emptyRange');
  const startsAtRange = discretization.method === 'FBS' && discretization.lowerBound === 'resegmentationMinimum';
  if (startsAtRange && (range === null || range[0] === null)) throw conflict('fbsWithoutRange');
  if (ivhDiscretization.method === 'FBS' && settings.intensityUnits === 'arbitrary') throw conflict('fbsWithoutRange');
  if (settings.approach === '2D' && interpolation !== null && interpolation.spacingMm[2] !== null) throw conflict('acrossSlices');
  assertAggregations(settings);
  settings.filters.forEach(({ id, discretization: own }, at) => {
    if (settings.filters.findIndex((other) => other.id === id) !== at) throw conflict('sameFilterTwice', id);
    // The range holds for the intensities of the image, not for a response.
    if (own.method === 'FBS' && own.lowerBound === 'resegmentationMinimum') throw conflict('fbsWithoutRange');
  });
}

function assertAggregations({ families, filters, aggregations }: IbsiSettings): void {
  for (const family of new Set([families, ...filters.map((filtered) => filtered.families)].flat())) {
    const suits = (aggregation: Aggregation) =>
      directionalFamilies.has(family) ? aggregation.includes(':') : zoneFamilies.has(family) ? !aggregation.includes(':') : true;
    if (!aggregations.some(suits)) throw settingsErrors.error('RADIOMICS.SETTINGS_CONFLICT', { rule: 'noAggregation', family });
  }
}
