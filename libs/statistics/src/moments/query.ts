import { vectorSchema, wideWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { assertFamily, familyOperation, siteNumber } from '../arms.js';
import type { Family } from '../arms.js';

const heldOut = z.array(z.string().nullable()).min(1).max(64);
const firstParams = z.strictObject({ heldOut, featureCount: z.int().min(1) });
const centeredParams = z.strictObject({ heldOut, centers: z.array(vectorSchema).min(1) });

/** Participants, events and observed feature sums of one arm. */
export interface FirstMoments {
  readonly participants: number;
  readonly events: number;
  /** Observed (not missing) cells by feature. */
  readonly observed: Float64Array;
  readonly mean: Float64Array;
}

/** Sums of deviations from given centers, by feature, of one arm. */
export interface CenteredMoments {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Queries of raw feature moments; two rounds, so that the second moment is centered and loses nothing to cancellation. */
export interface MomentQueries {
  readonly first: SumQuery<z.output<typeof firstParams>, FirstMoments[]>;
  readonly centered: SumQuery<z.output<typeof centeredParams>, CenteredMoments[]>;
}

/** Sums of observed raw features: `first-moments@1` and `centered-moments@1`, in 256-bit words since raw units vary widely. */
export function momentQueries(family: Family): MomentQueries {
  return { first: firstMoments(family), centered: centeredMoments(family) };
}

function places(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => from + k);
}

function firstMoments(family: Family): MomentQueries['first'] {
  const operation = familyOperation(family, 'statistics', 'first-moments');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: wideWords,
    perParticipant: true,
    params: firstParams,
    length: ({ heldOut: arms, featureCount }) => arms.length * (2 + 2 * featureCount),
    neverNegative: ({ heldOut: arms, featureCount: p }) => arms.flatMap((_, a) => places(a * (2 + 2 * p), 2 + p)),
    local: (rows, { heldOut: arms, featureCount: p }) => {
      assertFamily(family, arms, operation);
      const out = new Float64Array(arms.length * (2 + 2 * p));
      arms.forEach((site, a) => {
        const excluded = siteNumber(rows, site);
        const base = a * (2 + 2 * p);
        for (let i = 0; i < rows.rowCount; i++) {
          if (rows.siteIndex[i] === excluded) continue;
          out[base] = (out[base] as number) + 1;
          out[base + 1] = (out[base + 1] as number) + (rows.outcome[i] as number);
          for (let j = 0; j < p; j++) {
            const x = rows.features[i * p + j] as number;
            if (x !== x) continue;
            out[base + 2 + j] = (out[base + 2 + j] as number) + 1;
            out[base + 2 + p + j] = (out[base + 2 + p + j] as number) + x;
          }
        }
      });
      return out;
    },
    read: (total, { heldOut: arms, featureCount: p }) =>
      arms.map((_, a) => {
        const base = a * (2 + 2 * p);
        const observed = total.slice(base + 2, base + 2 + p);
        const mean = total
          .slice(base + 2 + p, base + 2 + 2 * p)
          .map((sum, j) => ((observed[j] as number) > 0 ? sum / (observed[j] as number) : 0));
        return { participants: total[base] as number, events: total[base + 1] as number, observed, mean };
      }),
  };
}

function centeredMoments(family: Family): MomentQueries['centered'] {
  const operation = familyOperation(family, 'statistics', 'centered-moments');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: wideWords,
    perParticipant: true,
    params: centeredParams,
    length: ({ centers }) => centers.reduce((n, c) => n + 2 * c.length, 0),
    neverNegative: ({ centers }) => centers.flatMap(({ length: p }, a) => places(a * 2 * p + p, p)),
    local: (rows, { heldOut: arms, centers }) => {
      assertFamily(family, arms, operation);
      const p = rows.featureNames.length;
      const out = new Float64Array(arms.length * 2 * p);
      arms.forEach((site, a) => {
        const excluded = siteNumber(rows, site);
        const center = centers[a] as Float64Array;
        const base = a * 2 * p;
        for (let i = 0; i < rows.rowCount; i++) {
          if (rows.siteIndex[i] === excluded) continue;
          for (let j = 0; j < p; j++) {
            const d = (rows.features[i * p + j] as number) - (center[j] as number);
            if (d !== d) continue;
            out[base + j] = (out[base + j] as number) + d;
            out[base + p + j] = (out[base + p + j] as number) + d * d;
          }
        }
      });
      return out;
    },
    read: (total, { heldOut: arms }) => {
      const p = total.length / arms.length / 2;
      return arms.map((_, a) => ({ first: total.slice(a * 2 * p, a * 2 * p + p), second: total.slice(a * 2 * p + p, (a + 1) * 2 * p) }));
    },
  };
}

/**
 * Sample SD (n - 1) by feature, from centered sums; the sum of deviations corrects for a center that is not exactly the mean.
 * Source: Chan, Golub & LeVeque 1983, doi 10.1080/00031305.1983.10483115.
 */
export function sampleSd(moments: CenteredMoments, observed: Float64Array): Float64Array {
  return observed.map((n, j) => {
    if (n < 2) return 0;
    const s1 = moments.first[j] as number;
    const variance = ((moments.second[j] as number) - (s1 * s1) / n) / (n - 1);
    return variance > 0 ? Math.sqrt(variance) : 0;
  });
}
