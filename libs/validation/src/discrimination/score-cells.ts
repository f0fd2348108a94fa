import type { ClassHistogram } from './delong.js';

/** Participants by class on the occupied cells of a score, ascending: what every figure of ranking is made from. */
export interface ScoreCells extends ClassHistogram {
  /** Lower border of each cell but the first; a border belongs to the cell above it. */
  readonly edges: Float64Array;
  /** The score that all members of each cell have; null where cells are ranges. */
  readonly values: Float64Array | null;
}

/** Leaves out empty cells; the order of the others stays. */
export function occupiedCells({ positives, negatives }: ClassHistogram, edges: Float64Array, values: Float64Array | null): ScoreCells {
  const kept = [...positives.keys()].filter((b) => (positives[b] as number) + (negatives[b] as number) > 0);
  return {
    positives: Float64Array.from(kept, (b) => positives[b] as number),
    negatives: Float64Array.from(kept, (b) => negatives[b] as number),
    edges: Float64Array.from(kept.slice(1), (b) => edges[b - 1] as number),
    values: values && Float64Array.from(kept, (b) => values[b] as number),
  };
}

/** Cut-offs between cells: -Infinity, one between each pair of neighbors (half way between their scores), Infinity. */
export function thresholdsOf({ positives, edges, values }: ScoreCells): Float64Array {
  const cells = positives.length;
  return Float64Array.from({ length: cells + 1 }, (_, k) => {
    if (k === 0) return -Infinity;
    if (k === cells) return Infinity;
    return values ? ((values[k - 1] as number) + (values[k] as number)) / 2 : (edges[k - 1] as number);
  });
}

/** Sum of a vector of counts. */
export function sumOf(counts: Float64Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
