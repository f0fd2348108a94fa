import type { RosterScope } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { columnSource, queryList, scoreQueries, validationErrors } from '@cohortium/validation';
import type { ColumnEntry, ColumnScores, Evaluation, GridSpec, ScoreQueries, SubgroupRows } from '@cohortium/validation';
import { z } from 'zod';
import type { MethodContext, MethodLeaf, TableShape } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn, needNumber } from '../params.js';

/** The queries of scores that stand in columns: the same objects for every method. */
export const columnQueries: ScoreQueries<ColumnScores> = scoreQueries(columnSource);

/** What leaves a site under each query of scores. */
const shapes: Readonly<Record<keyof ScoreQueries<ColumnScores>, string>> = {
  counts: '4 per entry: participants, events, rows without score, rows without outcome',
  scale: '3 per entry: participants, sum and sum of squares of the score; twice, the second time centered',
  cells: '2 (c + 1) per entry: events and others in the cells between c declared borders',
  branches: '2 * 2^b per open cell: events and others by the next b bits of the score; finds every distinct score over all sites',
  keySums: '2 per cell of one participant: the bits of the score',
  placements: '2 (1 + s + s (s + 1) / 2) per group of s scores: participants, sums and cross products of DeLong placements by class',
  withinSitePairs: '4 per entry: concordant pairs, pairs, weighted variance, pairs without variance, within the site',
  joint: '2 (a + 1) (b + 1) per table: events and others by the cells of two scores',
  differences: '16 per pair of scores: by class, participants, differences of probability and of log loss with their squares',
  probabilitySums: '16 per entry: counts and sums of probabilities, errors, log loss, Spiegelhalter terms, linear predictors',
  binSums: '3 per bin: participants, events, sum of probabilities',
  curveSums: '1 + k + k (k + 1) / 2 per curve of k coefficients: log-likelihood, gradient, information',
  distances: '2 + c per curve: participants, sum of |p - g(p)|, counts of it in c cells',
  siteDiscrimination: 'per entry: participants, events, AUC with interval and variance of the site; ROC curve on a grid where asked for',
  siteThresholds: 'per entry: participants, events, true and false positives of the site at each cut-off',
  siteCalibration:
    'per entry: participants, events, calibration, Brier score, log loss, observed / expected, distances to smooth curves of the site',
};

/** The leaves of a method that asks some of the queries. */
export function leavesOf(...names: (keyof ScoreQueries<ColumnScores>)[]): readonly MethodLeaf[] {
  const all = queryList(columnQueries);
  const keys = Object.keys(columnQueries) as (keyof ScoreQueries<ColumnScores>)[];
  return names.map((name) => ({ query: all[keys.indexOf(name)] as MethodLeaf['query'], shape: shapes[name] }));
}

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1).max(256)]);

/** Parameters that every method of scores has. */
export const scoredShape = {
  outcome: oneOrMore.describe('Outcome column, or several: each is evaluated by itself'),
  event: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'Value (or level of a category) of the outcome that counts as event. Default: 1 of a column of 0 and 1; the second of two levels of a category',
    ),
  scores: oneOrMore.describe('Score columns'),
  direction: z.enum(['higher', 'lower']).default('higher').describe('Which scores mean that the event is more likely'),
  missing: z
    .enum(['perScore', 'jointly'])
    .default('perScore')
    .describe(
      'Rows without a score: left out of that score only, or (jointly) of all; rows without outcome are always left out unless missingOutcome says otherwise',
    ),
  missingOutcome: z
    .enum(['exclude', 'event', 'noEvent'])
    .default('exclude')
    .describe('What a row without outcome counts as; run with event and with noEvent for the sensitivity analysis of missing outcomes'),
} as const;

/** Parameters of methods whose scores are probabilities. */
export const probabilityShape = {
  outcome: scoredShape.outcome,
  event: scoredShape.event,
  scores: oneOrMore.describe('Columns of predicted probabilities'),
  scale: z
    .enum(['probability', 'logit'])
    .default('probability')
    .describe('logit: the columns hold linear predictors (log odds), which become probabilities'),
  missing: scoredShape.missing,
  missingOutcome: scoredShape.missingOutcome,
} as const;

/** Parameters that say how fine scores are seen. */
export const gridShape = {
  exact: z
    .boolean()
    .optional()
    .describe(
      'Figures of the scores as they are, equal to those of one table: a search over the bits finds every distinct score. Discloses to the coordinator the pooled list of (score, outcome) over all sites, without site or participant. Default: true where one site holds all rows, so that nothing leaves it, else false',
    ),
  grid: z
    .enum(['bins', 'rounded', 'values'])
    .default('bins')
    .describe('Without exact: bins (with a certificate), scores rounded to decimals, or scores that take the declared values only'),
  bins: z
    .int()
    .min(2)
    .max(100_000)
    .default(1000)
    .describe('Number of bins. With many more bins than participants the counts are nearly a list of (score, outcome)'),
  range: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe(
      'Bins of equal width between two scores; default: at the quantiles of a normal distribution with mean and SD of the scores. For rounded scores default [0, 1]',
    ),
  decimals: z.int().min(0).max(8).default(4).describe('Decimals of grid rounded'),
  values: z.array(z.number()).min(1).max(100_000).optional().describe('Scores that grid values allows'),
} as const;

