import type { Federation, RosterScope } from '@cohortium/federation';
import { fitPaths } from '../elastic-net/paths/fit.js';
import type { FittedPath, LambdaRule } from '../elastic-net/paths/fit.js';
import { plainSpec } from '../model-matrix/model-matrix.js';
import { orderByScore, reaches } from './ties.js';

/** What a stability selection needs. */
export interface StabilityProgram {
  readonly federation: Federation;
  readonly scope: RosterScope;
  /** Candidate columns. */
  readonly columns: readonly string[];
  /** Column of the outcome, and its values that mean no and yes. */
  readonly outcome: { readonly column: string; readonly classes: readonly [number, number] };
  /** Mixing of the penalty: 1 for the lasso. */
  readonly alpha: number;
  /** Penalties, falling from the largest that selects nothing: how many, and the smallest as a share of the largest. */
  readonly lambda: { readonly count: number; readonly minRatio: number };
  /** Pairs of complementary halves. */
  readonly pairs: number;
  /** Participants fall into halves by SHA-256 of seed, pair and participant, within each site. */
  readonly seed: string;
  /** Share of the subsamples that must select a column. */
  readonly threshold: number;
  readonly tolerance: number;
  readonly maxRounds: number;
}

/** What is stable. */
export interface StabilitySelection {
  /** Stable columns, most frequent first; equal frequencies keep the order of columns. */
  readonly kept: readonly number[];
  /** Largest share of the subsamples that select a column at one penalty, by column. */
  readonly frequency: Float64Array;
  /** Shares by penalty, then column. */
  readonly path: readonly { readonly lambda: number; readonly subsamples: number; readonly frequency: Float64Array }[];
  /** Mean number of columns that a subsample selects at any of the penalties. */
  readonly meanSelected: number;
  /** Bound on the expected number of falsely selected columns, q^2 / ((2 threshold - 1) p); null for thresholds up to 1/2. */
  readonly falseBound: number | null;
}

/** A standardized coefficient of this size counts as selected: far above what the solver leaves, far below what matters. */
const selectedSize = 1e-6;
/** Linear predictors beyond it end a path: a half in which the outcome is separated. */
const predictorLimit = 30;

/**
 * Stability selection of columns for a binary outcome: the logistic elastic net is fitted on complementary halves of the participants, again
 * and again, and a column is stable if many halves select it at the same penalty. Penalties are those of all rows. Halves in which a fit
 * ends early (separation) do not count at the penalties they did not reach. Meinshausen & Bühlmann 2010, doi
 * 10.1111/j.1467-9868.2010.00740.x; complementary pairs: Shah & Samworth 2013, doi 10.1111/j.1467-9868.2011.01034.x.
 * @throws `STATISTICS.ONE_CLASS`, `STATISTICS.CANNOT_FIT`, `STATISTICS.NOT_CONVERGED`
 */
export async function selectByStability(program: StabilityProgram): Promise<StabilitySelection> {
  const p = program.columns.length;
  const union = new SelectionCounts(p);
  let lambdas: readonly number[] = [];
  let counts: SelectionCounts[] = [];
  for (let pair = 1; pair <= program.pairs; pair++) {
    const rule: LambdaRule = pair === 1 ? { kind: 'path', ...program.lambda } : { kind: 'list', values: lambdas };
    const [whole, ...halves] = await fitHalves(program, `${program.seed} ${pair}`, rule);
    if (pair === 1) {
      lambdas = (whole as FittedPath).lambda;
      counts = lambdas.map(() => new SelectionCounts(p));
    }
    for (const half of halves) countHalf(half, counts, union);
  }
  const path = counts.map((count, k) => ({ lambda: lambdas[k] as number, subsamples: count.subsamples, frequency: count.shares() }));
  const frequency = Float64Array.from({ length: p }, (_, j) => Math.max(...path.map((point) => point.frequency[j] as number)));
  const meanSelected = union.shares().reduce((sum, share) => sum + share, 0);
  const { threshold } = program;
  return {
    kept: orderByScore(frequency).filter((j) => reaches(frequency[j] as number, threshold)),
    frequency,
    path,
    meanSelected,
    falseBound: threshold > 0.5 ? (meanSelected * meanSelected) / ((2 * threshold - 1) * p) : null,
  };
}

/** All rows, then the two halves of one pair: each is what the other leaves out. */
async function fitHalves(program: StabilityProgram, seed: string, lambda: LambdaRule): Promise<readonly FittedPath[]> {
  const { federation, scope, columns, outcome, alpha, tolerance, maxRounds } = program;
  const terms = columns.map((name) => ({ name, factors: [{ column: name }] }));
  const { paths } = await fitPaths({
    federation,
    scope,
    data: {
      family: 'binomial',
      matrix: plainSpec(terms, [outcome.column]),
      outcome: { column: outcome.column, classes: [...outcome.classes], center: 0, scale: 1 },
      weight: null,
      offsets: [],
      folds: { kind: 'participant', count: 2, seed },
    },
    grouped: false,
    alpha,
    standardize: true,
    intercept: true,
    penaltyFactors: new Float64Array(columns.length).fill(1),
    gaussianSquares: 'glmnet',
    lambda,
    foldPaths: 'common',
    tolerance,
    maxRounds,
    limit: predictorLimit,
  });
  return paths;
}

function countHalf({ solutions }: FittedPath, counts: readonly SelectionCounts[], union: SelectionCounts): void {
  const ever = new Set<number>();
  solutions.forEach(({ state, coefficients }, k) => {
    if (state !== 'converged') return;
    const selected: number[] = [];
    for (let j = 1; j < coefficients.length; j++) if (Math.abs(coefficients[j] as number) > selectedSize) selected.push(j - 1);
    (counts[k] as SelectionCounts).add(selected);
    for (const j of selected) ever.add(j);
  });
  union.add([...ever]);
}

class SelectionCounts {
  private readonly selected: Float64Array;
  subsamples = 0;

  constructor(columnCount: number) {
    this.selected = new Float64Array(columnCount);
  }

  add(columns: readonly number[]): void {
    this.subsamples++;
    for (const j of columns) this.selected[j] = (this.selected[j] as number) + 1;
  }

  /** 0 where no subsample was fitted. */
  shares(): Float64Array {
    return this.selected.map((count) => (this.subsamples > 0 ? count / this.subsamples : 0));
  }
}
