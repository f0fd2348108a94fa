import { frozenSchema, wideWords } from '@cohortium/federation';
import type { Federation, RosterScope, SumQuery } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { matrixSpecSchema, modelMatrix } from './model-matrix.js';
import type { MatrixSpec } from './model-matrix.js';

/** Parameters of {@link matrixMomentsQuery}. */
export interface MatrixMomentParams {
  readonly spec: Frozen<MatrixSpec>;
}

/** Sums over the complete rows of a model matrix, by term. */
export interface MatrixMoments {
  readonly rows: number;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** `matrix-moments@1`: number of complete rows, sums and sums of squares of the terms, in 256-bit words since raw units vary widely. */
export const matrixMomentsQuery: SumQuery<MatrixMomentParams, MatrixMoments> = {
  kind: 'sum',
  operation: 'statistics.matrix-moments',
  version: 1,
  words: wideWords,
  params: z.strictObject({ spec: frozenSchema(matrixSpecSchema) }) as ZodType<MatrixMomentParams>,
  length: ({ spec }) => 1 + 2 * spec.value.terms.length,
  local: (rows, { spec }) => {
    const { rowIndex, columnCount: p, values } = modelMatrix(rows, spec);
    const out = new Float64Array(1 + 2 * p);
    out[0] = rowIndex.length;
    for (let i = 0; i < rowIndex.length; i++) {
      for (let j = 0; j < p; j++) {
        const x = values[i * p + j] as number;
        out[1 + j] = (out[1 + j] as number) + x;
        out[1 + p + j] = (out[1 + p + j] as number) + x * x;
      }
    }
    return out;
  },
  read: (total, { spec }) => {
    const p = spec.value.terms.length;
    return { rows: total[0] as number, first: total.slice(1, 1 + p), second: total.slice(1 + p) };
  },
};

/** Means and SDs of the terms, and the spec that standardizes by them. */
export interface MatrixScaling {
  /** Complete rows over all sites. */
  readonly rows: number;
  readonly mean: Float64Array;
  /** Sample SD (n - 1); 0 for a constant term. */
  readonly sd: Float64Array;
  /** The terms minus their mean over their SD; intercepts (terms without factors) and constant terms are left as they are. */
  readonly spec: Frozen<MatrixSpec>;
}

/** A term whose SD is below this share of its mean is constant up to rounding. */
const constantShare = 1e-12;

/**
 * Means and SDs of the terms of a spec in two rounds: the second is centered on the means of the first, so that nothing is lost to
 * cancellation. Later sums then work on values near 1, whatever the units.
 */
export async function fitScaling(federation: Federation, spec: MatrixSpec, scope: RosterScope): Promise<MatrixScaling> {
  const { value: first } = await federation.sum(matrixMomentsQuery, { spec: new Frozen(spec) }, scope);
  const n = first.rows;
  const shift = Array.from(first.first, (sum) => (n > 0 ? sum / n : 0));
  const centered = { ...spec, center: spec.center.map((c, j) => c + (spec.scale[j] as number) * (shift[j] as number)) };
  const { value: second } = await federation.sum(matrixMomentsQuery, { spec: new Frozen(centered) }, scope);
  const mean = Float64Array.from(shift, (m, j) => m + (n > 0 ? (second.first[j] as number) / n : 0));
  const sd = Float64Array.from(shift, (m, j) => {
    const s1 = second.first[j] as number;
    const variance = n > 1 ? ((second.second[j] as number) - (s1 * s1) / n) / (n - 1) : 0;
    const value = variance > 0 ? Math.sqrt(variance) : 0;
    return value > constantShare * Math.abs(m) ? value : 0;
  });
  const leave = (j: number) => spec.terms[j]?.factors.length === 0 || sd[j] === 0;
  const standard: MatrixSpec = {
    ...spec,
    center: spec.center.map((c, j) => (leave(j) ? c : c + (spec.scale[j] as number) * (mean[j] as number))),
    scale: spec.scale.map((s, j) => (leave(j) ? s : s * (sd[j] as number))),
  };
  return { rows: n, mean, sd, spec: new Frozen(standard) };
}
