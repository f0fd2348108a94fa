import { vectorSchema, wideWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { takesPart } from './score-source.js';
import type { ScoreSource } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Parameters of {@link scaleQuery}. */
export interface ScaleParams<S> extends SourceParams<S> {
  /** Value that is subtracted from the scores of each entry. */
  readonly centers: Float64Array;
}

/** Where the scores of an entry lie. */
export interface ScaleSums {
  readonly participants: number;
  /** Sum of score - center. */
  readonly first: number;
  /** Sum of (score - center)^2. */
  readonly second: number;
}

const sumsPerEntry = 3;

/** Participants and sums of centered scores per entry; 256-bit words, since scores are in any unit. */
export function scaleQuery<S>(source: ScoreSource<S>): SumQuery<ScaleParams<S>, readonly ScaleSums[]> {
  return sourceQuery<S, ScaleParams<S>, readonly ScaleSums[]>(source, {
    name: 'scale',
    words: wideWords,
    shape: { centers: vectorSchema },
    length: ({ centers }) => sumsPerEntry * centers.length,
    add: (out, entries, { centers }) => {
      entries.slice(0, centers.length).forEach((entry, k) => {
        const base = sumsPerEntry * k;
        const center = centers[k] as number;
        for (let i = 0; i < entry.score.length; i++) {
          if (!takesPart(entry, i)) continue;
          const x = (entry.score[i] as number) - center;
          count(out, base);
          addTo(out, base + 1, x);
          addTo(out, base + 2, x * x);
        }
      });
    },
    read: (total, { centers }) =>
      Array.from(centers, (_, k) => {
        const [participants, first, second] = total.subarray(sumsPerEntry * k, sumsPerEntry * (k + 1));
        return { participants, first, second } as ScaleSums;
      }),
  });
}
