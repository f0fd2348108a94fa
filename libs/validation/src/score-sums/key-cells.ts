import { countWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { bitsOfKey, keysOf, samePrefix } from './score-keys.js';
import type { ScoreKeys } from './score-keys.js';
import { takesPart } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Cells of keys: all scores of an entry whose key begins with given bits. Ascending by entry and key; no cell contains another. */
export interface KeyCells {
  readonly entry: Float64Array;
  /** Lowest key of the cell, its two halves. */
  readonly high: Float64Array;
  readonly low: Float64Array;
  /** Leading bits that are fixed. */
  readonly depth: Float64Array;
}

const cellShape = { entry: vectorSchema, high: vectorSchema, low: vectorSchema, depth: vectorSchema };

/** Parameters of {@link branchesQuery}. */
export interface BranchesParams<S> extends SourceParams<S> {
  readonly cells: KeyCells;
  /** Bits by which each cell is split. */
  readonly bits: number;
}

/** Counts of the branches of a cell, by the value of its next bits. */
export interface BranchCounts {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Splits cells of keys: counts by class in the 2^bits branches of each. Followed to bit 64 it finds every distinct score of the scope,
 * without saying whose or where: only what a clause for exact scores allows.
 */
export function branchesQuery<S>(source: ScoreSource<S>): SumQuery<BranchesParams<S>, readonly BranchCounts[]> {
  return sourceQuery<S, BranchesParams<S>, readonly BranchCounts[]>(source, {
    name: 'branches',
    words: countWords,
    shape: { cells: z.strictObject(cellShape), bits: z.int().min(1).max(12) },
    length: ({ cells, bits }) => cells.entry.length * 2 ** (bits + 1),
    add: (out, entries, { cells, bits }) => {
      const branches = 2 ** bits;
      eachMember(entries, cells, (cell, keys, row, outcome) => {
        const branch = bitsOfKey(keys.high[row] as number, keys.low[row] as number, cells.depth[cell] as number, bits);
        count(out, (2 * cell + (outcome === 1 ? 0 : 1)) * branches + branch);
      });
    },
    read: (total, { cells, bits }) => {
      const branches = 2 ** bits;
      return Array.from(cells.entry, (_, c) => ({
        positives: total.subarray(2 * c * branches, (2 * c + 1) * branches),
        negatives: total.subarray((2 * c + 1) * branches, (2 * c + 2) * branches),
      }));
    },
  });
}

/** Parameters of {@link keySumsQuery}. */
export interface KeySumsParams<S> extends SourceParams<S> {
  readonly cells: KeyCells;
}

/** Sums of the two halves of the keys in each cell: the score itself, exactly, where a cell holds one participant. */
export function keySumsQuery<S>(source: ScoreSource<S>): SumQuery<KeySumsParams<S>, readonly (readonly [number, number])[]> {
  return sourceQuery<S, KeySumsParams<S>, readonly (readonly [number, number])[]>(source, {
    name: 'key-sums',
    words: countWords,
    shape: { cells: z.strictObject(cellShape) },
    length: ({ cells }) => 2 * cells.entry.length,
    add: (out, entries, { cells }) =>
      eachMember(entries, cells, (cell, keys, row) => {
        addTo(out, 2 * cell, keys.high[row] as number);
        addTo(out, 2 * cell + 1, keys.low[row] as number);
      }),
    read: (total, { cells }) => Array.from(cells.entry, (_, c) => [total[2 * c] as number, total[2 * c + 1] as number] as const),
  });
}

/** Calls back for every row that lies in one of the cells. */
function eachMember(
  entries: readonly ScoredRows[],
  cells: KeyCells,
  visit: (cell: number, keys: ScoreKeys, row: number, outcome: number) => void,
): void {
  let from = 0;
  while (from < cells.entry.length) {
    let to = from + 1;
    while (to < cells.entry.length && cells.entry[to] === cells.entry[from]) to++;
    const entry = entries[cells.entry[from] as number];
    if (entry) {
      const keys = keysOf(entry.score);
      for (let i = 0; i < entry.score.length; i++) {
        if (!takesPart(entry, i)) continue;
        const cell = findCell(cells, from, to, keys.high[i] as number, keys.low[i] as number);
        if (cell >= 0) visit(cell, keys, i, entry.outcome[i] as number);
      }
    }
    from = to;
  }
}

/** The cell in [from, to) that holds a key, or -1. */
function findCell(cells: KeyCells, from: number, to: number, high: number, low: number): number {
  let a = from;
  let b = to;
  while (a < b) {
    const middle = (a + b) >>> 1;
    const h = cells.high[middle] as number;
    if (h < high || (h === high && (cells.low[middle] as number) <= low)) a = middle + 1;
    else b = middle;
  }
  const cell = a - 1;
  if (cell < from) return -1;
  const isMember = samePrefix(cells.high[cell] as number, cells.low[cell] as number, high, low, cells.depth[cell] as number);
  return isMember ? cell : -1;
}
