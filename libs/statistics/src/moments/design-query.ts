import { armSchema, statisticWords } from '@cohortium/federation';
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

/** Parameters: the arms, and the columns of each arm's design. */
export interface DesignMomentParams<R> {
  readonly arms: readonly Arm<R>[];
  readonly columnCounts: readonly number[];
}

/** Column moments of a prepared design (`design-moments@1`); its columns are standardized, so one round is exact enough. */
export function designMomentsQuery<R>(
  family: Family,
  designOf: DesignOf<R>,
  recipe: ZodType<R>,
): SumQuery<DesignMomentParams<R>, ColumnMoments[]> {
  const operation = familyOperation(family, 'statistics', 'design-moments');
  const params = z.strictObject({ arms: z.array(armSchema(recipe)).min(1).max(64), columnCounts: z.array(z.int().min(1)) });
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: params as ZodType<DesignMomentParams<R>>,
    length: ({ columnCounts }) => columnCounts.reduce((n, p) => n + 1 + 2 * p, 0),
    local: (rows, { arms, columnCounts }) => {
      assertFamily(
        family,
        arms.map((arm) => arm.heldOut),
        operation,
      );
      const out = new Float64Array(columnCounts.reduce((n, p) => n + 1 + 2 * p, 0));
      let base = 0;
      arms.forEach((arm, a) => {
        const p = columnCounts[a] as number;
        const { values } = designOf(rows, arm.recipe.value);
        const excluded = siteNumber(rows, arm.heldOut);
        for (let i = 0; i < rows.rowCount; i++) {
          if (rows.siteIndex[i] === excluded) continue;
          out[base] = (out[base] as number) + 1;
          for (let j = 0; j < p; j++) {
            const z1 = values[i * p + j] as number;
            out[base + 1 + j] = (out[base + 1 + j] as number) + z1;
            out[base + 1 + p + j] = (out[base + 1 + p + j] as number) + z1 * z1;
          }
        }
        base += 1 + 2 * p;
      });
      return out;
    },
    read: (total, { columnCounts }) => {
      let base = 0;
      return columnCounts.map((p) => {
        const n = total[base] as number;
        const mean: number[] = [];
        const sd: number[] = [];
        for (let j = 0; j < p; j++) {
          const s1 = total[base + 1 + j] as number;
          const variance = ((total[base + 1 + p + j] as number) - (s1 * s1) / n) / (n - 1);
          mean.push(s1 / n);
          sd.push(variance > 0 ? Math.sqrt(variance) : 0);
        }
        base += 1 + 2 * p;
        return { mean, sd };
      });
    },
  };
}
