import { ln, triangleLength } from '@cohortium/numerics';

/** How tied events share a risk set. */
export const tieRules = ['efron', 'breslow'] as const;
/** See {@link tieRules}. */
export type TieRule = (typeof tieRules)[number];

/**
 * Sums over the rows of one stratum that a partial likelihood needs, by event time. Blocks of `1 + p + p (p + 1) / 2` hold sums of
 * w, w x and w x x' (lower triangle) with w = exp(x beta).
 */
export interface RiskSums {
  readonly times: number;
  readonly columns: number;
  /** By time: rows whose last risk set is this one. */
  readonly leaving: Float64Array;
  /** Beyond the last time of a grid: rows that are in every risk set. */
  readonly beyond: Float64Array;
  /** By time: events, and sums of their columns (p). */
  readonly events: Float64Array;
  /** By time: the block of the events alone, for Efron's rule; empty otherwise. */
  readonly tied: Float64Array;
}

/** Elements of one block. */
export function blockLength(p: number): number {
  return 1 + p + triangleLength(p);
}

/** Elements of all sums of one stratum. */
export function riskSumsLength(times: number, p: number, ties: TieRule): number {
  return (times + 1) * blockLength(p) + times * (1 + p) + (ties === 'efron' ? times * blockLength(p) : 0);
}

/** Views of the parts of one stratum's vector. */
export function riskSumsOf(vector: Float64Array, times: number, p: number, ties: TieRule): RiskSums {
  const block = blockLength(p);
  let at = 0;
  const take = (length: number) => vector.subarray(at, (at += length));
  return {
    times,
    columns: p,
    leaving: take(times * block),
    beyond: take(block),
    events: take(times * (1 + p)),
    tied: take(ties === 'efron' ? times * block : 0),
  };
}

/** Adds a row to a block. */
export function addToBlock(block: Float64Array, at: number, w: number, values: Float64Array, base: number, p: number): void {
  block[at] = (block[at] as number) + w;
  let k = at + 1 + p;
  for (let a = 0; a < p; a++) {
    const wx = w * (values[base + a] as number);
    block[at + 1 + a] = (block[at + 1 + a] as number) + wx;
    for (let b = 0; b <= a; b++, k++) block[k] = (block[k] as number) + wx * (values[base + b] as number);
  }
}

/** Log partial likelihood with its derivatives. */
export interface PartialLikelihood {
  value: number;
  readonly score: Float64Array;
  /** Lower triangle. */
  readonly information: Float64Array;
}

/** Nothing added yet. */
export function emptyPartial(p: number): PartialLikelihood {
  return { value: 0, score: new Float64Array(p), information: new Float64Array(triangleLength(p)) };
}

/** Told of what one event time adds: score and information (lower triangle), both reused for the next time. */
export type TimeObserver = (time: number, events: number, score: Float64Array, information: Float64Array) => void;

/**
 * Adds the partial likelihood of one stratum, ties by Efron's or Breslow's rule.
 * Source: Cox 1972, doi 10.1111/j.2517-6161.1972.tb00899.x; Efron 1977, doi 10.1080/01621459.1977.10480613; Breslow 1974, doi 10.2307/2529620.
 */
export function addPartialLikelihood(
  out: PartialLikelihood,
  sums: RiskSums,
  beta: Float64Array,
  ties: TieRule,
  observe?: TimeObserver,
): void {
  const { times, columns: p, leaving, beyond, events, tied } = sums;
  const block = blockLength(p);
  const risk = beyond.slice();
  const score = new Float64Array(p);
  const information = new Float64Array(triangleLength(p));
  const mean = new Float64Array(p);
  for (let k = times - 1; k >= 0; k--) {
    for (let j = 0; j < block; j++) risk[j] = (risk[j] as number) + (leaving[k * block + j] as number);
    const d = events[k * (1 + p)] as number;
    if (d === 0) continue;
    score.fill(0);
    information.fill(0);
    let eta = 0;
    for (let a = 0; a < p; a++) {
      const x = events[k * (1 + p) + 1 + a] as number;
      eta += x * (beta[a] as number);
      score[a] = x;
    }
    out.value += eta;
    const steps = ties === 'efron' ? d : 1;
    const weight = d / steps;
    for (let l = 0; l < steps; l++) {
      const share = l / d;
      const of = (j: number) => (risk[j] as number) - (share === 0 ? 0 : share * (tied[k * block + j] as number));
      const total = of(0);
      out.value -= weight * ln(total);
      for (let a = 0; a < p; a++) {
        mean[a] = of(1 + a) / total;
        score[a] = (score[a] as number) - weight * (mean[a] as number);
      }
      let at = 0;
      for (let a = 0; a < p; a++)
        for (let b = 0; b <= a; b++, at++)
          information[at] = (information[at] as number) + weight * (of(1 + p + at) / total - (mean[a] as number) * (mean[b] as number));
    }
    for (let a = 0; a < p; a++) out.score[a] = (out.score[a] as number) + (score[a] as number);
    for (let j = 0; j < information.length; j++) out.information[j] = (out.information[j] as number) + (information[j] as number);
    observe?.(k, d, score, information);
  }
}
