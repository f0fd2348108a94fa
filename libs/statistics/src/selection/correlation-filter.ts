import { fitCorrelations } from '../correlation/correlation.js';
import type { CorrelationKind, CorrelationMatrix } from '../correlation/correlation.js';
import { fitUnitMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';
import { pruneCorrelated } from './correlated.js';
import type { CorrelationRule } from './correlated.js';
import { outcomeCorrelations } from './relevance.js';
import { bestOf, orderByScore } from './ties.js';
import type { ArmSelection } from './variance.js';

/** A correlation filter. */
export interface CorrelationFilter {
  readonly kind: CorrelationKind;
  /** Absolute correlations above it count as redundant. */
  readonly cutoff: number;
  readonly rule: CorrelationRule;
  /** `order`: earlier columns come first. `outcome`: those that correlate more with the outcome (needs arms of two groups). */
  readonly priority: 'order' | 'outcome';
}

/** What a correlation filter keeps in one arm; constant columns are left out beforehand. */
export interface CorrelationSelection extends ArmSelection {
  /** Units that have every column. */
  readonly n: number;
  /** Positions of columns that are constant, so that they correlate with nothing. */
  readonly constant: readonly number[];
  readonly clusters: readonly (readonly number[])[];
  /** For each column that is left out: the kept column that it correlates with most, and that correlation. */
  readonly removed: readonly { readonly column: number; readonly keptColumn: number; readonly r: number }[];
}

/**
 * Leaves out redundant columns, by arm. Recipes must leave out units that lack a column. The scores are absolute correlations with the
 * outcome where these give the priority, else NaN.
 */
export async function selectByCorrelation<R>(program: UnitProgram<R>, filter: CorrelationFilter): Promise<CorrelationSelection[]> {
  const moments = filter.priority === 'outcome' ? await fitUnitMoments(program) : [];
  const matrices = await fitCorrelations(program, filter.kind);
  return matrices.map((matrix, a) => {
    const p = matrix.columnCount;
    const arm = moments[a];
    const scores = arm ? outcomeCorrelations(arm).map(Math.abs) : new Float64Array(p).fill(NaN);
    const varying = Array.from({ length: p }, (_, j) => j).filter((j) => matrix.values[j * p + j] === 1);
    const order = arm ? orderByScore(varying.map((j) => scores[j] as number)) : [...varying.keys()];
    const { kept, clusters } = pruneCorrelated(part(matrix, varying), varying.length, filter.cutoff, filter.rule, order);
    const back = (list: readonly number[]) => list.map((k) => varying[k] as number);
    const constant = Array.from({ length: p }, (_, j) => j).filter((j) => !varying.includes(j));
    const removed = varying.flatMap((column, k) => {
      if (kept.includes(k)) return [];
      const r = (j: number) => matrix.values[column * p + j] as number;
      const keptColumn = bestOf(back(kept), (j) => Math.abs(r(j))) as number;
      return [{ column, keptColumn, r: r(keptColumn) }];
    });
    return { n: matrix.n, kept: back(kept), clusters: clusters.map(back), scores, constant, removed };
  });
}

function part({ values, columnCount: p }: CorrelationMatrix, columns: readonly number[]): Float64Array {
  const out = new Float64Array(columns.length * columns.length);
  columns.forEach((j, x) => columns.forEach((k, y) => (out[x * columns.length + y] = values[j * p + k] as number)));
  return out;
}
