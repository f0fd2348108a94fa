import { statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { ln, log1p } from '@cohortium/numerics';
import { z } from 'zod';
import type { DifferenceSums } from '../classification/reclassification.js';
import { takesPart } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Parameters of {@link differencesQuery}. */
export interface DifferencesParams<S> extends SourceParams<S> {
  /** Entries whose difference (second less first) is summed. */
  readonly pairs: readonly (readonly [number, number])[];
}

/** Differences of two probabilities over one class. */
export interface ClassDifferences extends DifferenceSums {
  /** Participants whose probability rises and falls. */
  readonly up: number;
  readonly down: number;
  /** Sum of the differences of log loss (second less first) and of their squares, over participants for whom both are finite. */
  readonly loss: number;
  readonly loss2: number;
  /** Participants with an infinite log loss under one of the two. */
  readonly infiniteLoss: number;
}

/** {@link ClassDifferences} of both classes. */
export interface PairDifferences {
  readonly events: ClassDifferences;
  readonly others: ClassDifferences;
}

const perClass = 8;

/** Paired differences of probabilities by class: integrated discrimination improvement and continuous net reclassification. */
export function differencesQuery<S>(source: ScoreSource<S>): SumQuery<DifferencesParams<S>, readonly PairDifferences[]> {
  return sourceQuery<S, DifferencesParams<S>, readonly PairDifferences[]>(source, {
    name: 'differences',
    words: statisticWords,
    shape: { pairs: z.array(z.tuple([z.int().min(0), z.int().min(0)])).max(4096) },
    length: ({ pairs }) => 2 * perClass * pairs.length,
    add: (out, entries, { pairs }) =>
      pairs.forEach(([a, b], k) => {
        const first = entries[a] as ScoredRows;
        const second = entries[b] as ScoredRows;
        for (let i = 0; i < first.score.length; i++) {
          if (!takesPart(first, i) || !takesPart(second, i)) continue;
          const isEvent = first.outcome[i] === 1;
          addPair(out, 2 * perClass * k + (isEvent ? 0 : perClass), first.score[i] as number, second.score[i] as number, isEvent);
        }
      }),
    read: (total, { pairs }) =>
      pairs.map((_, k) => {
        const [events, others] = [0, perClass].map((offset) => {
          const [participants, first, second, up, down, loss, loss2, infiniteLoss] = total.subarray(2 * perClass * k + offset);
          return { participants, first, second, up, down, loss, loss2, infiniteLoss } as ClassDifferences;
        });
        return { events, others } as PairDifferences;
      }),
  });
}

function addPair(out: Float64Array, base: number, p: number, q: number, isEvent: boolean): void {
  const d = q - p;
  count(out, base);
  addTo(out, base + 1, d);
  addTo(out, base + 2, d * d);
  if (d > 0) count(out, base + 3);
  if (d < 0) count(out, base + 4);
  const loss = isEvent ? ln(p) - ln(q) : log1p(-p) - log1p(-q);
  if (!Number.isFinite(loss)) return count(out, base + 7);
  addTo(out, base + 5, loss);
  addTo(out, base + 6, loss * loss);
}
