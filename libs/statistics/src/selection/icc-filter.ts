import { fitIcc } from '../icc/fit.js';
import type { ArmIcc, IccProgram } from '../icc/fit.js';
import type { IccType } from '../icc/icc.js';
import { reaches } from './ties.js';
import type { ArmSelection } from './variance.js';

/** A filter by reliability. */
export interface IccFilter {
  readonly type: IccType;
  /** `point`: the estimate must reach the limit. `lower`: the lower confidence bound must. */
  readonly bound: 'point' | 'lower';
  readonly min: number;
}

/** Columns whose reliability reaches a limit, by arm, with the reliability of all. Constant columns have none. */
export async function selectByIcc(
  program: IccProgram,
  { type, bound, min }: IccFilter,
): Promise<(ArmSelection & { readonly arm: ArmIcc })[]> {
  const arms = await fitIcc(program);
  return arms.map((arm) => {
    const scores = Float64Array.from(arm.columns, ({ icc }) => {
      const form = icc?.find((candidate) => candidate.type === type);
      // Perfect agreement has no limits; its lower bound is the estimate.
      const value = bound === 'point' ? form?.icc : (form?.lower ?? form?.icc);
      return value ?? NaN;
    });
    return { arm, scores, kept: Array.from(scores.keys()).filter((j) => reaches(scores[j] as number, min)) };
  });
}
