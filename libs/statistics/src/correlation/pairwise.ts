import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { countUnits } from '../units/moments.js';
import type { UnitQueries } from '../units/queries.js';
import type { ColumnRecipe } from '../units/units.js';
import { fitCorrelations } from './correlation.js';
import type { CorrelationKind, CorrelationMatrix } from './correlation.js';

/** Correlations of named columns. */
export interface ColumnCorrelations {
  readonly federation: Federation;
  readonly queries: UnitQueries<ColumnRecipe>;
  readonly scope: RosterScope;
  readonly columns: readonly string[];
  /** `complete`: rows that have every column. `pairwise`: for each pair, rows that have both. */
  readonly missing: 'complete' | 'pairwise';
}

/** A correlation matrix with the number of rows behind each element. */
export interface PairedMatrix extends CorrelationMatrix {
  /** Row-major, like `values`. */
  readonly pairs: Float64Array;
}

/**
 * Correlations of columns of a table (R: `cor(use = "complete.obs" | "pairwise.complete.obs")`). Pairs with a column that has
 * missing values are arms of their own beside the matrix of the others, so that all cost the rounds of one.
 */
export async function columnCorrelations(spec: ColumnCorrelations, kind: CorrelationKind): Promise<PairedMatrix> {
  const { columns, missing } = spec;
  const p = columns.length;
  const gaps = missing === 'complete' ? [] : await columnsWithGaps(spec);
  if (gaps.length === 0) {
    const [whole] = await correlate(spec, [[...columns.keys()]], kind);
    const { n, values } = whole as CorrelationMatrix;
    return { columnCount: p, n, values, pairs: new Float64Array(p * p).fill(n) };
  }
  const full = [...columns.keys()].filter((j) => !gaps.includes(j));
  const sets = [...(full.length > 0 ? [full] : []), ...pairsWith(gaps, p)];
  const matrices = await correlate(spec, sets, kind);
  const values = new Float64Array(p * p).fill(NaN);
  const pairs = new Float64Array(p * p);
  sets.forEach((set, a) => {
    const { n, values: own } = matrices[a] as CorrelationMatrix;
    set.forEach((j, x) =>
      set.forEach((k, y) => {
        const isOwn = j !== k || set.length === 1 || set === full;
        if (!isOwn) return;
        values[j * p + k] = own[x * set.length + y] as number;
        pairs[j * p + k] = n;
      }),
    );
  });
  return { columnCount: p, n: Math.min(...pairs), values, pairs };
}

async function correlate(
  spec: ColumnCorrelations,
  sets: readonly (readonly number[])[],
  kind: CorrelationKind,
): Promise<CorrelationMatrix[]> {
  const arms = sets.map((set) => {
    const columns = set.map((j) => spec.columns[j] as string);
    return { heldOut: null, recipe: new Frozen<ColumnRecipe>({ columns, needs: columns, group: { by: 'none' } }) };
  });
  return fitCorrelations({ ...spec, arms }, kind);
}

/** Columns that some row does not have. */
async function columnsWithGaps(spec: ColumnCorrelations): Promise<number[]> {
  const recipe = new Frozen<ColumnRecipe>({ columns: [...spec.columns], needs: [], group: { by: 'none' } });
  const [counts] = await countUnits({ ...spec, arms: [{ heldOut: null, recipe }] });
  return [...spec.columns.keys()].filter((j) => (counts?.n[j] as number) < (counts?.units[0] as number));
}

/** Every pair with one of the given columns, and each of these by itself. */
function pairsWith(gaps: readonly number[], p: number): number[][] {
  const sets = gaps.map((j) => [j]);
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) if (gaps.includes(j) || gaps.includes(k)) sets.push([k, j]);
  return sets;
}
