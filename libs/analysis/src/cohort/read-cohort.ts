import type { SiteId } from '@cohortium/kernel';
import { clinicalInputs, protocolErrors } from '@cohortium/protocol';
import type { ClinicalInput, Criterion, Protocol } from '@cohortium/protocol';
import { analysisErrors } from '../errors.js';
import { CohortTable } from './cohort-table.js';
import { cellNumber, columnIndex, indexParticipants, isMissing, parseTable } from './table.js';
import type { TextTable } from './table.js';

/** The two tables of a site, as text. */
export interface CohortFiles {
  readonly features: string;
  readonly clinical: string;
}

/** Why a candidate is not in the cohort. */
export type ExclusionReason = 'noClinicalRow' | 'notEligible' | 'endpointMissing' | 'covariateMissing';

/** A site's participants under one protocol. */
export interface SiteCohort {
  readonly rows: CohortTable;
  /** Participants in row order; they stay at the site. */
  readonly participants: readonly string[];
  /** Participants in features.csv before any exclusion. */
  readonly candidates: number;
  readonly exclusions: readonly { readonly reason: ExclusionReason; readonly count: number }[];
}

/** Clinical columns that the analysis needs as numbers. */
export function covariateColumns(protocol: Protocol): readonly string[] {
  const { harmonization } = protocol.analysis;
  return harmonization.method === 'combat' ? harmonization.covariates : [];
}

/**
 * Reads a site's cohort under a protocol whose feature list is resolved: joins the tables, applies eligibility, counts exclusions.
 * @throws `COHORT.*`, `PROTOCOL.UNKNOWN_COLUMN`
 */
export function readCohort(files: CohortFiles, protocol: Protocol, site: SiteId): SiteCohort {
  const features = parseTable(files.features, 'features.csv');
  const clinical = parseTable(files.clinical, 'clinical.csv');
  const names = protocol.featureList?.names ?? [];
  const predictors = clinicalInputs(protocol).map((input) => ({ ...input, at: needColumn(clinical, input.column, 'clinical predictor') }));
  const ofClinical = new Set(predictors.map(({ name }) => name));
  const featureColumns = names.filter((name) => !ofClinical.has(name)).map((name) => needColumn(features, name, 'feature'));
  const endpoint = needColumn(clinical, protocol.endpoint.column, 'endpoint');
  const covariates = covariateColumns(protocol).map((name) => ({ name, column: needColumn(clinical, name, 'covariate') }));
  const characteristics = protocol.characteristics.map(({ column, levels }) => ({
    column,
    levels,
    at: needColumn(clinical, column, 'characteristic'),
  }));
  const criteria = protocol.eligibility.map((criterion) => ({ criterion, column: needColumn(clinical, criterion.column, 'eligibility') }));
  indexParticipants(features);
  const clinicalRows = indexParticipants(clinical);
  assertOneSite(features, site);
  assertOneSite(clinical, site);

  const ids = columnIndex(features, 'patient_id');
  const excluded = new Map<ExclusionReason, number>();
  const kept: { participant: string; featureRow: number; clinicalRow: number; outcome: number; covariates: number[] }[] = [];
  features.rows.forEach((row, featureRow) => {
    const participant = row[ids] as string;
    const clinicalRow = clinicalRows.get(participant);
    const decided =
      clinicalRow === undefined ? 'noClinicalRow' : decide(clinical, clinicalRow, { protocol, endpoint, criteria, covariates });
    if (typeof decided === 'string') excluded.set(decided, (excluded.get(decided) ?? 0) + 1);
    else kept.push({ participant, featureRow, clinicalRow: clinicalRow as number, ...decided });
  });

  const values = readValues(features, clinical, featureColumns, predictors, kept);
  const participants = kept.map((k) => k.participant);
  const exclusions = [...excluded].map(([reason, count]) => ({ reason, count }));
  const rows = new CohortTable({
    participants,
    featureNames: names,
    features: values,
    outcome: Float64Array.from(kept, (k) => k.outcome),
    covariates: {
      ...Object.fromEntries(covariates.map(({ name }, c) => [name, Float64Array.from(kept, (k) => k.covariates[c] as number)])),
      ...Object.fromEntries(
        characteristics.map((characteristic) => [
          characteristicName(characteristic.column),
          Float64Array.from(kept, ({ clinicalRow }) => characteristicCode(clinical, clinicalRow, characteristic)),
        ]),
      ),
    },
    sites: [site],
    siteIndex: new Int32Array(kept.length),
    flow: [{ site, candidates: features.rows.length, exclusions }],
  });
  return { rows, participants, candidates: features.rows.length, exclusions };
}

