import type { FeatureTable, UndefinedReason } from '../features/feature.js';

/** A feature by the name that PyRadiomics 3 gives it, and how it follows from the summary of its class. */
export interface PyradiomicsFeature<Summary> {
  readonly name: string;
  /** Code of the IBSI feature with the same formula; null where the definitions differ. It says nothing about the processing before. */
  readonly ibsiCode: string | null;
  readonly unit: string;
  /** The value, or NaN where PyRadiomics has none either; NaN never leaves this library. */
  readonly compute: (summary: Summary) => number;
  /** Why the value can be missing. */
  readonly undefinedReason: UndefinedReason;
  /** Left out of a whole class, computed when it is named. */
  readonly isDeprecated: boolean;
}

/** The features of a class in PyRadiomics' order, that of the alphabet. */
export type PyradiomicsTable<Summary> = readonly PyradiomicsFeature<Summary>[];

/** Takes formulas over from a table of IBSI features: `(name, code)` gives the feature with that code under PyRadiomics' name. */
export function sameAs<Summary>(table: FeatureTable<Summary>): (name: string, ibsiCode: string) => PyradiomicsFeature<Summary> {
  return (name, ibsiCode) => {
    const found = table.find((feature) => feature.ibsiCode === ibsiCode);
    // The tables are constants, so a wrong code is a wrong program.
    if (found === undefined) throw new Error(`no feature has the IBSI code ${ibsiCode}`);
    return { name, ibsiCode, unit: found.unit, compute: found.compute, undefinedReason: found.undefinedReason, isDeprecated: false };
  };
}

/** A feature that PyRadiomics defines otherwise than IBSI, or that IBSI does not know. */
export function own<Summary>(
  name: string,
  compute: (summary: Summary) => number,
  unit = '1',
  undefinedReason: UndefinedReason = 'zeroDivision',
): PyradiomicsFeature<Summary> {
  return { name, ibsiCode: null, unit, compute, undefinedReason, isDeprecated: false };
}

/** The same feature, left out unless it is named. */
export function deprecated<Summary>(feature: PyradiomicsFeature<Summary>): PyradiomicsFeature<Summary> {
  const { name, ibsiCode, unit, compute, undefinedReason } = feature;
  return { name, ibsiCode, unit, compute, undefinedReason, isDeprecated: true };
}

/** What PyRadiomics adds to a share p inside a logarithm, log2(p + epsilon), relative to 1: sum p log2(p + e) = sum p log2 p + e n / ln 2. */
export const entropyShift = Number.EPSILON / Math.LN2;
