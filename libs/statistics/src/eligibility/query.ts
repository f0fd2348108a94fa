import type { CohortRows, SummaryQuery } from '@cohortium/federation';
import { z } from 'zod';

const params = z.strictObject({
  minParticipants: z.int().min(0).describe('Below this a site is too small'),
  needBothClasses: z.boolean().describe('True where a model is fitted or validated'),
});

const value = z.strictObject({
  n: z.union([
    z.strictObject({ state: z.literal('ok'), value: z.number() }),
    z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
    z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
  ]),
  verdict: z.enum(['eligible', 'tooFew', 'oneClass']),
});

/** Eligible participants of a site and whether it can take part. Counts of events never leave. */
export type Eligibility = z.output<typeof value>;

/** Site summary `statistics.eligibility@1`: n under the smallest-cell rule, and a verdict. */
export const eligibilityQuery: SummaryQuery<z.output<typeof params>, Eligibility> = {
  kind: 'siteSummary',
  operation: 'statistics.eligibility',
  version: 1,
  params,
  value,
  local: (rows, { minParticipants, needBothClasses }) => ({
    // `cells` is what the gate compares with the smallest cell; it removes it before anything leaves.
    n: { state: 'ok', value: rows.rowCount, cells: [rows.rowCount] } as Eligibility['n'],
    verdict: rows.rowCount < minParticipants ? 'tooFew' : needBothClasses && !hasBothClasses(rows) ? 'oneClass' : 'eligible',
  }),
};

function hasBothClasses(rows: CohortRows): boolean {
  return rows.outcome.includes(0) && rows.outcome.includes(1);
}
