import { exp, lnGamma } from '@cohortium/numerics';
import { filledTable } from './chi-square.js';

/** Fisher's exact test of a larger table: p, or why there is none. */
export type ExactTableTest = { readonly p: number } | { readonly p: null; readonly reason: 'oneRowOrColumn' | 'tooLarge' };

/** Log probabilities within this of the observed count as equal, as in FEXACT. */
const tieBand = 1e-7;
/** Steps of the enumeration after which a table counts as too large: a second or two. R's workspace ends earlier. */
const maxSteps = 2e7;

/**
 * Fisher's exact test of an r x c table (R: `fisher.test`): the sum of the probabilities of all tables of the same margins that are no
 * more probable than the observed one. Rows are filled in turn; a branch ends as soon as the largest probability of its completions
 * is below the observed one (all of them count, in closed form) or the smallest is above (none does). Freeman & Halton 1951, doi
 * 10.2307/2332323; bounds in the manner of Mehta & Patel 1983, doi 10.1080/01621459.1983.10477989.
 */
export function exactTableTest(table: readonly ArrayLike<number>[]): ExactTableTest {
  const filled = filledTable(table);
  if (filled.rowSums.length < 2 || filled.columnSums.length < 2) return { p: null, reason: 'oneRowOrColumn' };
  // States are what is left of the columns, so columns are the shorter side; small rows first, so that few branches arise early.
  const turned = filled.columnSums.length > filled.rowSums.length;
  const rowSums = (turned ? filled.columnSums : filled.rowSums).slice().sort((a, b) => a - b);
  const columnSums = turned ? filled.rowSums : filled.columnSums;
  const search = new TableSearch(rowSums, columnSums, filled.total);
  const observed = -filled.rows.flat().reduce((sum, count) => sum + search.lnFactorial(count), 0);
  try {
    return { p: Math.min(1, search.sumUpTo(observed + tieBand)) };
  } catch (error) {
    if (error === tooLarge) return { p: null, reason: 'tooLarge' };
    throw error;
  }
}

const tooLarge = new Error('too many tables');

interface Bounds {
  /** Largest and smallest of -sum ln x! over the completions. */
  largest: number;
  smallest: number;
}

/** Partial tables that leave the same columns: their -sum ln x!, with the number of tables that share it. */
interface Node {
  readonly left: Int32Array;
  readonly pasts: Map<number, { past: number; ways: number }>;
}

class TableSearch {
  private readonly lnFactorials: Float64Array;
  private readonly bounds: Map<number, Bounds>[];
  private readonly radix: number;
  private steps = 0;
  /** ln of prod r! prod c! / n!, which turns prod 1 / x! into a probability. */
  private readonly constant: number;

  constructor(
    private readonly rowSums: readonly number[],
    private readonly columnSums: readonly number[],
    total: number,
  ) {
    this.lnFactorials = Float64Array.from({ length: total + 1 }, (_, k) => lnGamma(k + 1));
    const sum = (counts: readonly number[]) => counts.reduce((s, count) => s + this.lnFactorial(count), 0);
    this.constant = sum(rowSums) + sum(columnSums) - this.lnFactorial(total);
    this.radix = Math.max(...columnSums) + 1;
    this.bounds = rowSums.map(() => new Map<number, Bounds>());
  }

  lnFactorial(k: number): number {
    return this.lnFactorials[k] as number;
  }

  /** Probability of all tables whose -sum ln x! is at most `limit`. Throws {@link tooLarge}. */
  sumUpTo(limit: number): number {
    const last = this.rowSums.length - 2;
    // One number names what is left; the last column follows from the others.
    if (this.columnSums.length > 2 && this.radix ** (this.columnSums.length - 1) > Number.MAX_SAFE_INTEGER) throw tooLarge;
    let sum = 0;
    let nodes: Node[] = [{ left: Int32Array.from(this.columnSums).sort(), pasts: new Map([[0, { past: 0, ways: 1 }]]) }];
    for (let row = 0; row < last; row++) {
      const next = new Map<number, Node>();
      for (const { left, pasts } of nodes) {
        const { largest, smallest } = this.boundsOf(row, left);
        const open: { past: number; ways: number }[] = [];
        for (const entry of pasts.values()) {
          if (entry.past + largest <= limit) sum += entry.ways * exp(this.constant + entry.past + this.allCompletions(row, left));
          else if (entry.past + smallest <= limit) open.push(entry);
        }
        if (open.length > 0) this.branch(row, left, open, next);
      }
      nodes = [...next.values()];
    }
    for (const { left, pasts } of nodes) sum += this.sumOfLastTwo(last, left, [...pasts.values()], limit);
    return sum;
  }

