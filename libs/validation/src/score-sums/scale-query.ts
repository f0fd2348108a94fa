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

/** How many rows an entry has, and where its scores lie. */
export interface ScaleSums {
  readonly participants: number;
  readonly events: number;
  /** Rows without the score, whatever their outcome. */
  readonly withoutScore: number;
  /** Rows with the score whose outcome is unknown. */
  readonly withoutOutcome: number;
  /** Sum of score - center. */
  readonly first: number;
  /** Sum of (score - center)^2. */
  readonly second: number;
}

const sumsPerEntry = 6;

/** Counts of participants, events and missing cells, and sums of centered scores per entry; 256-bit words, since scores are in any unit. */
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
          const x = (entry.score[i] as number) - center;
          if (takesPart(entry, i)) {
            count(out, base);
            addTo(out, base + 1, entry.outcome[i] as number);
            addTo(out, base + 4, x);
            addTo(out, base + 5, x * x);
          } else count(out, base + (x !== x ? 2 : 3));
        }
      });
    },
    read: (total, { centers }) =>
      Array.from(centers, (_, k) => {
        const [participants, events, withoutScore, withoutOutcome, first, second] = total.subarray(
          sumsPerEntry * k,
          sumsPerEntry * (k + 1),
        );
        return { participants, events, withoutScore, withoutOutcome, first, second } as ScaleSums;
      }),
  });
}
