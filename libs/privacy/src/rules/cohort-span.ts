import type { CohortMembers } from '@cohortium/federation';

/** Sets of small atoms that are looked at one by one; with more, a cohort is refused without having been understood. */
const mostSubsets = 20_000;
/** Entries below this count as 0 in the elimination: they come from whole numbers of at most a few dozen rows. */
const tiny = 1e-9;

/**
 * Whether totals over some cohorts can be combined, each with any factor, into a figure that describes between 1 and `minimum - 1`
 * participants and nobody else. Two cohorts that differ by one participant are the simplest case; three can give away a fourth set that no
 * two of them do.
 *
 * Participants fall into atoms by the cohorts that they belong to. With M the incidence matrix of cohorts and atoms, some combination
 * vanishes outside a set S of atoms, but not on it, exactly if rank M exceeds the rank of M without the columns of S. Only sets of fewer
 * than `minimum` participants matter. Where there are too many sets to look at, the answer is yes.
 */
export function spansFewerThan(cohorts: readonly CohortMembers[], minimum: number): boolean {
  const { matrix, sizes } = atomsOf(cohorts);
  const whole = rankOf(matrix);
  const exposed = (atoms: ReadonlySet<number>) => rankOf(matrix.map((row) => row.filter((_, a) => !atoms.has(a)))) < whole;
  const small = sizes.flatMap((size, a) => (size < minimum ? [a] : [])).sort((a, b) => (sizes[a] as number) - (sizes[b] as number));
  // What no set of all small atoms gives away, no part of it does.
  if (small.length === 0 || !exposed(new Set(small))) return false;
  let looked = 0;
  const grow = (from: number, chosen: number[], size: number): boolean => {
    if (++looked > mostSubsets) return true;
    let grown = false;
    for (let i = from; i < small.length; i++) {
      const next = size + (sizes[small[i] as number] as number);
      if (next >= minimum) break;
      grown = true;
      if (grow(i + 1, [...chosen, small[i] as number], next)) return true;
    }
    // A larger set gives away whatever its parts do, so only the largest are tested.
    return !grown && chosen.length > 0 && exposed(new Set(chosen));
  };
  return grow(0, [], 0);
}

/** Rows: cohorts; columns: atoms, the groups of participants who belong to exactly the same cohorts. */
function atomsOf(cohorts: readonly CohortMembers[]): { readonly matrix: number[][]; readonly sizes: number[] } {
  const patterns = new Map<string, string[]>();
  cohorts.forEach((members, c) => {
    for (const member of members) {
      const pattern = patterns.get(member);
      if (pattern) pattern.push(String(c));
      else patterns.set(member, [String(c)]);
    }
  });
  const sizeOf = new Map<string, number>();
  for (const pattern of patterns.values()) sizeOf.set(pattern.join(' '), (sizeOf.get(pattern.join(' ')) ?? 0) + 1);
  const atoms = [...sizeOf.keys()].map((pattern) => new Set(pattern.split(' ')));
  return { matrix: cohorts.map((_, c) => atoms.map((atom) => (atom.has(String(c)) ? 1 : 0))), sizes: [...sizeOf.values()] };
}

/** Rank by elimination with the largest pivot. */
function rankOf(rows: readonly (readonly number[])[]): number {
  const work = rows.map((row) => [...row]);
  const width = work[0]?.length ?? 0;
  let rank = 0;
  for (let column = 0; column < width && rank < work.length; column++) {
    let pivot = rank;
    for (let r = rank + 1; r < work.length; r++)
      if (Math.abs(work[r]?.[column] as number) > Math.abs(work[pivot]?.[column] as number)) pivot = r;
    const head = work[pivot] as number[];
    if (Math.abs(head[column] as number) < tiny) continue;
    [work[rank], work[pivot]] = [head, work[rank] as number[]];
    for (let r = rank + 1; r < work.length; r++) {
      const row = work[r] as number[];
      const factor = (row[column] as number) / (head[column] as number);
      if (factor !== 0) for (let c = column; c < width; c++) row[c] = (row[c] as number) - factor * (head[c] as number);
    }
    rank++;
  }
  return rank;
}
