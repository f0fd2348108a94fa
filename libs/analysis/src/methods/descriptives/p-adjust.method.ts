import type { Json } from '@cohortium/kernel';
import { adjustP, adjustments } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { num, refused } from './column-program.js';

const params = z.strictObject({
  column: z.string().default('p').describe('Column of p values; the --id column names the tests'),
  methods: z
    .array(z.enum(adjustments))
    .min(1)
    .default([...adjustments])
    .describe('Adjustments, named as in R'),
});
type Params = z.output<typeof params>;

/** Adjusts a column of p values. */
export const pAdjust: Method<Params> = {
  name: 'p-adjust',
  title: { en: 'p values adjusted for multiple tests', zh: '多重检验校正的 p 值' },
  params,
  input: 'summaries',
  leaves: [],
  definition: () =>
    'R p.adjust: bonferroni, holm (1979), hochberg (1988), BH (Benjamini & Hochberg 1995), BY (Benjamini & Yekutieli 2001). Missing p values stay missing and are not counted.',
  run: async ({ summaries }, { column, methods }) => {
    if (!summaries) throw refused('p-adjust', 'a table of p values is needed');
    const raw = Array.from(summaries.column(column), num);
    if (raw.some((p) => p !== null && (p < 0 || p > 1))) throw refused('p-adjust', `"${column}" holds numbers that are no probabilities`);
    if (new Set(summaries.labels).size < summaries.labels.length) throw refused('p-adjust', 'the names of the tests repeat');
    const named = (values: readonly (number | null)[]): Json =>
      Object.fromEntries(summaries.labels.map((label, k) => [label, num(values[k])]));
    return Promise.resolve({ raw: named(raw), ...Object.fromEntries(methods.map((method) => [method, named(adjustP(raw, method))])) });
  },
};
