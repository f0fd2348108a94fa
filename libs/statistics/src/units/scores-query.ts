import { armSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { Arm, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation } from '../arms.js';
import type { Family } from '../arms.js';
import { edgesSchema } from './cells-query.js';
import type { Edges } from './cells-query.js';
import { maxArms } from './moments-query.js';
import { transformFits } from './products-query.js';
import { armGroups, cellOf } from './units.js';
import type { UnitSource } from './units.js';

/** Parameters of the score sums, by arm: a score for every cell of every column, and what standardizes its values. */
export interface ScoreParams<R> {
  readonly arms: readonly Arm<R>[];
  readonly cells: readonly Edges[];
  readonly scores: readonly Float64Array[];
  readonly center: readonly Float64Array[];
  readonly scale: readonly Float64Array[];
}

/** `<prefix>-scores@1`: per column the sum of score(cell of x) (x - center) / scale: a linear combination of order statistics. */
export function scoresQuery<R>(family: Family, prefix: string, source: UnitSource<R>): SumQuery<ScoreParams<R>, Float64Array[]> {
  const operation = familyOperation(family, 'statistics', `${prefix}-scores`);
  const columnsIn = (arm: Arm<R>) => source.columnCount(arm.recipe.value);
  const length = ({ arms }: ScoreParams<R>) => arms.reduce((n, arm) => n + columnsIn(arm), 0);
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: scoreParams(source),
    length,
    local: (rows, params) => {
      const heldOut = params.arms.map((arm) => arm.heldOut);
      assertFamily(family, heldOut, operation);
      const out = new Float64Array(length(params));
      let base = 0;
      params.arms.forEach((arm, a) => {
        const units = source.units(rows, arm.recipe);
        const groups = armGroups(rows, units, arm);
        const { sizes, edges } = params.cells[a] as Edges;
        const scores = params.scores[a] as Float64Array;
        let from = 0;
        units.columns.forEach((column, j) => {
          const to = from + (sizes[j] as number);
          const center = params.center[a]?.[j] as number;
          const scale = params.scale[a]?.[j] as number;
          let sum = 0;
          for (let i = 0; i < groups.length; i++) {
            const x = column[i] as number;
            if ((groups[i] as number) < 0 || x !== x) continue;
            sum += (scores[from + j + cellOf(edges, from, to, x)] as number) * ((x - center) / scale);
          }
          out[base++] = sum;
          from = to;
        });
      });
      return out;
    },
    read: (total, { arms }) => {
      let base = 0;
      return arms.map((arm) => total.slice(base, (base += columnsIn(arm))));
    },
  };
}

function scoreParams<R>(source: UnitSource<R>): ZodType<ScoreParams<R>> {
  const schema = z
    .strictObject({
      arms: z.array(armSchema(source.recipe)).min(1).max(maxArms),
      cells: z.array(edgesSchema),
      scores: z.array(vectorSchema),
      center: z.array(vectorSchema),
      scale: z.array(vectorSchema),
    })
    .refine((params) => {
      const { arms, cells, scores, center, scale } = params as unknown as ScoreParams<R>;
      return arms.every(({ recipe }, a) => {
        const p = source.columnCount(recipe.value);
        const scaled = { kind: 'scale', center: center[a] ?? new Float64Array(), scale: scale[a] ?? new Float64Array() } as const;
        const scored = { kind: 'score', cells: cells[a] as Edges, scores: scores[a] ?? new Float64Array() } as const;
        return cells[a] !== undefined && transformFits(scaled, p) && transformFits(scored, p);
      });
    }, 'a number for every column and cell of every arm');
  return schema as unknown as ZodType<ScoreParams<R>>;
}