  private branch(row: number, left: Int32Array, entries: readonly { past: number; ways: number }[], into: Map<number, Node>): void {
    this.eachFill(row, left, false, (rest, term) => {
      const sorted = rest.slice().sort();
      const key = this.keyOf(sorted);
      let node = into.get(key);
      if (!node) into.set(key, (node = { left: sorted, pasts: new Map() }));
      for (const { past, ways } of entries) {
        // Sums of the same logarithms in another order differ in the last digits only.
        const place = Math.round((past + term) * 1e9);
        const known = node.pasts.get(place);
        if (known) known.ways += ways;
        else node.pasts.set(place, { past: past + term, ways });
      }
      this.count(entries.length);
    });
  }

  /** With two rows to go, a fill of the first settles both. */
  private sumOfLastTwo(row: number, left: Int32Array, pasts: readonly { past: number; ways: number }[], limit: number): number {
    let sum = 0;
    this.eachFill(row, left, true, (_, term) => {
      for (const { past, ways } of pasts) if (past + term <= limit) sum += ways * exp(this.constant + past + term);
      this.count(pasts.length);
    });
    return sum;
  }

  /** ln of the sum of prod 1 / x! over all ways to fill the rows from `row` on: n! / (prod r! prod c!). */
  private allCompletions(row: number, left: Int32Array): number {
    const total = left.reduce((sum, c) => sum + c, 0);
    const rows = this.rowSums.slice(row).reduce((sum, r) => sum + this.lnFactorial(r), 0);
    return this.lnFactorial(total) - rows - left.reduce((sum, c) => sum + this.lnFactorial(c), 0);
  }

  private boundsOf(row: number, left: Int32Array): Bounds {
    const key = this.keyOf(left);
    const known = this.bounds[row]?.get(key);
    if (known) return known;
    const bounds = { largest: -Infinity, smallest: Infinity };
    const isLast = row === this.rowSums.length - 2;
    this.eachFill(row, left, isLast, (rest, term) => {
      let largest = term;
      let smallest = term;
      if (!isLast) {
        const inner = this.boundsOf(row + 1, rest.slice().sort());
        largest += inner.largest;
        smallest += inner.smallest;
      }
      if (largest > bounds.largest) bounds.largest = largest;
      if (smallest < bounds.smallest) bounds.smallest = smallest;
    });
    this.bounds[row]?.set(key, bounds);
    return bounds;
  }

  private keyOf(left: Int32Array): number {
    let key = 0;
    for (let j = 0; j < left.length - 1; j++) key = key * this.radix + (left[j] as number);
    return key;
  }

  private count(steps: number): void {
    this.steps += steps;
    if (this.steps > maxSteps) throw tooLarge;
  }

  /**
   * Every way to fill one row from what is left of the columns; `rest` is overwritten after each visit. The term is -sum ln x!, over
   * the rest as well where the next row is the last.
   */
  private eachFill(row: number, left: Int32Array, withRest: boolean, visit: (rest: Int32Array, term: number) => void): void {
    const { lnFactorials } = this;
    const width = left.length;
    const rest = left.slice();
    const later = new Int32Array(width);
    for (let j = width - 2; j >= 0; j--) later[j] = (later[j + 1] as number) + (left[j + 1] as number);
    const cell = (x: number, available: number) => (lnFactorials[x] as number) + (withRest ? (lnFactorials[available - x] as number) : 0);
    const last = left[width - 1] as number;
    const fill = (j: number, needed: number, term: number): void => {
      const available = left[j] as number;
      const to = Math.min(available, needed);
      for (let x = Math.max(0, needed - (later[j] as number)); x <= to; x++) {
        rest[j] = available - x;
        const own = term - cell(x, available);
        if (j < width - 2) {
          fill(j + 1, needed - x, own);
          continue;
        }
        rest[width - 1] = last - needed + x;
        this.count(1);
        visit(rest, own - cell(needed - x, last));
      }
    };
    fill(0, this.rowSums[row] as number, 0);
  }
}
