import { Frozen } from '@cohortium/kernel';
import { matrixMomentsQuery } from '../model-matrix/scaling.js';
import { plainSpec } from '../model-matrix/model-matrix.js';
import type { MatrixSpec, Term } from '../model-matrix/model-matrix.js';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';

/** Terms made comparable, and how to come back to raw units. */
export interface StandardTerms {
  /** Complete rows over all sites. */
  readonly rows: number;
  /** Terms minus center over scale. */
  readonly spec: Frozen<MatrixSpec>;
  readonly center: Float64Array;
  readonly scale: Float64Array;
  /** Raw mean and SD (n - 1) by term. */
  readonly mean: Float64Array;
  readonly sd: Float64Array;
  /** Position of the intercept, -1 without one. */
  readonly intercept: number;
  /** The same for the numeric outcome, where there is one: numbers are (value - minus) / over. */
  readonly outcome: { readonly minus: number; readonly over: number };
}

/** A term whose SD is below this share of its mean is constant up to rounding. */
const constantShare = 1e-12;

/**
 * Standardizes terms in two rounds of 256-bit sums, the second centered on the means of the first. With an intercept, columns get mean 0
 * and SD 1; without one they may not be shifted and get root mean square 1. Constant columns become ones. A Gaussian outcome is scaled alike.
 * @param needs further columns that must be observed
 * @param outcome column of a numeric outcome to scale, or null
 */
export function* standardizeTerms(terms: readonly Term[], needs: readonly string[], outcome: string | null): SumProgram<StandardTerms> {
  const all: Term[] = outcome === null ? [...terms] : [...terms, { name: '(outcome)', factors: [{ column: outcome }] }];
  const plain = plainSpec(all, needs);
  const first = yield* ask(matrixMomentsQuery, { spec: new Frozen(plain) });
  const n = first.rows;
  const shift = first.first.map((sum) => (n > 0 ? sum / n : 0));
  const second = yield* ask(matrixMomentsQuery, { spec: new Frozen({ ...plain, center: [...shift] }) });
  const mean = shift.map((m, j) => m + (n > 0 ? (second.first[j] as number) / n : 0));
  const sd = shift.map((m, j) => {
    const s1 = second.first[j] as number;
    const variance = n > 1 ? ((second.second[j] as number) - (s1 * s1) / n) / (n - 1) : 0;
    const value = variance > 0 ? Math.sqrt(variance) : 0;
    return value > constantShare * Math.abs(m) ? value : 0;
  });
  const intercept = terms.findIndex(({ factors }) => factors.length === 0);
  const scaled = all.map((_, j) => scaleOf(mean[j] as number, sd[j] as number, j === intercept, intercept >= 0));
  const [center, scale] = [0, 1].map((k) => Float64Array.from(terms, (_, j) => (scaled[j] as [number, number])[k] as number)) as [
    Float64Array,
    Float64Array,
  ];
  const [minus, over] = outcome === null ? [0, 1] : (scaled[terms.length] as [number, number]);
  const spec = new Frozen({ ...plainSpec(terms, outcome === null ? needs : [...needs, outcome]), center: [...center], scale: [...scale] });
  return {
    rows: n,
    spec,
    center,
    scale,
    mean: mean.slice(0, terms.length),
    sd: sd.slice(0, terms.length),
    intercept,
    outcome: { minus, over },
  };
}

/** Center and scale of one column. */
function scaleOf(mean: number, sd: number, isIntercept: boolean, hasIntercept: boolean): [number, number] {
  if (isIntercept) return [0, 1];
  if (sd === 0) return [0, mean === 0 ? 1 : mean];
  return hasIntercept ? [mean, sd] : [0, Math.sqrt(mean * mean + sd * sd)];
}

/**
 * Coefficients on raw terms from those on standardized ones: raw = map * standardized (row-major, p x p), for an outcome that is not
 * scaled.
 */
export function rawMap({ center, scale, intercept }: Pick<StandardTerms, 'center' | 'scale' | 'intercept'>): Float64Array {
  const p = center.length;
  const map = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    map[j * p + j] = 1 / (scale[j] as number);
    if (intercept >= 0 && j !== intercept) map[intercept * p + j] = -(center[j] as number) / (scale[j] as number);
  }
  return map;
}

/** `map * matrix * map'` of row-major p x p matrices. */
export function sandwich(map: Float64Array, matrix: Float64Array, p: number): Float64Array {
  const half = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    for (let k = 0; k < p; k++) {
      const m = map[i * p + k] as number;
      if (m === 0) continue;
      for (let j = 0; j < p; j++) half[i * p + j] = (half[i * p + j] as number) + m * (matrix[k * p + j] as number);
    }
  }
  const out = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < p; k++) sum += (half[i * p + k] as number) * (map[j * p + k] as number);
      out[i * p + j] = sum;
      out[j * p + i] = sum;
    }
  }
  return out;
}
