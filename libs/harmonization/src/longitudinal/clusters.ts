import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { tableSource } from '../batches/data.js';
import { standardData } from '../batches/scaling.js';
import type { BatchScaling, StandardData } from '../batches/scaling.js';
import type { BatchSpec } from '../batches/spec.js';

/** Rows of one participant that take part in the fit. */
export interface Clusters {
  /** Participant of each row of the table, a position; -1 for rows that do not take part. */
  readonly of: Int32Array;
  /** Rows of each participant. */
  readonly sizes: Int32Array;
}

/** Participants with their rows; numbers of one site mean nothing at another. */
export function clustersOf(rows: CohortRows, data: StandardData): Clusters {
  const positions = new Map<number, number>();
  const sizes: number[] = [];
  const of = Int32Array.from({ length: data.rowCount }, (_, i) => {
    if (data.fit[i] === 0) return -1;
    const key = rows.participantIndex[i] as number;
    const at = positions.get(key) ?? positions.size;
    positions.set(key, at);
    sizes[at] = (sizes[at] ?? 0) + 1;
    return at;
  });
  return { of, sizes: Int32Array.from(sizes) };
}

/**
 * Fixed effects of some rows: indicators of batches of one site (kept at home), then indicators of crossing batches and covariates
 * (common to all sites).
 */
export interface FixedColumns {
  /** Batches whose indicators come first. */
  readonly own: readonly number[];
  /** Number of common columns. */
  readonly common: number;
  /** One vector per column, over the rows of the table. */
  readonly columns: readonly Float64Array[];
}

/** The fixed effects; `crossing` batches are common columns. */
export function fixedColumns(data: StandardData, crossing: readonly number[]): FixedColumns {
  const own = data.groups.map(({ batch }) => batch).filter((batch) => !crossing.includes(batch));
  const indicator = (batch: number) => Float64Array.from(data.batch, (value) => Number(value === batch));
  return {
    own,
    common: crossing.length + data.covariates.length,
    columns: [...own.map(indicator), ...crossing.map(indicator), ...data.covariates],
  };
}

/** Sums of products over rows, and over participants of one size of the sums of their rows. */
export interface SizeProducts {
  /** Rows per participant; 0 stands for the plain sums over rows. */
  readonly size: number;
  readonly participants: number;
  /** Products of fixed columns, full matrix. */
  readonly xx: Float64Array;
  /** Products of fixed columns and features, columns x features. */
  readonly xy: Float64Array;
  /** Squares of features. */
  readonly yy: Float64Array;
}

/** All that the likelihood of a random intercept needs of some rows, for any ratio of variances. */
export interface ClusterProducts {
  readonly fixed: FixedColumns;
  readonly plain: SizeProducts;
  readonly bySize: readonly SizeProducts[];
}

/** Products of some rows; pure and remembered. */
export function clusterProducts(
  rows: CohortRows,
  spec: Frozen<BatchSpec>,
  scaling: Frozen<BatchScaling>,
  crossing: readonly number[],
): ClusterProducts {
  return rows.memo(`cluster products ${spec.hash} ${scaling.hash} ${crossing.join()}`, () => {
    const data = standardData(rows, tableSource, spec, scaling);
    const fixed = fixedColumns(data, crossing);
    const clusters = clustersOf(rows, data);
    const p = data.columnCount;
    const d = fixed.columns.length;
    const member = [...clusters.of.keys()].filter((i) => (clusters.of[i] as number) >= 0);
    const plain = { size: 0, participants: clusters.sizes.length, ...emptyProducts(d, p) };
    const x = new Float64Array(clusters.sizes.length * d);
    const y = new Float64Array(clusters.sizes.length * p);
    const rowX = new Float64Array(d);
    for (const i of member) {
      const c = clusters.of[i] as number;
      for (let a = 0; a < d; a++) {
        rowX[a] = (fixed.columns[a] as Float64Array)[i] as number;
        x[c * d + a] = (x[c * d + a] as number) + (rowX[a] as number);
      }
      const rowY = data.values.subarray(i * p, (i + 1) * p);
      for (let f = 0; f < p; f++) y[c * p + f] = (y[c * p + f] as number) + (rowY[f] as number);
      addProducts(plain, rowX, rowY);
    }
    const bySize = new Map<number, SizeProducts>();
    clusters.sizes.forEach((size, c) => {
      const before = bySize.get(size) ?? { size, participants: 0, ...emptyProducts(d, p) };
      addProducts(before, x.subarray(c * d, (c + 1) * d), y.subarray(c * p, (c + 1) * p));
      bySize.set(size, { ...before, participants: before.participants + 1 });
    });
    return { fixed, plain, bySize: [...bySize.values()].sort((a, b) => a.size - b.size) };
  });
}

function emptyProducts(d: number, p: number) {
  return { xx: new Float64Array(d * d), xy: new Float64Array(d * p), yy: new Float64Array(p) };
}

function addProducts({ xx, xy, yy }: Pick<SizeProducts, 'xx' | 'xy' | 'yy'>, x: Float64Array, y: Float64Array): void {
  const d = x.length;
  const p = y.length;
  for (let a = 0; a < d; a++) {
    const left = x[a] as number;
    if (left === 0) continue;
    for (let b = 0; b < d; b++) xx[a * d + b] = (xx[a * d + b] as number) + left * (x[b] as number);
    for (let f = 0; f < p; f++) xy[a * p + f] = (xy[a * p + f] as number) + left * (y[f] as number);
  }
  for (let f = 0; f < p; f++) yy[f] = (yy[f] as number) + (y[f] as number) * (y[f] as number);
}
