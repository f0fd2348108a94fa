import type { Protocol } from './schema.js';

/** One input that a clinical predictor makes. */
export interface ClinicalInput {
  /** `clinical:age`, `clinical:stage=2`: how it stands among the features. */
  readonly name: string;
  readonly column: string;
  /** Values of the category; undefined for numbers. */
  readonly levels: readonly (string | number | boolean)[] | undefined;
  /** The value that it indicates; undefined for numbers. */
  readonly level: string | number | boolean | undefined;
}

/** The inputs that the clinical predictors of a protocol make, in their order. */
export function clinicalInputs(protocol: Pick<Protocol, 'analysis'>): ClinicalInput[] {
  return protocol.analysis.clinical.flatMap(({ column, levels }): ClinicalInput[] =>
    levels === undefined
      ? [{ name: `clinical:${column}`, column, levels, level: undefined }]
      : levels.slice(1).map((level) => ({ name: `clinical:${column}=${String(level)}`, column, levels, level })),
  );
}

/** Every clinical column that a protocol names: endpoint, eligibility, characteristics, predictors, covariates. */
export function clinicalColumns(protocol: Protocol): ReadonlySet<string> {
  const { endpoint, eligibility, characteristics, analysis } = protocol;
  return new Set([
    endpoint.column,
    ...[...eligibility, ...characteristics, ...analysis.clinical].map(({ column }) => column),
    ...('covariates' in analysis.harmonization ? analysis.harmonization.covariates : []),
  ]);
}
