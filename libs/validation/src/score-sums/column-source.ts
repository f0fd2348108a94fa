import { columnOf } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { logistic } from '@cohortium/numerics';
import { z } from 'zod';
import { validationErrors } from '../errors.js';
import type { ScoreSource, ScoredRows } from './score-source.js';

/** Rows that belong to a subgroup: some levels of a category, or a range of numbers (from included, to not). */
const subgroupSchema = z.union([
  z.strictObject({ column: z.string(), codes: z.array(z.number()) }),
  z.strictObject({ column: z.string(), from: z.number().nullable(), to: z.number().nullable() }),
]);
/** See {@link columnSource}. */
export type SubgroupRows = z.output<typeof subgroupSchema>;

const entrySchema = z.strictObject({
  score: z.string(),
  outcome: z.string(),
  /** Value of the outcome column that is an event, everything else is none; null: the column holds 0 and 1. */
  event: z.number().nullable(),
  /** What a row whose outcome is missing counts as. */
  missingOutcome: z.enum(['exclude', 'event', 'noEvent']),
  /** The score as it is, turned around (low means likely), or a linear predictor that becomes a probability. */
  transform: z.enum(['none', 'negative', 'logistic']),
  /** Further columns that must be observed. */
  needs: z.array(z.string()).max(256),
  within: z.array(subgroupSchema).max(8),
});
/** One score column with its outcome column. */
export type ColumnEntry = z.output<typeof entrySchema>;

const sourceSchema = z.strictObject({ entries: z.array(entrySchema).max(4096) });
/** Parameters of {@link columnSource}. */
export type ColumnScores = z.output<typeof sourceSchema>;

/** Scores and outcomes that stand in columns of the table, each over the rows that have both. */
export const columnSource: ScoreSource<ColumnScores> = {
  prefix: 'validation.column',
  schema: sourceSchema,
  entryCount: ({ entries }) => entries.length,
  scored: (rows, { entries }) => entries.map((entry) => scoredColumn(rows, entry)),
};

function scoredColumn(rows: CohortRows, entry: ColumnEntry): ScoredRows {
  const raw = need(rows, entry.score);
  const outcome = outcomeOf(rows, entry);
  const score = new Float64Array(rows.rowCount);
  for (let i = 0; i < score.length; i++) {
    const x = raw[i] as number;
    score[i] = entry.transform === 'negative' ? -x : entry.transform === 'logistic' ? logistic(x) : x;
  }
  for (const column of entry.needs) exclude(score, need(rows, column), (value) => value !== value);
  for (const group of entry.within) exclude(score, need(rows, group.column), (value) => !isIn(group, value));
  return { outcome, score };
}

function outcomeOf(rows: CohortRows, { outcome: name, event, missingOutcome }: ColumnEntry): Float64Array {
  const fill = missingOutcome === 'exclude' ? NaN : missingOutcome === 'event' ? 1 : 0;
  return need(rows, name).map((value) => {
    if (value !== value) return fill;
    if (event !== null) return value === event ? 1 : 0;
    if (value !== 0 && value !== 1) throw validationErrors.error('VALIDATION.NOT_BINARY', { column: name });
    return value;
  });
}

function exclude(score: Float64Array, column: Float64Array, isOut: (value: number) => boolean): void {
  for (let i = 0; i < score.length; i++) if (isOut(column[i] as number)) score[i] = NaN;
}

function isIn(group: SubgroupRows, value: number): boolean {
  if (value !== value) return false;
  if ('codes' in group) return group.codes.includes(value);
  return (group.from === null || value >= group.from) && (group.to === null || value < group.to);
}

function need(rows: CohortRows, name: string): Float64Array {
  const column = columnOf(rows, name);
  if (!column) throw validationErrors.error('VALIDATION.NO_COLUMN', { column: name });
  return column;
}
