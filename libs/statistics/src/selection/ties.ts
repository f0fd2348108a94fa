/** Scores this close (times the largest score) count as equal, so that doubles and fixed point choose alike; ties go by order. */
export const tieBand = 1e-9;

function bandOf(scores: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < scores.length; k++) {
    const size = Math.abs(scores[k] as number);
    if (size > largest && size !== Infinity) largest = size;
  }
  return tieBand * largest;
}

/**
 * Positions by falling score; scores within the tie band of the first of a run are a run, which keeps its order. NaN comes last.
 * @example orderByScore([1, 3, 3 + 1e-12]) // [1, 2, 0]
 */
export function orderByScore(scores: ArrayLike<number>): number[] {
  const band = bandOf(scores);
  const value = (k: number) => (Number.isNaN(scores[k]) ? -Infinity : (scores[k] as number));
  const falling = Array.from({ length: scores.length }, (_, k) => k).sort((a, b) => compare(value(b), value(a)) || a - b);
  const ordered: number[] = [];
  for (let from = 0; from < falling.length;) {
    const top = value(falling[from] as number);
    let to = from + 1;
    while (to < falling.length && value(falling[to] as number) >= top - band) to++;
    ordered.push(...falling.slice(from, to).sort((a, b) => a - b));
    from = to;
  }
  return ordered;
}

/** Subtraction would make NaN of two infinities. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first of the candidates whose score is the largest up to the tie band; undefined where there is none. */
export function bestOf(candidates: readonly number[], score: (candidate: number) => number): number | undefined {
  const scores = candidates.map(score);
  const band = bandOf(scores);
  let largest = -Infinity;
  for (const s of scores) if (s > largest) largest = s;
  return candidates.find((_, k) => (scores[k] as number) >= largest - band);
}

/** True where a value reaches a limit, or misses it by less than the tie band. */
export function reaches(value: number, limit: number): boolean {
  return value >= limit - tieBand * Math.max(Math.abs(limit), Number.MIN_VALUE);
}

/** True where a value exceeds a limit by more than the tie band. */
export function exceeds(value: number, limit: number): boolean {
  return value > limit + tieBand * Math.max(Math.abs(limit), Number.MIN_VALUE);
}
