import { countWords, frozenSchema, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ClassHistogram } from '../discrimination/delong.js';
import type { ScoreSource } from './score-source.js';
import { takesPart } from './score-source.js';
import { count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Ascending cell borders, one vector per entry; a border belongs to the cell above it. */
export type Edges = readonly Float64Array[];

/** Schema of frozen borders: finite and ascending. */
export const edgesSchema = frozenSchema<Edges>(z.array(vectorSchema.refine(isAscending, 'borders must ascend')).max(4096));

/** Parameters of {@link cellsQuery}. */
export interface CellsParams<S> extends SourceParams<S> {
  readonly edges: Frozen<Edges>;
}

function isAscending(edges: Float64Array): boolean {
  for (let k = 1; k < edges.length; k++) if (!((edges[k] as number) > (edges[k - 1] as number))) return false;
  return true;
}

/**
 * Cell of a score: the number of borders at or below it, by bisection.
 * @example cellOf(Float64Array.of(0.2, 0.5), 0.5) // 2
 */
export function cellOf(edges: Float64Array, score: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) <= score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Counts by class on declared cells, per entry: `edges + 1` counts of positives, then as many of negatives. What binned AUCs, threshold
 * figures, decision curves and histograms of scores are made from.
 */
export function cellsQuery<S>(source: ScoreSource<S>): SumQuery<CellsParams<S>, readonly ClassHistogram[]> {
  return sourceQuery<S, CellsParams<S>, readonly ClassHistogram[]>(source, {
    name: 'cells',
    words: countWords,
    shape: { edges: edgesSchema },
    length: ({ edges }) => edges.value.reduce((n, e) => n + 2 * (e.length + 1), 0),
    add: (out, entries, { edges }) => {
      let base = 0;
      edges.value.forEach((borders, k) => {
        const entry = entries[k];
        const size = borders.length + 1;
        for (let i = 0; entry && i < entry.score.length; i++) {
          if (!takesPart(entry, i)) continue;
          count(out, base + (entry.outcome[i] === 1 ? 0 : size) + cellOf(borders, entry.score[i] as number));
        }
        base += 2 * size;
      });
    },
    read: (total, { edges }) => {
      let base = 0;
      return edges.value.map((borders) => {
        const size = borders.length + 1;
        const histogram = { positives: total.slice(base, base + size), negatives: total.slice(base + size, base + 2 * size) };
        base += 2 * size;
        return histogram;
      });
    },
  });
}
