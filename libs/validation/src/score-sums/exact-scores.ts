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

/** A cell whose participants all have one known score. */
interface Settled extends Cell {
  readonly score: number;
}

/** Counts that one round may carry: 512 KiB of 64-bit words. */
const countsPerRound = 2 ** 16;
const mostBits = 12;
/** Bits after which cells are narrow enough to guess that they hold one score: sign, exponent and 10 bits of the mantissa. */
const guessDepth = 22;

/**
 * All distinct scores of every entry with their class counts, exactly: a search over the bits of the scores, all entries in one vector a
 * round. Cells are split twice; then each tells the sum of its keys, which is the score itself where it holds one participant, and a guess
 * that a count confirms where all its participants tie. Scores with few decimals take 4 to 6 rounds, others 6 to 9. It discloses the list of
 * (score, outcome) over all sites, without site or participant.
 */
export async function distinctScores<S>(search: KeySearch<S>): Promise<DistinctScores[]> {
  const settled = await walk(search, roots(search.entryCount), () => true);
  return Array.from({ length: search.entryCount }, (_, entry) => {
    const own = settled.filter((cell) => cell.entry === entry).sort((a, b) => a.score - b.score);
    return {
      values: Float64Array.from(own, ({ score }) => score),
      positives: Float64Array.from(own, ({ positives }) => positives),
      negatives: Float64Array.from(own, ({ negatives }) => negatives),
    };
  });
}

/**
 * Order statistics of every entry, exactly: `ranks[entry]` are ranks from 1 in ascending order of scores; a rank that no participant has
 * gives NaN. Only cells that hold a wanted rank are followed. Each value is the score of a participant, without saying whose.
 */
export async function orderStatistics<S>(search: KeySearch<S>, ranks: readonly (readonly number[])[]): Promise<Float64Array[]> {
  const isIn = ({ below, positives, negatives }: Cell, rank: number) => rank > below && rank <= below + positives + negatives;
  const wanted = (cell: Cell) => (ranks[cell.entry] ?? []).some((rank) => isIn(cell, rank));
  const start = roots(search.entryCount).filter(({ entry }) => (ranks[entry] ?? []).length > 0);
  const settled = await walk(search, start, wanted);
  return ranks.map((own, entry) =>
    Float64Array.from(own, (rank) => settled.find((cell) => cell.entry === entry && isIn(cell, rank))?.score ?? NaN),
  );
}

/** Splits and settles cells until none is left; only those that `follow` holds for are kept. */
async function walk<S>(search: KeySearch<S>, start: readonly Cell[], follow: (cell: Cell) => boolean): Promise<Settled[]> {
  const settled: Settled[] = [];
  let open = start;
  while (open.length > 0) {
    const children = (await split(search, open)).filter(follow);
    if ((children[0]?.depth ?? 64) < guessDepth) open = children;
    else {
      const { done, rest } = await settle(search, children);
      settled.push(...done);
      open = rest;
    }
  }
  return settled;
}

function roots(entryCount: number): Cell[] {
  return Array.from({ length: entryCount }, (_, entry) => ({ entry, high: 0, low: 0, depth: 0, below: 0, positives: 0, negatives: 0 }));
}

/** The occupied branches of some cells of one depth, ascending. */
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

/** Finds the cells whose participants have one score: by the sum of their keys, and where several may tie by a count at the guess. */
async function settle<S>(search: KeySearch<S>, cells: readonly Cell[]): Promise<{ readonly done: Settled[]; readonly rest: Cell[] }> {
  const known = cells.filter(({ depth }) => depth === 64);
  const open = cells.filter(({ depth }) => depth < 64);
  const done: Settled[] = known.map((cell) => ({ ...cell, score: scoreOfKey(cell.high, cell.low) }));
  if (open.length === 0) return { done, rest: [] };
  const { federation, scope, source, keySums } = search;
  const { value } = await federation.sum(keySums, { source, cells: packCells(open) }, scope);
  const guesses: { readonly cell: Cell; readonly high: number; readonly low: number }[] = [];
  const rest: Cell[] = [];
  open.forEach((cell, k) => {
    const size = cell.positives + cell.negatives;
    const [high, low] = (value[k] as readonly [number, number]).map((sum) => sum / size) as [number, number];
    if (size === 1) done.push({ ...cell, score: scoreOfKey(high, low) });
    else if (Number.isInteger(high) && Number.isInteger(low)) guesses.push({ cell, high, low });
    else rest.push(cell);
  });
  if (guesses.length === 0) return { done, rest };
  // All but the last bit of the guess are fixed; its last bit is the branch that must hold everyone.
  const asked = guesses.map(({ cell, high, low }) => ({ ...cell, high, low: low - (low % 2), depth: 63 }));
  const { value: counts } = await federation.sum(search.branches, { source, cells: packCells(asked), bits: 1 }, scope);
  guesses.forEach(({ cell, high, low }, k) => {
    const { positives, negatives } = counts[k] as BranchCounts;
    const isAll = positives[low % 2] === cell.positives && negatives[low % 2] === cell.negatives;
    if (isAll) done.push({ ...cell, score: scoreOfKey(high, low) });
    else rest.push(cell);
  });
  rest.sort(byKey);
  return { done, rest };
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
