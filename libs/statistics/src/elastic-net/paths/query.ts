import { scoreWords, statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { foldSubsets, penalizedRows } from './data.js';
import type { PenalizedData } from './data.js';
import { localPoints } from './local.js';
import { largestModel, pointHeader, pointLength, pointParamsSchema, setSize, triangle } from './request.js';
import type { PointParams } from './request.js';

/** What the sites say about one model. */
export interface PointAnswer {
  /** Some site saw a linear predictor beyond the limit; nothing else is known then. */
  readonly beyond: boolean;
  /** Weighted mean of the negative log-likelihood of the rows it is fitted on; the mean is over the weight of all rows. */
  readonly loss: number;
  /** Mean slope of the loss, over the model's set. */
  readonly slope: Float64Array;
}

/** Answers about all models of a request. */
export interface PointTotals {
  readonly points: readonly PointAnswer[];
  /** Lower triangles of the asked second derivatives, row by row. */
  readonly curvatures: readonly Float64Array[];
}

/** Means travel in 64-bit words with 50 bits behind the point: their largest error, 2^-51, is less than a double's own of a sum. */
const scoreScale = 2 ** 18;

const matrices = new WeakMap<Frozen<PenalizedData>, Frozen<PenalizedData['matrix']>>();

/** The frozen matrix of frozen data, made once. */
export function matrixOf(data: Frozen<PenalizedData>): Frozen<PenalizedData['matrix']> {
  const known = matrices.get(data) ?? new Frozen(data.value.matrix);
  matrices.set(data, known);
  return known;
}

/** `penalized-scores@1`: losses, slopes and second derivatives of many models, for designs that are standardized in fact. */
export const penalizedScoresQuery: SumQuery<PointParams, PointTotals> = pointsQuery('penalized-scores', true);
/** `penalized-sums@1`: the same in 128-bit words, for counts, for columns that are not centered, and for weights of any size. */
export const penalizedSumsQuery: SumQuery<PointParams, PointTotals> = pointsQuery('penalized-sums', false);

function pointsQuery(name: string, bounded: boolean): SumQuery<PointParams, PointTotals> {
  const unit = bounded ? scoreScale : 1;
  return {
    kind: 'sum',
    operation: `statistics.${name}`,
    version: 1,
    words: bounded ? scoreWords : statisticWords,
    params: pointParamsSchema,
    length: pointLength,
    freeParameters: largestModel,
    scopeParticipants: ({ participants }) => participants,
    rowSubsets: ({ data }) => foldSubsets(data.value),
    local: (rows, params) => localPoints(penalizedRows(rows, params.data, matrixOf(params.data)), params, bounded, unit),
    read: (total, params) => readPoints(total, params, unit),
  };
}

function readPoints(total: Float64Array, params: PointParams, unit: number): PointTotals {
  let base = 0;
  const take = (length: number) => {
    const values = new Float64Array(length);
    for (let k = 0; k < length; k++) values[k] = (total[base + k] as number) / unit;
    base += length;
    return values;
  };
  const points = Array.from(params.setOf, (set) => {
    const [flag, loss] = take(pointHeader) as unknown as [number, number];
    return { beyond: flag > 0, loss, slope: take(setSize(params, set)) };
  });
  const curvatures = Array.from(params.curvedSets, (set) => take(triangle((params.sets[set] as Float64Array).length)));
  return { points, curvatures };
}
