import { countWords, vectorSchema } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { assertFamily, familyOperation, siteNumber } from '../arms.js';
import type { Family } from '../arms.js';

const params = z.strictObject({
  heldOut: z.array(z.string().nullable()).min(1).max(64),
  lows: z.array(vectorSchema).describe('Lower edge of the grid by feature, one vector per arm'),
  widths: z.array(vectorSchema).describe('Cell width by feature, one vector per arm; 0 for a constant feature'),
  bins: z.int().min(2).max(1024),
});

/** Counts by feature of one arm: below the grid, in each cell, above it. */
export type GridCounts = readonly Float64Array[];
/** Parameters of {@link gridCountsQuery}. */
export type GridCountsParams = z.output<typeof params>;

/** A value this close above an edge (in cells) counts as on it, so that doubles that differ in the last bits choose alike. */
const tieBand = 1e-9;

/** Histogram of observed raw values on a grid that was computed from the moments (`grid-counts@1`). */
export function gridCountsQuery(family: Family): SumQuery<GridCountsParams, GridCounts[]> {
  const operation = familyOperation(family, 'statistics', 'grid-counts');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: countWords,
    perParticipant: true,
    valueCounts: ({ bins }) => ({ kind: 'grid', cells: bins }),
    params,
    length: ({ lows, bins }) => lows.reduce((n, low) => n + low.length * (bins + 2), 0),
    local: (rows, { heldOut, lows, widths, bins }) => {
      assertFamily(family, heldOut, operation);
      const p = rows.featureNames.length;
      const out = new Float64Array(heldOut.length * p * (bins + 2));
      heldOut.forEach((site, a) => {
        const grid = { low: lows[a] as Float64Array, width: widths[a] as Float64Array, bins };
        countInto(out, a * p * (bins + 2), rows, siteNumber(rows, site), grid);
      });
      return out;
    },
    read: (total, { heldOut, bins }) => {
      const cells = bins + 2;
      const p = total.length / heldOut.length / cells;
      return heldOut.map((_, a) => Array.from({ length: p }, (__, j) => total.slice((a * p + j) * cells, (a * p + j + 1) * cells)));
    },
  };
}

function countInto(
  out: Float64Array,
  base: number,
  rows: CohortRows,
  excluded: number,
  grid: { low: Float64Array; width: Float64Array; bins: number },
): void {
  const p = rows.featureNames.length;
  const cells = grid.bins + 2;
  for (let i = 0; i < rows.rowCount; i++) {
    if (rows.siteIndex[i] === excluded) continue;
    for (let j = 0; j < p; j++) {
      const x = rows.features[i * p + j] as number;
      if (x !== x) continue;
      const width = grid.width[j] as number;
      // Cell k (1-based) holds (low + (k - 1) width, low + k width].
      const position = width > 0 ? Math.ceil((x - (grid.low[j] as number)) / width - tieBand) : 0;
      const cell = position < 1 ? 0 : position > grid.bins ? grid.bins + 1 : position;
      const at = base + j * cells + cell;
      out[at] = (out[at] as number) + 1;
    }
  }
}

/**
 * Median by linear interpolation of the cumulative counts across the smallest bracket of whole cells around rank N/2 that holds
 * at least `smoothing` observations: no single value can be read off it. The pooled twin uses the same definition.
 */
export function smoothedMedian(counts: Float64Array, low: number, width: number, smoothing: number): number {
  const bins = counts.length - 2;
  if (!(width > 0)) return low;
  const total = counts.reduce((n, c) => n + c, 0);
  const target = total / 2;
  let cell = 1;
  let below = counts[0] as number;
  while (cell < bins && below + (counts[cell] as number) < target) {
    below += counts[cell] as number;
    cell++;
  }
  let from = cell;
  let to = cell;
  let inside = counts[cell] as number;
  while (inside < smoothing && (from > 1 || to < bins)) {
    if (from > 1) {
      from--;
      inside += counts[from] as number;
      below -= counts[from] as number;
    }
    if (to < bins) {
      to++;
      inside += counts[to] as number;
    }
  }
  const lowEdge = low + (from - 1) * width;
  const highEdge = low + to * width;
  if (inside <= 0) return (lowEdge + highEdge) / 2;
  const share = Math.min(1, Math.max(0, (target - below) / inside));
  return lowEdge + share * (highEdge - lowEdge);
}
