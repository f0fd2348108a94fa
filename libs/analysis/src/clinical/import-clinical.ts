import { z } from 'zod';
import { columnIndex, formatCsv, isMissing, parseTable } from '../cohort/table.js';
import type { TextTable } from '../cohort/table.js';
import { analysisErrors } from '../errors.js';
import { clinicalFieldNames, clinicalFields, readCell } from './clinical-fields.js';
import type { CellProblem, ClinicalFieldName } from './clinical-fields.js';
import { her2Classes, her2Status, ihcScores, ishResults } from './her2.js';
import type { Her2Class, IhcScore, IshResult } from './her2.js';

const column = z.union([
  z.string().min(1),
  z.strictObject({
    column: z.string().min(1),
    values: z.record(z.string(), z.string()).default({}).describe('Written forms of this hospital, each with the value that it means'),
  }),
]);

/** How a hospital's table is read: which of its columns holds what. */
export const clinicalMappingSchema = z
  .strictObject({
    schemaVersion: z.literal(1).default(1),
    patient: z.string().min(1).describe("Column with the hospital's identifier; it does not leave the site"),
    columns: z.partialRecord(z.enum(clinicalFieldNames as [ClinicalFieldName, ...ClinicalFieldName[]]), column),
  })
  .describe('Mapping of a clinical table');

/** See {@link clinicalMappingSchema}. */
export type ClinicalMapping = z.output<typeof clinicalMappingSchema>;

/** A row that was not taken. */
export interface RejectedRow {
  /** Line of the file. */
  readonly line: number;
  readonly reason: 'noIdentifier' | 'duplicate' | CellProblem;
  /** Column of the hospital's table; null where the reason is about the row. */
  readonly column: string | null;
}

/** A clinical table as it was taken. */
export interface ImportedClinical {
  /** clinical.csv: `patient_id`, `site`, the mapped fields, and what IHC and ISH say of HER-2. */
  readonly csv: string;
  readonly accepted: number;
  readonly rejected: readonly RejectedRow[];
  /** Participants by HER-2 class; all zero where neither IHC nor ISH is mapped. */
  readonly her2: Readonly<Record<Her2Class, number>>;
  /** Participants by IHC and ISH, as a cross table: rows 0, 1+, 2+, 3+, not done; columns negative, positive, not done. */
  readonly crossTable: readonly (readonly number[])[];
  /** Participants whose IHC and ISH contradict each other. */
  readonly discordant: number;
}

/** A mapping from a parsed file. @throws `COHORT.BAD_MAPPING` */
export function parseClinicalMapping(value: unknown): ClinicalMapping {
  const parsed = clinicalMappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw analysisErrors.error('COHORT.BAD_MAPPING', { path: ['$', ...(issue?.path ?? [])].join('.'), reason: issue?.code ?? 'unknown' });
}

interface Source {
  readonly field: ClinicalFieldName;
  readonly column: string;
  readonly at: number;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Takes a hospital's clinical table: columns by a mapping, cells within their ranges, HER-2 from IHC and ISH. A row with a cell that cannot be
 * read is left out and listed with its reason, never guessed; empty cells stay empty.
 * @param pseudonymOf study pseudonym of a hospital identifier
 * @param file the name that errors show
 * @throws `COHORT.MALFORMED_CSV`, `COHORT.DUPLICATE_COLUMN`, `COHORT.EMPTY`, `COHORT.NO_COLUMN`
 */
export function importClinical(
  csv: string,
  mapping: ClinicalMapping,
  { site, file, pseudonymOf }: { readonly site: string; readonly file: string; readonly pseudonymOf: (identifier: string) => string },
): ImportedClinical {
  const table = parseTable(csv, file);
  const sources = sourcesOf(table, mapping);
  const identifier = columnIndex(table, mapping.patient);
  const seen = new Set<string>();
  const taken: string[][] = [];
  const rejected: RejectedRow[] = [];
  const counts = new Her2Counts();
  table.rows.forEach((row, i) => {
    const line = table.lines[i] as number;
    const name = (row[identifier] ?? '').trim();
    const problem = isMissing(name) ? 'noIdentifier' : seen.has(name) ? 'duplicate' : undefined;
    if (problem !== undefined) return void rejected.push({ line, reason: problem, column: null });
    const read = readRow(row, sources);
    if ('reason' in read) return void rejected.push({ line, ...read });
    seen.add(name);
    taken.push([pseudonymOf(name), site, ...read.cells, ...counts.add(read.values)]);
  });
  const header = ['patient_id', 'site', ...sources.map(({ field }) => field), ...(counts.isMapped(sources) ? ['her2_class', 'her2'] : [])];
  const width = header.length;
  const csvOut = formatCsv(
    header,
    taken.map((row) => row.slice(0, width)),
  );
  return { csv: csvOut, accepted: taken.length, rejected, ...counts.told(sources) };
}

function sourcesOf(table: TextTable, { columns }: ClinicalMapping): readonly Source[] {
  return clinicalFieldNames.flatMap((field) => {
    const named = columns[field];
    if (named === undefined) return [];
    const { column: name, values } = typeof named === 'string' ? { column: named, values: {} } : named;
    return [{ field, column: name, at: columnIndex(table, name), values }];
  });
}

type RowValues = Partial<Record<ClinicalFieldName, string>>;

function readRow(
  row: readonly string[],
  sources: readonly Source[],
): { readonly cells: readonly string[]; readonly values: RowValues } | { readonly reason: CellProblem; readonly column: string } {
  const values: RowValues = {};
  for (const { field, column: name, at, values: known } of sources) {
    const cell = row[at] ?? '';
    if (isMissing(cell) && known[cell.trim()] === undefined) continue;
    const read = readCell(clinicalFields[field], cell, known);
    if ('problem' in read) return { reason: read.problem, column: name };
    values[field] = read.value;
  }
  return { cells: sources.map(({ field }) => values[field] ?? ''), values };
}

/** Counts participants by IHC and ISH while rows are taken. */
class Her2Counts {
  private readonly classes: Record<Her2Class, number> = { zero: 0, low: 0, positive: 0, indeterminate: 0 };
  private readonly cells = Array.from({ length: ihcScores.length + 1 }, () => new Array<number>(ishResults.length + 1).fill(0));
  private discordant = 0;

  /** Counts one row. @returns cells `her2_class` and `her2`, the latter empty where the class is indeterminate */
  add({ her2_ihc: ihc, her2_ish: ish }: RowValues): readonly string[] {
    const { status, discordant } = her2Status(ihc as IhcScore | undefined, ish as IshResult | undefined);
    this.classes[status]++;
    this.discordant += Number(discordant);
    const [r, c] = [ihcScores.indexOf(ihc as IhcScore), ishResults.indexOf(ish as IshResult)];
    const line = this.cells[r < 0 ? ihcScores.length : r] as number[];
    line[c < 0 ? ishResults.length : c] = (line[c < 0 ? ishResults.length : c] as number) + 1;
    return [status, status === 'indeterminate' ? '' : status === 'positive' ? '1' : '0'];
  }

  isMapped(sources: readonly Source[]): boolean {
    return sources.some(({ field }) => field === 'her2_ihc' || field === 'her2_ish');
  }

  told(sources: readonly Source[]): Pick<ImportedClinical, 'her2' | 'crossTable' | 'discordant'> {
    const none = Object.fromEntries(her2Classes.map((name) => [name, 0])) as Record<Her2Class, number>;
    return { her2: this.isMapped(sources) ? this.classes : none, crossTable: this.cells, discordant: this.discordant };
  }
}
