import type { Protection, SiteRequest } from '@cohortium/federation';
import { operationName } from '@cohortium/federation';
import { findClause } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { clippedSum } from './differential-privacy/clip.js';
import { noiseGrid } from './differential-privacy/grid.js';
import { largestShare } from './rules/dominance.js';

/**
 * What the clause of a request wants to be measured or done where single participants are still known: their share of each element, and
 * clipping for noise. From the protocol that the site approved; a request without clause gets nothing, and the gate withholds it.
 * @throws `PRIVACY.BAD_NOISE`
 */
export function protectionOf(protocol: Protocol, { query, scope }: SiteRequest): Protection {
  const clause = findClause(protocol, operationName(query), scope.name);
  if (clause === undefined || clause.kind !== 'sum' || query.kind !== 'sum') return {};
  const { dominance, dp } = clause;
  const grid = dp && noiseGrid(dp, query.words);
  return {
    ...(dominance && {
      dominance: {
        contributors: dominance.contributors,
        share: (contributions, length) => largestShare(contributions, length, dominance.contributors),
      },
    }),
    ...(grid && {
      clip: { ...grid, sum: (contributions, length) => clippedSum(contributions, length, grid).map((steps) => steps * grid.step) },
    }),
  };
}
