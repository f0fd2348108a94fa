import { Frozen } from '@cohortium/kernel';
import type { EntryCounts } from '../score-sums/counts-query.js';
import { withinSiteAuc } from '../score-sums/within-site-query.js';
import type { WithinSiteAuc } from '../score-sums/within-site-query.js';
import type { Evaluation } from '../score-sums/evaluation.js';
import { aucFromHistogram } from '../score-sums/histogram-query.js';
import type { HistogramAuc } from '../score-sums/histogram-query.js';
import { delongCovariance } from './delong-tests.js';
import { placementsOfCells } from './delong-tables.js';
import type { ScoreCells } from './score-cells.js';
import { gridScores } from './score-grid.js';
import type { GridSpec } from './score-grid.js';

/** How well one score ranks, from sums over sites. */
export interface Discrimination {
  readonly counts: EntryCounts;
  readonly cells: ScoreCells;
  /** AUC, variance and certificate; the half-width is 0 where cells are scores rather than ranges. */
  readonly auc: HistogramAuc;
  /** AUC over pairs of one site; undefined where it was not asked for. */
  readonly withinSite?: WithinSiteAuc;
}

/**
 * Global and within-site AUC of every entry of an evaluation.
 * @throws `VALIDATION.OUTSIDE_GRID`, `VALIDATION.BAD_SCORES`
 */
export async function evaluateDiscrimination<S>(evaluation: Evaluation<S>, grid: GridSpec, withinSite: boolean): Promise<Discrimination[]> {
  const { counts, cells } = await gridScores(evaluation, grid);
  const { federation, scope, queries, source, entryCount } = evaluation;
  const pairs = withinSite ? (await federation.sum(queries.withinSitePairs, { source, entryCount }, scope)).value : [];
  return cells.map((own, k) => ({
    counts: counts[k] as EntryCounts,
    cells: own,
    auc: certified(own),
    ...(pairs[k] && { withinSite: withinSiteAuc(pairs[k]) }),
  }));
}

function certified(cells: ScoreCells): HistogramAuc {
  const auc = aucFromHistogram(cells);
  return cells.values ? { ...auc, certificateHalfWidth: 0 } : auc;
}

/** AUCs of all entries, and the DeLong covariance matrix of each group of entries. */
export interface JointDiscrimination {
  readonly entries: readonly Discrimination[];
  /** Row-major, one matrix per group; NaN with fewer than two of a class. */
  readonly covariances: readonly Float64Array[];
}

/**
 * The federated DeLong comparison in two steps: class counts on the grid, then sums of placements and of their cross products. All entries
 * of a group must be made of the same rows.
 */
export async function compareDiscrimination<S>(
  evaluation: Evaluation<S>,
  grid: GridSpec,
  groups: readonly (readonly number[])[],
): Promise<JointDiscrimination> {
  const entries = await evaluateDiscrimination(evaluation, grid, false);
  const placed = entries.map(({ cells }) => placementsOfCells(cells));
  const placements = new Frozen({
    edges: entries.map(({ cells }) => cells.edges),
    ofPositives: placed.map(({ ofPositives }) => ofPositives),
    ofNegatives: placed.map(({ ofNegatives }) => ofNegatives),
  });
  const { federation, scope, queries, source } = evaluation;
  const { value } = await federation.sum(queries.placements, { source, placements, groups }, scope);
  return { entries, covariances: value.map(delongCovariance) };
}
