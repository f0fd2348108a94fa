import { armSchema, vectorSchema, wideWords } from '@cohortium/federation';
import type { Arm, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation } from '../arms.js';
import type { Family } from '../arms.js';
import { armGroups } from './units.js';
import type { UnitSource } from './units.js';

/** Largest number of arms of one request. */
export const maxArms = 20_000;

/** Parameters of the moments. */
export interface UnitMomentParams<R> {
  readonly arms: readonly Arm<R>[];
  /** By arm, the value near each group's mean of each column (groups x columns), which is subtracted. */
  readonly centers: readonly Float64Array[];
  /** By arm, what deviations are divided by (groups x columns): powers of two, so that nothing is rounded. */
  readonly scales: readonly Float64Array[];
  /** `absolute`: sums of |deviation|, for a first look at the scale. `square`: sums of squares. */
  readonly spread: 'absolute' | 'square';
}

/** Sums of one arm, groups x columns; missing values are left out by column. */
export interface ArmSums {
  /** Units of each group, observed or not. */
  readonly units: Float64Array;
  readonly observed: Float64Array;
  /** Sum of scaled deviations from the centers. */
  readonly first: Float64Array;
  /** Sum of absolute or squared scaled deviations. */
  readonly second: Float64Array;
}

/**
 * `<prefix>-moments@1`: counts, sums and sums of absolute values or squares by group and column, in 256-bit words since raw units
 * vary widely.
 */
export function unitMomentsQuery<R>(family: Family, prefix: string, source: UnitSource<R>): SumQuery<UnitMomentParams<R>, ArmSums[]> {
  const operation = familyOperation(family, 'statistics', `${prefix}-moments`);
  const shapeOf = (arm: Arm<R>) => ({ g: source.groupCount(arm.recipe.value), p: source.columnCount(arm.recipe.value) });
  const length = ({ arms }: UnitMomentParams<R>) =>
    arms.reduce((n, arm) => {
      const { g, p } = shapeOf(arm);
      return n + g * (1 + 3 * p);
    }, 0);
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: wideWords,
    params: momentParams(source),
    length,
    local: (rows, params) => {
      const heldOut = params.arms.map((arm) => arm.heldOut);
      assertFamily(family, heldOut, operation);
      const out = new Float64Array(length(params));
      let base = 0;
      params.arms.forEach((arm, a) => {
        const { g, p } = shapeOf(arm);
        const units = source.units(rows, arm.recipe);
        const part = out.subarray(base, base + g * (1 + 3 * p));
        const place = { centers: params.centers[a] as Float64Array, scales: params.scales[a] as Float64Array };
        addMoments(part, units.columns, armGroups(rows, units, arm), g, { ...place, square: params.spread === 'square' });
        base += part.length;
      });
      return out;
    },
    read: (total, { arms }) => {
      let base = 0;
      return arms.map((arm) => {
        const { g, p } = shapeOf(arm);
        const take = (size: number) => total.slice(base, (base += size));
        return { units: take(g), observed: take(g * p), first: take(g * p), second: take(g * p) };
      });
    },
  };
}

function momentParams<R>(source: UnitSource<R>): ZodType<UnitMomentParams<R>> {
  const schema = z
    .strictObject({
      arms: z.array(armSchema(source.recipe)).min(1).max(maxArms),
      centers: z.array(vectorSchema),
      scales: z.array(vectorSchema),
      spread: z.enum(['absolute', 'square']),
    })
    .refine(({ arms, centers, scales }) => {
      const sizes = (arms as Arm<R>[]).map(({ recipe: { value } }) => source.groupCount(value) * source.columnCount(value));
      const fits = (vectors: readonly Float64Array[]) => vectors.length === sizes.length && sizes.every((n, a) => vectors[a]?.length === n);
      return fits(centers) && fits(scales) && scales.every((scale) => scale.every((s) => s > 0));
    }, 'one center and scale for every group and column of every arm');
  return schema as unknown as ZodType<UnitMomentParams<R>>;
}

interface Placement {
  readonly centers: Float64Array;
  readonly scales: Float64Array;
  readonly square: boolean;
}

function addMoments(
  out: Float64Array,
  columns: readonly Float64Array[],
  groups: Int32Array,
  g: number,
  { centers, scales, square }: Placement,
): void {
  const p = columns.length;
  for (const group of groups) if (group >= 0) out[group] = (out[group] as number) + 1;
  const cells = g * p;
  columns.forEach((column, j) => {
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as number;
      const x = column[i] as number;
      if (group < 0 || x !== x) continue;
      const cell = group * p + j;
      const d = (x - (centers[cell] as number)) / (scales[cell] as number);
      const at = g + cell;
      out[at] = (out[at] as number) + 1;
      out[at + cells] = (out[at + cells] as number) + d;
      out[at + 2 * cells] = (out[at + 2 * cells] as number) + (square ? d * d : Math.abs(d));
    }
  });
}
