import { fitUnitMoments, totalMoments } from '../units/moments.js';
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
