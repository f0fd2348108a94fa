import { countWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { takesPart } from './score-source.js';
import type { ScoreSource } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Parameters of {@link countsQuery}. */
export interface CountsParams<S> extends SourceParams<S> {
  readonly entryCount: number;
}

/** Rows of an entry by what they have. */
export interface EntryCounts {
  readonly participants: number;
  readonly events: number;
  /** Rows without the score, whatever their outcome. */
  readonly withoutScore: number;
  /** Rows with the score whose outcome is unknown. */
  readonly withoutOutcome: number;
}

const countsPerEntry = 4;

/** Participants, events and rows that are left out, per entry. */
export function countsQuery<S>(source: ScoreSource<S>): SumQuery<CountsParams<S>, readonly EntryCounts[]> {
  return sourceQuery<S, CountsParams<S>, readonly EntryCounts[]>(source, {
    name: 'counts',
    words: countWords,
    shape: { entryCount: z.int().min(0).max(65_536) },
    length: ({ entryCount }) => countsPerEntry * entryCount,
    add: (out, entries, { entryCount }) => {
      entries.slice(0, entryCount).forEach((entry, k) => {
        const base = countsPerEntry * k;
        for (let i = 0; i < entry.score.length; i++) {
          if (takesPart(entry, i)) {
            count(out, base);
            addTo(out, base + 1, entry.outcome[i] as number);
          } else count(out, base + (entry.score[i] === entry.score[i] ? 3 : 2));
        }
      });
    },
    read: (total, { entryCount }) =>
      Array.from({ length: entryCount }, (_, k) => {
        const [participants, events, withoutScore, withoutOutcome] = total.subarray(countsPerEntry * k, countsPerEntry * (k + 1));
        return { participants, events, withoutScore, withoutOutcome } as EntryCounts;
      }),
  });
}
