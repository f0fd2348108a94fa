import type { AppError } from '@cohortium/kernel';
import type { Aggregation, FeatureValue } from '../roi/roi.js';
import { featureErrors } from './errors.js';

/** The families of the IBSI reference manual, with its names and codes. */
export const featureFamilies = {
  morphology: { name: 'Morphology', ibsiCode: 'HCUG' },
  localIntensity: { name: 'Local intensity', ibsiCode: '9ST6' },
  intensityStatistics: { name: 'Statistics', ibsiCode: 'UHIW' },
  intensityHistogram: { name: 'Intensity histogram', ibsiCode: 'ZVCW' },
  intensityVolumeHistogram: { name: 'Intensity volume histogram', ibsiCode: 'P88C' },
  glcm: { name: 'Co-occurrence matrix', ibsiCode: 'LFYI' },
  glrlm: { name: 'Run length matrix', ibsiCode: 'TP0I' },
  glszm: { name: 'Size zone matrix', ibsiCode: '9SAK' },
  gldzm: { name: 'Distance zone matrix', ibsiCode: 'VMDZ' },
  ngtdm: { name: 'Neighbourhood grey tone difference matrix', ibsiCode: 'IPET' },
  ngldm: { name: 'Neighbouring grey level dependence matrix', ibsiCode: 'REK0' },
} as const;
/** One of {@link featureFamilies}. */
export type FeatureFamily = keyof typeof featureFamilies;

/** Why a feature has no value where its definition divides by zero or its matrix is empty. */
export type UndefinedReason =
  | 'oneVoxel'
  | 'oneLevel'
  | 'oneBin'
  | 'flat'
  | 'constantIntensity'
  | 'zeroMean'
  | 'zeroQuartileSum'
  | 'zeroIntensitySum'
  | 'noNeighbors'
  | 'noSuchIntensity'
  | 'zeroDivision';

/** A feature: how IBSI names it and how it follows from its family's summary. */
export interface FeatureDefinition<Summary> {
  /** The name that IBSI prints, in lower camel case. */
  readonly name: string;
  readonly ibsiCode: string;
  readonly unit: string;
  /** The value, or NaN where the definition gives none; NaN never leaves this library. */
  readonly compute: (summary: Summary) => number;
  /** Why the value can be missing. */
  readonly undefinedReason: UndefinedReason;
}

/** The features of a family in IBSI's order. */
export type FeatureTable<Summary> = readonly FeatureDefinition<Summary>[];

/** Declares one feature of a table. */
export function feature<Summary>(
  name: string,
  ibsiCode: string,
  compute: (summary: Summary) => number,
  unit = '1',
  undefinedReason: UndefinedReason = 'zeroDivision',
): FeatureDefinition<Summary> {
  return { name, ibsiCode, unit, compute, undefinedReason };
}

/** What a feature is called, without its formula. */
export interface FeatureDescription {
  readonly name: string;
  readonly ibsiCode: string;
  readonly family: FeatureFamily;
  readonly unit: string;
}

/** Where computed features go, and which are wanted. */
export interface FeatureSink {
  /** True where a value is wanted; what nobody wants is not computed where that saves time. */
  readonly wants: (feature: FeatureDescription) => boolean;
  readonly values: FeatureValue[];
  /** Called for a feature without value; throws unless the caller collects. */
  readonly onUndefined: (error: AppError) => void;
}

/** The wanted features of a table, in its order. */
export function wantedFeatures<Summary>(sink: FeatureSink, family: FeatureFamily, table: FeatureTable<Summary>): FeatureTable<Summary> {
  const wanted: FeatureDefinition<Summary>[] = [];
  for (const definition of table) {
    const { name, ibsiCode, unit } = definition;
    if (sink.wants({ name, ibsiCode, family, unit })) wanted.push(definition);
  }
  return wanted;
}

/** Hands one value on, or says why there is none. */
export function emit(
  sink: FeatureSink,
  family: FeatureFamily,
  definition: FeatureDefinition<never>,
  value: number,
  aggregation?: Aggregation,
): void {
  const { name, ibsiCode, unit } = definition;
  if (Number.isFinite(value)) {
    sink.values.push({ name, ibsiCode, family, ...(aggregation === undefined ? {} : { aggregation }), value, unit });
    return;
  }
  sink.onUndefined(
    featureErrors.error('RADIOMICS.FEATURE_UNDEFINED', {
      feature: name,
      code: ibsiCode,
      family: featureFamilies[family].name,
      aggregation: aggregation ?? 'none',
      reason: definition.undefinedReason,
    }),
  );
}

/** Computes the wanted features of one summary. */
export function emitAll<Summary>(sink: FeatureSink, family: FeatureFamily, table: FeatureTable<Summary>, summary: Summary): void {
  for (const definition of wantedFeatures(sink, family, table)) emit(sink, family, definition, definition.compute(summary));
}

/**
 * Computes the wanted features of several matrices and averages each over the matrices that give it a value (a slice without two
 * neighboring voxels has no co-occurrence, so it does not count there).
 */
export function emitAverages<Summary>(
  sink: FeatureSink,
  family: FeatureFamily,
  table: FeatureTable<Summary>,
  summaries: Iterable<Summary>,
  aggregation: Aggregation,
): void {
  const wanted = wantedFeatures(sink, family, table);
  const sums = new Float64Array(wanted.length);
  const counts = new Float64Array(wanted.length);
  for (const summary of summaries) {
    for (let f = 0; f < wanted.length; f++) {
      const value = (wanted[f] as FeatureDefinition<Summary>).compute(summary);
      if (!Number.isFinite(value)) continue;
      sums[f] = (sums[f] as number) + value;
      counts[f] = (counts[f] as number) + 1;
    }
  }
  wanted.forEach((definition, f) => emit(sink, family, definition, (sums[f] as number) / (counts[f] as number), aggregation));
}
