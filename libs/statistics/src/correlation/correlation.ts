import { midranks } from '../ranks/order.js';
import { rankCells } from '../ranks/rank-cells.js';
import type { RankCells, RankRule } from '../ranks/rank-cells.js';
import { edgesOf } from '../ranks/refine.js';
import { fitUnitMoments, totalMoments } from '../units/moments.js';
import type { Transform } from '../units/products-query.js';
import type { UnitProgram } from '../units/queries.js';

/** Which correlation: of the values (Pearson), or of their ranks with ties sharing the mean (Spearman). */
export type CorrelationKind = { readonly kind: 'pearson' } | { readonly kind: 'spearman'; readonly ranks: RankRule };

/** Correlations of the columns of one arm. */
export interface CorrelationMatrix {
  readonly columnCount: number;
  /** Units that have every column. */
  readonly n: number;
  /** Row-major; NaN for a constant column. */
  readonly values: Float64Array;
}

/**
 * Correlation matrices by arm, over units that have every column: the recipe of an arm must leave out the others, since means and
 * ranks are taken before. Pearson: three rounds; Spearman: those that ranks need, and one.
 */
export async function fitCorrelations<R>(program: UnitProgram<R>, kind: CorrelationKind): Promise<CorrelationMatrix[]> {
  const { federation, queries, scope, arms } = program;
  const transforms = kind.kind === 'pearson' ? await standardized(program) : await ranked(program, kind.ranks);
  const { value } = await federation.sum(queries.products, { arms, transforms: transforms.map(({ transform }) => transform) }, scope);
  return value.map(({ units: n, first, second }, a) => {
    const p = first.length;
    const constant = transforms[a]?.constant as readonly boolean[];
    const moment = (j: number, k: number) => (second[j * p + k] as number) - ((first[j] as number) * (first[k] as number)) / n;
    const values = new Float64Array(p * p).fill(NaN);
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) {
        if (constant[j] || constant[k] || !(n > 1)) continue;
        values[j * p + k] = j === k ? 1 : clamp(moment(j, k) / Math.sqrt(moment(j, j) * moment(k, k)));
      }
    return { columnCount: p, n, values };
  });
}

function clamp(r: number): number {
  return Math.max(-1, Math.min(1, r));
}

interface ColumnTransform {
  readonly transform: Transform;
  readonly constant: readonly boolean[];
}

async function standardized<R>(program: UnitProgram<R>): Promise<ColumnTransform[]> {
  const moments = await fitUnitMoments(program);
  return moments.map(totalMoments).map(({ mean, sd }) => ({
    transform: { kind: 'scale', center: mean, scale: sd.map((s) => (s > 0 ? s : 1)) },
    constant: Array.from(sd, (s) => !(s > 0)),
  }));
}

async function ranked<R>(program: UnitProgram<R>, rule: RankRule): Promise<ColumnTransform[]> {
  const cells = await rankCells(program, rule);
  return cells.map((columns) => {
    const scores = columns.map(rankScores);
    const all = new Float64Array(scores.reduce((n, s) => n + s.length, 0));
    let at = 0;
    for (const list of scores) {
      all.set(list, at);
      at += list.length;
    }
    return {
      transform: { kind: 'score', cells: edgesOf(columns.map(({ edges }) => edges)), scores: all },
      constant: columns.map(({ counts }) => counts.filter((count) => count > 0).length < 2),
    };
  });
}

/** Ranks of the cells, standardized: values near 1 whatever the number of participants. One more cell than edges. */
function rankScores({ edges, counts }: RankCells): Float64Array {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const ranks = midranks(counts);
  const center = (n + 1) / 2;
  const spread = counts.reduce((sum, count, k) => sum + count * ((ranks[k] as number) - center) ** 2, 0);
  const sd = spread > 0 ? Math.sqrt(spread / n) : 1;
  return Float64Array.from({ length: edges.length + 1 }, (_, k) => (k < ranks.length ? ((ranks[k] as number) - center) / sd : 0));
}
