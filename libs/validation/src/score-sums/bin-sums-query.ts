import { statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { cellOf, edgesSchema } from './cells-query.js';
import type { Edges } from './cells-query.js';
import { takesPart } from './score-source.js';
import type { ScoreSource } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Parameters of {@link binSumsQuery}. */
export interface BinSumsParams<S> extends SourceParams<S> {
  readonly edges: Frozen<Edges>;
}

/** Participants, events and sum of scores in each bin of an entry. */
export interface BinSums {
  readonly participants: Float64Array;
  readonly events: Float64Array;
  readonly scores: Float64Array;
}

/** Observed and expected in declared bins of the score: Hosmer-Lemeshow, expected calibration error, reliability diagrams. */
export function binSumsQuery<S>(source: ScoreSource<S>): SumQuery<BinSumsParams<S>, readonly BinSums[]> {
  return sourceQuery<S, BinSumsParams<S>, readonly BinSums[]>(source, {
    name: 'bin-sums',
    words: statisticWords,
    shape: { edges: edgesSchema },
    length: ({ edges }) => edges.value.reduce((n, e) => n + 3 * (e.length + 1), 0),
    add: (out, entries, { edges }) => {
      let base = 0;
      edges.value.forEach((borders, k) => {
        const entry = entries[k];
        for (let i = 0; entry && i < entry.score.length; i++) {
          if (!takesPart(entry, i)) continue;
          const at = base + 3 * cellOf(borders, entry.score[i] as number);
          count(out, at);
          addTo(out, at + 1, entry.outcome[i] as number);
          addTo(out, at + 2, entry.score[i] as number);
        }
        base += 3 * (borders.length + 1);
      });
    },
    read: (total, { edges }) => {
      let base = 0;
      return edges.value.map((borders) => {
        const size = borders.length + 1;
        const part = (offset: number) => Float64Array.from({ length: size }, (_, b) => total[base + 3 * b + offset] as number);
        const sums = { participants: part(0), events: part(1), scores: part(2) };
        base += 3 * size;
        return sums;
      });
    },
  });
}