/** Parsed {@link gridShape}. */
export interface GridParams {
  readonly exact?: boolean | undefined;
  readonly grid: 'bins' | 'rounded' | 'values';
  readonly bins: number;
  readonly range?: readonly [number, number] | undefined;
  readonly decimals: number;
  readonly values?: readonly number[] | undefined;
}

/** The grid that the parameters ask for. @throws `VALIDATION.BAD_REQUEST` */
export function gridOf({ exact, grid, bins, range, decimals, values }: GridParams): GridSpec {
  if (exact) return { kind: 'exact' };
  if (range && !(range[0] < range[1])) throw refuse('range does not ascend');
  if (grid === 'bins') return { kind: 'bins', bins, range: range ?? null };
  if (grid === 'rounded') {
    const [low, high] = range ?? [0, 1];
    if ((high - low) * 10 ** decimals > 1_000_000) throw refuse('more than a million rounded scores between the ends of range');
    return { kind: 'rounded', decimals, range: [low, high] };
  }
  if (!values) throw refuse('grid values needs the list values');
  return { kind: 'values', values };
}

/** Parameters with the choice of exact scores made: it is free where one site holds all rows. */
export function withExactChoice<P extends GridParams>(p: P, { sites }: RosterScope): P & { readonly exact: boolean } {
  return { ...p, exact: p.exact ?? (sites.length === 1 && p.grid === 'bins' && p.range === undefined) };
}

/** The error for parameters that cannot be computed. */
export function refuse(reason: string) {
  return validationErrors.error('VALIDATION.BAD_REQUEST', { reason });
}

/** Parsed {@link scoredShape} or {@link probabilityShape}. */
export interface ScoredParams {
  readonly outcome: string | readonly string[];
  readonly event?: string | number | undefined;
  readonly scores: string | readonly string[];
  readonly direction?: 'higher' | 'lower';
  readonly scale?: 'probability' | 'logit';
  readonly missing: 'perScore' | 'jointly';
  readonly missingOutcome: 'exclude' | 'event' | 'noEvent';
}

/** Names of the score columns, in order and each once. */
export function scoreNames({ scores }: Pick<ScoredParams, 'scores'>): string[] {
  return [...new Set(typeof scores === 'string' ? [scores] : scores)];
}

/** One entry per score for one outcome. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC`, `VALIDATION.BAD_REQUEST` */
export function scoreEntries(
  table: TableShape,
  params: ScoredParams,
  outcome: string,
  within: readonly SubgroupRows[] = [],
): ColumnEntry[] {
  const names = scoreNames(params);
  for (const name of names) needNumber(table, name);
  const event = eventCode(table, outcome, params.event);
  return names.map((score) => ({
    score,
    outcome,
    event,
    missingOutcome: params.missingOutcome,
    transform: params.scale === 'logit' ? 'logistic' : params.direction === 'lower' ? 'negative' : 'none',
    needs: params.missing === 'jointly' ? names.filter((name) => name !== score) : [],
    within: [...within],
  }));
}

/** The code of the event in a column; null for a column of 0 and 1. */
function eventCode(table: TableShape, outcome: string, event: string | number | undefined): number | null {
  const column = needColumn(table, outcome);
  if (column.kind === 'number') {
    if (event === undefined) return null;
    if (!Number.isFinite(Number(event))) throw refuse(`the outcome ${outcome} holds numbers and the event is none`);
    return Number(event);
  }
  if (event !== undefined) {
    const code = levelAt(column.levels, event);
    if (code < 0) throw refuse(`the outcome ${outcome} has no level ${String(event)}`);
    return code;
  }
  if (column.levels.length !== 2)
    throw refuse(`the outcome ${outcome} has ${column.levels.length} levels; the parameter event must name one`);
  return 1;
}

/** An evaluation of entries over the sites of a method. */
export function evaluationOf({ federation, scope }: MethodContext, entries: readonly ColumnEntry[]): Evaluation<ColumnScores> {
  return { federation, scope, queries: columnQueries, source: { entries: [...entries] }, entryCount: entries.length };
}

/** Runs an analysis for one outcome, or for each of several under `outcomes`. */
export async function eachOutcome(
  { outcome }: Pick<ScoredParams, 'outcome'>,
  run: (outcome: string) => Promise<Record<string, Json>>,
): Promise<Json> {
  if (typeof outcome === 'string') return { outcome, ...(await run(outcome)) };
  const outcomes: Record<string, Json> = {};
  for (const name of outcome) outcomes[name] = await run(name);
  return { outcomes };
}

/** All unordered pairs of names, or the given ones. @throws `VALIDATION.BAD_REQUEST` */
export function pairsOf(names: readonly string[], given?: readonly (readonly [string, string])[]): (readonly [number, number])[] {
  if (!given) return names.flatMap((_, a) => names.slice(a + 1).map((__, k) => [a, a + 1 + k] as const));
  return given.map(([a, b]) => {
    const at = [names.indexOf(a), names.indexOf(b)] as const;
    if (at[0] < 0 || at[1] < 0) throw refuse('a pair names a score that is not among the scores');
    if (at[0] === at[1]) throw refuse('a score is compared with itself');
    return at;
  });
}

/** Schema of pairs of scores. */
export const pairsSchema = z
  .array(z.tuple([z.string(), z.string()]))
  .min(1)
  .max(4096)
  .optional()
  .describe('Pairs of scores; default: all');
