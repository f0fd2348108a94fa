import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { signedRankTest } from '../baseline-tests/wilcoxon.js';
import type { SignedRankTest } from '../baseline-tests/wilcoxon.js';
import type { Ratings } from '../icc/raters.js';
import { cellCounts } from '../ranks/order.js';
import { rankCells } from '../ranks/rank-cells.js';
import type { RankRule } from '../ranks/rank-cells.js';
import { powerOfTwoNear } from '../units/moments.js';
import type { UnitQueries } from '../units/queries.js';
import { agreementOf } from './agreement.js';
import type { Agreement, PairMoments } from './agreement.js';
import type { DifferenceRecipe } from './differences.js';
import { pairSumsQuery } from './query.js';
import type { PairSums } from './query.js';

/** What {@link fitAgreement} needs. */
export interface AgreementProgram {
  readonly federation: Federation;
  readonly differences: UnitQueries<DifferenceRecipe>;
  readonly scope: RosterScope;
  /** Two raters. */
  readonly ratings: Ratings;
  readonly level: number;
  /** Where the ranks of the signed rank test come from. */
  readonly ranks: RankRule;
}

/** Agreement on one column, null where fewer than two participants have both. */
export interface ColumnAgreement {
  readonly column: string;
  readonly agreement: Agreement | null;
  readonly signedRank: SignedRankTest | null;
}

/** Deviations below this share of the values are rounding. */
const constantShare = 1e-24;

/** Agreement of two raters on all columns side by side: two rounds for moments, then those of the ranks. */
export async function fitAgreement(program: AgreementProgram): Promise<ColumnAgreement[]> {
  const { federation, scope, ratings, level } = program;
  const p = ratings.columns.length;
  const frozen = new Frozen(ratings);
  const blank = { ratings: frozen, centers: new Float64Array(2 * p), scales: new Float64Array(p).fill(1) };
  const { value: first } = await federation.sum(pairSumsQuery, blank, scope);
  const per = (sums: Float64Array, j: number) => ((first.n[j] as number) > 0 ? (sums[j] as number) / (first.n[j] as number) : 0);
  const centers = Float64Array.from({ length: 2 * p }, (_, k) => per(k % 2 === 0 ? first.x : first.y, k >> 1));
  const scales = Float64Array.from({ length: p }, (_, j) => powerOfTwoNear(per(first.absolute, j) / 2));
  const { value: second } = await federation.sum(pairSumsQuery, { ratings: frozen, centers, scales }, scope);
  const signed = await signedRanks(program, second.zeros);
  return ratings.columns.map((column, j) => ({
    column,
    agreement: agreementOf(momentsOf(second, j, centers, scales), level),
    signedRank: signed[j] as SignedRankTest | null,
  }));
}

function momentsOf(sums: PairSums, j: number, centers: Float64Array, scales: Float64Array): PairMoments {
  const n = sums.n[j] as number;
  const s = scales[j] as number;
  const [x, y, d] = [sums.x, sums.y, sums.d].map((part) => (n > 0 ? (part[j] as number) / n : 0)) as [number, number, number];
  const [cx, cy] = [centers[2 * j] as number, centers[2 * j + 1] as number];
  const around = (squares: Float64Array, a: number, b: number, size: number) => {
    const value = (squares[j] as number) - n * a * b;
    return Math.abs(value) > constantShare * n * size ? s * s * value : 0;
  };
  const meanX = cx + s * x;
  const meanY = cy + s * y;
  const size = (meanX * meanX + meanY * meanY) / (s * s);
  return {
    n,
    meanX,
    meanY,
    xx: around(sums.xx, x, x, size),
    yy: around(sums.yy, y, y, size),
    xy: around(sums.xy, x, y, size),
    meanDifference: cx - cy + s * d,
    differenceSquares: around(sums.dd, d, d, size),
  };
}

async function signedRanks(
  { federation, differences: queries, scope, ratings, ranks }: AgreementProgram,
  zeros: Float64Array,
): Promise<(SignedRankTest | null)[]> {
  const arm = (part: DifferenceRecipe['part']) => [{ heldOut: null, recipe: new Frozen<DifferenceRecipe>({ ...ratings, part }) }];
  const [columns = []] = await rankCells({ federation, queries, scope, arms: arm('absolute') }, ranks);
  const edges = [columns.map((cells) => cells.edges)];
  const [positive = []] = await cellCounts({ federation, queries, scope, arms: arm('positive') }, edges);
  return columns.map(({ counts }, j) => signedRankTest(positive[j] as Float64Array, counts, (zeros[j] as number) > 0));
}
