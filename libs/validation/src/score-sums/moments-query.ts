import { statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { SquaredErrorSums } from '../calibration/brier.js';
import { queryBasics, scoreRows } from './score-source.js';
import type { ScoreQueryOptions } from './score-source.js';

/** Sums of probabilities and their errors over the participants that a model scores. */
export interface ScoreMoments extends SquaredErrorSums {
  /** Participants with the event. */
  readonly events: number;
  /** Sum of the probabilities: the expected events. */
  readonly probability: number;
}

const sumsPerModel = 5;

/** Secure sum of n, events, sum p, sum (p - y)^2 and sum (p - y)^4, one block per model: Brier score and observed / expected. */
export function scoreMomentsQuery<P>(options: ScoreQueryOptions<P>): SumQuery<P, readonly ScoreMoments[]> {
  return {
    ...queryBasics(options),
    words: statisticWords,
    length: (params) => sumsPerModel * options.modelCount(params),
    local(rows, params) {
      const scores = scoreRows(options, rows, params);
      const sums = new Float64Array(sumsPerModel * scores.length);
      scores.forEach((model, m) => {
        const terms = [0, 0, 0, 0, 0];
        for (let i = 0; i < rows.rowCount; i++) {
          const p = model[i] as number;
          if (Number.isNaN(p)) continue;
          const y = rows.outcome[i] as number;
          const square = (p - y) ** 2;
          [1, y, p, square, square * square].forEach((term, k) => (terms[k] = (terms[k] as number) + term));
        }
        sums.set(terms, sumsPerModel * m);
      });
      return sums;
    },
    read: (total, params) =>
      Array.from({ length: options.modelCount(params) }, (_, m) => {
        const [participantCount, events, probability, squaredError, fourthPower] = total.subarray(sumsPerModel * m, sumsPerModel * (m + 1));
        return { participantCount, events, probability, squaredError, fourthPower } as ScoreMoments;
      }),
  };
}
