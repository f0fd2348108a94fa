import { Frozen } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { largestSupport, modelParamsSchema, sparseModels } from './params.js';
import type { ModelParams } from './params.js';

const recipe = z.strictObject({});
const schema = modelParamsSchema(recipe);
const base: ModelParams<unknown> = {
  arms: [{ heldOut: null, recipe: new Frozen({}) }],
  columnCounts: [3],
  participants: 100,
  participantFolds: { count: 5, seed: 's' },
  models: [
    { arm: 0, leftOut: null, size: 2 },
    { arm: 0, leftOut: 4, size: 1 },
  ],
  indices: Float64Array.of(0, 3, 2),
  values: Float64Array.of(-1, 0.5, 2),
};

describe('parameters of many models', () => {
  it('are accepted when sizes, indices and values fit together', () => expect(schema.safeParse(base).success).toBe(true));

  it.each<[string, Partial<Record<keyof ModelParams<unknown>, unknown>>]>([
    ['an index beyond the columns', { indices: Float64Array.of(0, 4, 2) }],
    ['a negative index', { indices: Float64Array.of(-1, 3, 2) }],
    ['indices that do not rise', { indices: Float64Array.of(3, 0, 2) }],
    ['an index twice in one model', { indices: Float64Array.of(3, 3, 2) }],
    ['an index that is no integer', { indices: Float64Array.of(0, 2.5, 2) }],
    ['fewer indices than sizes say', { indices: Float64Array.of(0, 3), values: Float64Array.of(1, 2) }],
    ['more indices than sizes say', { indices: Float64Array.of(0, 3, 2, 3), values: Float64Array.of(1, 2, 3, 4) }],
    ['fewer values than indices', { values: Float64Array.of(1, 2) }],
    ['an arm that is not there', { models: [{ arm: 1, leftOut: null, size: 3 }] }],
    ['a fold beyond the count', { models: [{ arm: 0, leftOut: 5, size: 3 }], indices: Float64Array.of(0, 1, 2) }],
    ['participant folds without their seed', { participantFolds: null }],
    ['columns for another number of arms', { columnCounts: [3, 3] }],
    ['no model', { models: [] }],
    ['a size below zero', { models: [{ arm: 0, leftOut: null, size: -1 }] }],
    ['a key too many', { more: 1 } as never],
  ])('are refused with %s', (_, change) => expect(schema.safeParse({ ...base, ...change }).success).toBe(false));

  it('are sparse, and dense again the same', () => {
    const coefficients = fc.array(fc.constantFrom(0, 0, 1, -0.5, 1e-300), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(coefficients, { minLength: 1, maxLength: 5 }), (list) => {
        const { models, indices, values } = sparseModels(
          list.map((model) => ({ arm: 0, leftOut: null, coefficients: Float64Array.from(model) })),
        );
        expect(schema.safeParse({ ...base, models, indices, values }).success).toBe(true);
        let at = 0;
        models.forEach(({ size }, m) => {
          const dense = [0, 0, 0, 0];
          for (const end = at + size; at < end; at++) dense[indices[at] as number] = values[at] as number;
          expect(dense).toEqual(list[m]);
        });
        const supports = list.map((model) => model.slice(1).filter((value) => value !== 0).length);
        expect(largestSupport({ ...base, models, indices, values })).toBe(Math.max(...supports));
      }),
    );
  });
});
