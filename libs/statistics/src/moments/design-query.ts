import { armSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { Arm, DesignOf, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation, siteNumber } from '../arms.js';
import type { Family } from '../arms.js';

/** Mean and sample SD (n - 1) of the columns of a design, over one arm. */
export interface ColumnMoments {
  readonly mean: number[];
  readonly sd: number[];
}

/** Parameters: the arms, and about where the columns of each arm's design lie. */
export interface DesignMomentParams<R> {
  readonly arms: readonly Arm<R>[];
  /**
   * One vector per arm: a value near each column's mean, from which deviations are summed. A column that varies far less than it is
   * away from its center would lose its SD to cancellation.
   */
  readonly centers: readonly Float64Array[];
}

/** Column moments of a prepared design (`design-moments@1`), in one round: its columns are standardized and their centers known. */
export function designMomentsQuery<R>(
  family: Family,
  designOf: DesignOf<R>,
  recipe: ZodType<R>,
): SumQuery<DesignMomentParams<R>, ColumnMoments[]> {
  const operation = familyOperation(family, 'statistics', 'design-moments');
  const params = z.strictObject({ arms: z.array(armSchema(recipe)).min(1).max(64), centers: z.array(vectorSchema) });
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: params as ZodType<DesignMomentParams<R>>,
    length: ({ centers }) => vectorLength(centers),
    local: (rows, { arms, centers }) => {
      assertFamily(
        family,
        arms.map((arm) => arm.heldOut),
        operation,
      );
      const out = new Float64Array(vectorLength(centers));
      let base = 0;
      arms.forEach((arm, a) => {
        const center = centers[a] as Float64Array;
        const p = center.length;
        const { values } = designOf(rows, arm.recipe.value);
        const excluded = siteNumber(rows, arm.heldOut);
        for (let i = 0; i < rows.rowCount; i++) {
          if (rows.siteIndex[i] === excluded) continue;
          out[base] = (out[base] as number) + 1;
          for (let j = 0; j < p; j++) {
            const d = (values[i * p + j] as number) - (center[j] as number);
            out[base + 1 + j] = (out[base + 1 + j] as number) + d;
            out[base + 1 + p + j] = (out[base + 1 + p + j] as number) + d * d;
          }
        }
        base += 1 + 2 * p;
      });
      return out;
    },
    read: (total, { centers }) => {
      let base = 0;
      return centers.map((center) => {
        const p = center.length;
        const n = total[base] as number;
        const mean: number[] = [];
        const sd: number[] = [];
        for (let j = 0; j < p; j++) {
          const s1 = total[base + 1 + j] as number;
          const variance = ((total[base + 1 + p + j] as number) - (s1 * s1) / n) / (n - 1);
          mean.push((center[j] as number) + s1 / n);
          sd.push(variance > 0 ? Math.sqrt(variance) : 0);
        }
        base += 1 + 2 * p;
        return { mean, sd };
      });
    },
  };
}

function vectorLength(centers: readonly Float64Array[]): number {
  return centers.reduce((n, center) => n + 1 + 2 * center.length, 0);
}