/** Row-major matrix of model inputs: features first, then clinical predictors. */
function readValues(
  features: TextTable,
  clinical: TextTable,
  featureColumns: readonly number[],
  predictors: readonly Parameters<typeof clinicalValue>[2][],
  kept: readonly { readonly featureRow: number; readonly clinicalRow: number }[],
): Float64Array {
  const width = featureColumns.length + predictors.length;
  const values = new Float64Array(kept.length * width);
  kept.forEach(({ featureRow, clinicalRow }, i) => {
    featureColumns.forEach((column, j) => {
      values[i * width + j] = cellNumber(features, featureRow, column);
    });
    predictors.forEach((input, k) => {
      values[i * width + featureColumns.length + k] = clinicalValue(clinical, clinicalRow, input);
    });
  });
  return values;
}

function needColumn(table: TextTable, column: string, role: string): number {
  const index = table.columns.indexOf(column);
  if (index < 0) throw protocolErrors.error('PROTOCOL.UNKNOWN_COLUMN', { column, role, where: table.file });
  return index;
}

function assertOneSite(table: TextTable, site: SiteId): void {
  const column = columnIndex(table, 'site');
  table.rows.forEach((row, i) => {
    if (row[column] !== site) throw analysisErrors.error('COHORT.SITE_MISMATCH', { file: table.file, line: table.lines[i] as number });
  });
}

interface Wanted {
  readonly protocol: Protocol;
  readonly endpoint: number;
  readonly criteria: readonly { readonly criterion: Criterion; readonly column: number }[];
  readonly covariates: readonly { readonly name: string; readonly column: number }[];
}

function decide(clinical: TextTable, row: number, wanted: Wanted): ExclusionReason | { outcome: number; covariates: number[] } {
  for (const { criterion, column } of wanted.criteria) if (!meets(clinical, row, column, criterion)) return 'notEligible';
  const outcome = readOutcome(clinical, row, wanted.endpoint, wanted.protocol);
  if (outcome === undefined) return 'endpointMissing';
  const covariates = wanted.covariates.map(({ column }) => cellNumber(clinical, row, column));
  return covariates.some(Number.isNaN) ? 'covariateMissing' : { outcome, covariates };
}

function meets(table: TextTable, row: number, column: number, criterion: Criterion): boolean {
  const cell = table.rows[row]?.[column] ?? '';
  if (isMissing(cell)) return criterion.missing === 'keep';
  if (criterion.is && !criterion.is.some((value) => sameCell(cell, value))) return false;
  if (criterion.min === undefined && criterion.max === undefined) return true;
  const value = cellNumber(table, row, column);
  return value >= (criterion.min ?? -Infinity) && value <= (criterion.max ?? Infinity);
}

/** Under which name a characteristic stands among the covariates: its codes are not those of a covariate of that column. */
export function characteristicName(column: string): string {
  return `characteristic:${column}`;
}

/** The number of one participant, or the position of the category among the levels; NaN for an empty cell. */
function characteristicCode(
  table: TextTable,
  row: number,
  { at, levels }: { readonly at: number; readonly levels: readonly (string | number | boolean)[] | undefined },
): number {
  const cell = table.rows[row]?.[at] ?? '';
  if (levels === undefined) return cellNumber(table, row, at);
  if (isMissing(cell)) return NaN;
  const code = levels.findIndex((level) => sameCell(cell, level));
  if (code >= 0) return code;
  throw analysisErrors.error('COHORT.BAD_CATEGORY', { file: table.file, column: table.columns[at] ?? '', line: table.lines[row] ?? 0 });
}

/** A clinical predictor of one participant: the number, or 1 where the category is the level; NaN for an empty cell. */
function clinicalValue(table: TextTable, row: number, { at, levels, level }: ClinicalInput & { readonly at: number }): number {
  const cell = table.rows[row]?.[at] ?? '';
  if (levels === undefined || level === undefined) return cellNumber(table, row, at);
  if (isMissing(cell)) return NaN;
  if (!levels.some((value) => sameCell(cell, value)))
    throw analysisErrors.error('COHORT.BAD_CATEGORY', { file: table.file, column: table.columns[at] ?? '', line: table.lines[row] ?? 0 });
  return sameCell(cell, level) ? 1 : 0;
}

function sameCell(cell: string, value: string | number | boolean): boolean {
  const text = cell.trim();
  if (typeof value === 'number') return text !== '' && Number(text) === value;
  return text.toLowerCase() === String(value).toLowerCase();
}

function readOutcome(table: TextTable, row: number, column: number, protocol: Protocol): 0 | 1 | undefined {
  const cell = table.rows[row]?.[column] ?? '';
  if (isMissing(cell)) return undefined;
  if (protocol.endpoint.positive.some((value) => sameCell(cell, value))) return 1;
  if (protocol.endpoint.negative.some((value) => sameCell(cell, value))) return 0;
  throw analysisErrors.error('COHORT.BAD_ENDPOINT', {
    file: table.file,
    column: protocol.endpoint.column,
    line: table.lines[row] as number,
  });
}
