import type { SummaryQuery } from '@cohortium/federation';
import { z } from 'zod';

/** Reasons for which a candidate is left out, in the order in which they are looked at. */
export const exclusionReasons = ['noClinicalRow', 'notEligible', 'endpointMissing', 'covariateMissing'] as const;

const count = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
]);

const value = z.strictObject({
  candidates: count,
  exclusions: z.array(z.strictObject({ reason: z.enum(exclusionReasons), count })),
});

/** How the candidates of a site became its participants. */
export type SiteFlow = z.output<typeof value>;

/** Counts of people below this stay at the site, whatever the clause says: those who were left out are no part of what the gate counts. */
const smallestCount = 5;
const small = { state: 'withheld', reason: 'smallCell' } as const;

/**
 * Site summary `statistics.flow@1`: candidates, and those left out by reason. A count from 1 to 4 is withheld, and the number of
 * candidates with it, from which it could be worked out.
 */
export const flowQuery: SummaryQuery<Record<string, never>, SiteFlow> = {
  kind: 'siteSummary',
  operation: 'statistics.flow',
  version: 1,
  params: z.strictObject({}) as z.ZodType<Record<string, never>>,
  value,
  local: (rows) => {
    const flow = rows.flow?.find(({ site }) => site === rows.sites[0]);
    if (!flow) return { candidates: { state: 'not-done' }, exclusions: [] };
    const exclusions = exclusionReasons.flatMap((reason) => {
      const found = flow.exclusions.find((entry) => entry.reason === reason)?.count ?? 0;
      return found === 0 ? [] : [{ reason, count: found < smallestCount ? small : ({ state: 'ok', value: found } as const) }];
    });
    const derivable = flow.candidates < smallestCount || exclusions.some(({ count: shown }) => shown.state === 'withheld');
    return { candidates: derivable ? small : { state: 'ok', value: flow.candidates }, exclusions };
  },
};
