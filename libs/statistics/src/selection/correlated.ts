import { exceeds, orderByScore, tieBand } from './ties.js';

/** How linkage measures the distance of two clusters, from distances 1 - |r| of their columns. */
export type Linkage = 'average' | 'complete' | 'single';

/**
 * Which columns a correlation filter keeps.
 * - `greedy`: columns in order of priority; one is kept unless it correlates above the cutoff with one that is kept already.
 * - `caret`: R's `caret::findCorrelation(exact = TRUE)`: of each pair above the cutoff, in order of falling mean correlation, the one
 *   with the larger mean correlation goes.
 * - `cluster`: hierarchical clustering on 1 - |r|, cut at 1 - cutoff; the column of highest priority stands for its cluster.
 */
export type CorrelationRule =
  { readonly rule: 'greedy' } | { readonly rule: 'caret' } | { readonly rule: 'cluster'; readonly linkage: Linkage };

/** What is left, and for clusters which belong together. */
export interface Pruned {
  readonly kept: readonly number[];
  /** Clusters in order of their first column; one per column for the other rules. */
  readonly clusters: readonly (readonly number[])[];
}

/**
 * Leaves out correlated columns, from a correlation matrix (row-major, p x p).
 * @param priority positions from first to last choice
 */
export function pruneCorrelated(
  matrix: Float64Array,
  p: number,
  cutoff: number,
  rule: CorrelationRule,
  priority: readonly number[],
): Pruned {
  const size = (j: number, k: number) => Math.abs(matrix[j * p + k] as number);
  if (rule.rule === 'greedy') {
    const kept: number[] = [];
    for (const j of priority) if (kept.every((k) => !exceeds(size(j, k), cutoff))) kept.push(j);
    return { kept: kept.sort((a, b) => a - b), clusters: kept.map((j) => [j]) };
  }
  if (rule.rule === 'caret') {
    const kept = caretKept(size, p, cutoff);
    return { kept, clusters: kept.map((j) => [j]) };
  }
  const clusters = clustersOf(size, p, 1 - cutoff, rule.linkage);
  const rank = new Map(priority.map((j, k) => [j, k]));
  const first = (cluster: readonly number[]) =>
    cluster.reduce((best, j) => ((rank.get(j) as number) < (rank.get(best) as number) ? j : best));
  return { kept: clusters.map(first).sort((a, b) => a - b), clusters };
}

/** Kuhn, caret: means are taken over what has not been left out yet. */
function caretKept(size: (j: number, k: number) => number, p: number, cutoff: number): number[] {
  const all = Array.from({ length: p }, (_, j) => j);
  const meanOf = (j: number) => all.reduce((sum, k) => sum + (k === j ? 0 : size(j, k)), 0) / Math.max(1, p - 1);
  const order = orderByScore(all.map(meanOf));
  const gone = new Set<number>();
  const rowSums = Float64Array.from(all, (j) => meanOf(j) * (p - 1));
  let left = p;
  const drop = (j: number) => {
    gone.add(j);
    left--;
    for (const k of all) if (k !== j && !gone.has(k)) rowSums[k] = (rowSums[k] as number) - size(j, k);
  };
  for (let a = 0; a < p - 1; a++) {
    const i = order[a] as number;
    for (let b = a + 1; b < p && !gone.has(i); b++) {
      const j = order[b] as number;
      if (gone.has(j) || !exceeds(size(i, j), cutoff)) continue;
      const own = (rowSums[i] as number) / (left - 1);
      // The mean over all rows but j: pairs among the others count twice, those with j once.
      const total = all.reduce((sum, k) => sum + (gone.has(k) || k === j ? 0 : (rowSums[k] as number)), 0);
      const others = total / ((left - 1) * (left - 1));
      drop(own > others * (1 + tieBand) ? i : j);
    }
  }
  return all.filter((j) => !gone.has(j));
}

/** Agglomerative clustering by the Lance-Williams recurrence; the closest pair is merged, of equal ones the first. */
function clustersOf(size: (j: number, k: number) => number, p: number, height: number, linkage: Linkage): number[][] {
  const clusters: (number[] | null)[] = Array.from({ length: p }, (_, j) => [j]);
  const distance = new Float64Array(p * p);
  for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) distance[j * p + k] = 1 - size(j, k);
  const live = new Set(clusters.keys());
  for (;;) {
    const pair = closestPair(distance, p, [...live]);
    if (pair === null || exceeds(pair.distance, height)) break;
    const [a, b] = [pair.a, pair.b];
    const [left, right] = [clusters[a] as number[], clusters[b] as number[]];
    live.delete(b);
    for (const k of live) {
      if (k === a) continue;
      const merged = linked(linkage, distance[a * p + k] as number, distance[b * p + k] as number, left.length, right.length);
      distance[a * p + k] = merged;
      distance[k * p + a] = merged;
    }
    clusters[a] = [...left, ...right].sort((x, y) => x - y);
    clusters[b] = null;
  }
  return clusters.filter((cluster) => cluster !== null);
}

function closestPair(distance: Float64Array, p: number, live: readonly number[]): { a: number; b: number; distance: number } | null {
  let best: { a: number; b: number; distance: number } | null = null;
  for (let x = 0; x < live.length; x++)
    for (let y = x + 1; y < live.length; y++) {
      const [a, b] = [live[x] as number, live[y] as number];
      const d = distance[a * p + b] as number;
      // Pairs come in order, so a later one must be closer by more than the tie band.
      if (best === null || d < best.distance - tieBand) best = { a, b, distance: d };
    }
  return best;
}

function linked(linkage: Linkage, a: number, b: number, sizeA: number, sizeB: number): number {
  if (linkage === 'complete') return Math.max(a, b);
  if (linkage === 'single') return Math.min(a, b);
  return (sizeA * a + sizeB * b) / (sizeA + sizeB);
}
