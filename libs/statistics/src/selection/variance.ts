import { fitUnitMoments } from '../units/moments.js';
import type { ArmMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';
import { exceeds } from './ties.js';

/** What a variance filter looks at. `sample` divides by n - 1, `population` by n; `cv` is SD over |mean|. */
export const spreadMeasures = ['sample', 'population', 'sd', 'cv'] as const;
/** See {@link spreadMeasures}. */
export type SpreadMeasure = (typeof spreadMeasures)[number];

/** Columns that an arm keeps. */
export interface ArmSelection {
  /** Positions of the kept columns, ascending unless the method ranks them. */
  readonly kept: readonly number[];
  /** Score of every column; NaN where it has none. */
  readonly scores: Float64Array;
}

/** Moments of all groups of an arm together. */
export function totalMoments({ groupCount, columnCount, n, mean, squares }: ArmMoments): {
  n: Float64Array;
  mean: Float64Array;
  squares: Float64Array;
} {
  const total = { n: new Float64Array(columnCount), mean: new Float64Array(columnCount), squares: new Float64Array(columnCount) };
  for (let j = 0; j < columnCount; j++) {
    const cells = Array.from({ length: groupCount }, (_, g) => g * columnCount + j);
    const count = cells.reduce((sum, k) => sum + (n[k] as number), 0);
    const center = count > 0 ? cells.reduce((sum, k) => sum + (n[k] as number) * (mean[k] as number), 0) / count : 0;
    total.n[j] = count;
    total.mean[j] = center;
    total.squares[j] = cells.reduce((sum, k) => {
      const d = (mean[k] as number) - center;
      return sum + (squares[k] as number) + (n[k] as number) * d * d;
    }, 0);
    // Means of constant groups that agree up to rounding are no spread.
    if ((total.squares[j] as number) <= (1e-12 * center) ** 2 * count) total.squares[j] = 0;
  }
  return total;
}

/** Keeps the columns whose spread exceeds a limit, by arm; constant columns never pass. Two rounds. */
export async function selectByVariance<R>(program: UnitProgram<R>, measure: SpreadMeasure, min: number): Promise<ArmSelection[]> {
  const moments = await fitUnitMoments(program);
  return moments.map((arm) => {
    const { n, mean, squares } = totalMoments(arm);
    const scores = squares.map((s, j) => spreadOf(measure, n[j] as number, mean[j] as number, s));
    const kept = Array.from(scores.keys()).filter((j) => (squares[j] as number) > 0 && exceeds(scores[j] as number, min));
    return { kept, scores };
  });
}

function spreadOf(measure: SpreadMeasure, n: number, mean: number, squares: number): number {
  if (n < 2) return NaN;
  if (measure === 'population') return squares / n;
  const variance = squares / (n - 1);
  if (measure === 'sample') return variance;
  return measure === 'sd' ? Math.sqrt(variance) : Math.sqrt(variance) / Math.abs(mean);
}
