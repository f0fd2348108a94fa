import type { Federation, RosterScope, SumQuery } from '@cohortium/federation';
import type { BranchCounts, BranchesParams, KeyCells, KeySumsParams } from './key-cells.js';
import { scoreOfKey, withBits } from './score-keys.js';

/** What {@link distinctScores} and {@link orderStatistics} ask. */
export interface KeySearch<S> {
  readonly federation: Federation;
  readonly scope: RosterScope;
  readonly source: S;
  readonly entryCount: number;
  readonly branches: SumQuery<BranchesParams<S>, readonly BranchCounts[]>;
  readonly keySums: SumQuery<KeySumsParams<S>, readonly (readonly [number, number])[]>;
}

/** Every distinct score of an entry, ascending, with the participants who have it by class. */
export interface DistinctScores {
  readonly values: Float64Array;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** A cell of keys with what is known of it. */
interface Cell {
  readonly entry: number;
  readonly high: number;
  readonly low: number;
  readonly depth: number;
  /** Participants of the entry below the cell. */
  readonly below: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Counts that one round may carry: 512 KiB of 64-bit words. */
const countsPerRound = 2 ** 16;
const mostBits = 12;

/**
 * All distinct scores of every entry with their class counts, exactly: a search over the bits of the scores, all entries in one vector a
 * round, 5 rounds for scores without ties and 8 at most for a million participants. A cell that holds one participant tells its score
 * as a sum. It discloses the list of (score, outcome) over all sites, without site or participant.
 */
export async function distinctScores<S>(search: KeySearch<S>): Promise<DistinctScores[]> {
  const settled: Cell[] = [];
  let open = roots(search.entryCount);
  while (open.length > 0) {
    const children = await split(search, open);
    open = [];
    for (const cell of children) (isSettled(cell) ? settled : open).push(cell);
  }
  const scores = await valuesOf(search, settled);
  return Array.from({ length: search.entryCount }, (_, entry) => {
    const own = [...settled.keys()].filter((c) => settled[c]?.entry === entry);
    own.sort((a, b) => (scores[a] as number) - (scores[b] as number));
    return {
      values: Float64Array.from(own, (c) => scores[c] as number),
      positives: Float64Array.from(own, (c) => (settled[c] as Cell).positives),
      negatives: Float64Array.from(own, (c) => (settled[c] as Cell).negatives),
    };
  });
}

/**
 * Order statistics of every entry, exactly: `ranks[entry]` are ranks from 1 in ascending order of scores; a rank that no participant has
 * gives NaN. Only cells that hold a wanted rank are followed. Each value is the score of a participant, without saying whose.
 */
export async function orderStatistics<S>(search: KeySearch<S>, ranks: readonly (readonly number[])[]): Promise<Float64Array[]> {
  const holds = (cell: Cell) =>
    (ranks[cell.entry] ?? []).some((rank) => rank > cell.below && rank <= cell.below + cell.positives + cell.negatives);
  const settled: Cell[] = [];
  let open = roots(search.entryCount).filter(({ entry }) => (ranks[entry] ?? []).length > 0);
  while (open.length > 0) {
    const children = (await split(search, open)).filter(holds);
    open = [];
    for (const cell of children) (isSettled(cell) ? settled : open).push(cell);
  }
  const scores = await valuesOf(search, settled);
  return ranks.map((wanted, entry) =>
    Float64Array.from(wanted, (rank) => {
      const at = settled.findIndex(
        (cell) => cell.entry === entry && rank > cell.below && rank <= cell.below + cell.positives + cell.negatives,
      );
      return at < 0 ? NaN : (scores[at] as number);
    }),
  );
}

function roots(entryCount: number): Cell[] {
  return Array.from({ length: entryCount }, (_, entry) => ({ entry, high: 0, low: 0, depth: 0, below: 0, positives: 0, negatives: 0 }));
}

function isSettled({ depth, positives, negatives }: Cell): boolean {
  return depth === 64 || positives + negatives === 1;
}

/** The occupied branches of some cells of one depth. */
async function split<S>({ federation, scope, source, branches }: KeySearch<S>, open: readonly Cell[]): Promise<Cell[]> {
  const depth = open[0]?.depth as number;
  const affordable = 31 - Math.clz32(Math.max(1, Math.floor(countsPerRound / (2 * open.length))));
  // A branch may not cross bit 32, the border of the two halves of a key.
  const bits = Math.max(1, Math.min(mostBits, 32 - (depth % 32), affordable));
  const { value } = await federation.sum(branches, { source, cells: packCells(open), bits }, scope);
  const children: Cell[] = [];
  open.forEach((cell, c) => {
    const { positives, negatives } = value[c] as BranchCounts;
    let below = cell.below;
    for (let branch = 0; branch < positives.length; branch++) {
      const p = positives[branch] as number;
      const n = negatives[branch] as number;
      if (p + n === 0) continue;
      const [high, low] = withBits(cell.high, cell.low, depth, bits, branch);
      children.push({ entry: cell.entry, high, low, depth: depth + bits, below, positives: p, negatives: n });
      below += p + n;
    }
  });
  return children;
}

/** The score of each settled cell; cells with one participant are asked for the sum of their keys. */
async function valuesOf<S>({ federation, scope, source, keySums }: KeySearch<S>, settled: readonly Cell[]): Promise<Float64Array> {
  const scores = Float64Array.from(settled, ({ high, low }) => scoreOfKey(high, low));
  const order = [...settled.keys()]
    .filter((c) => (settled[c] as Cell).depth < 64)
    .sort((a, b) => byKey(settled[a] as Cell, settled[b] as Cell));
  if (order.length === 0) return scores;
  const cells = packCells(order.map((c) => settled[c] as Cell));
  const { value } = await federation.sum(keySums, { source, cells }, scope);
  order.forEach((c, k) => {
    const [high, low] = value[k] as readonly [number, number];
    scores[c] = scoreOfKey(high, low);
  });
  return scores;
}

function byKey(a: Cell, b: Cell): number {
  return a.entry - b.entry || a.high - b.high || a.low - b.low;
}

function packCells(cells: readonly Cell[]): KeyCells {
  return {
    entry: Float64Array.from(cells, ({ entry }) => entry),
    high: Float64Array.from(cells, ({ high }) => high),
    low: Float64Array.from(cells, ({ low }) => low),
    depth: Float64Array.from(cells, ({ depth }) => depth),
  };
}
