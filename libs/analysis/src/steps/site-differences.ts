import { operationName } from '@cohortium/federation';
import { siteShare } from '@cohortium/harmonization';
import type { ColumnDifferences, SiteShare } from '@cohortium/harmonization';
import { Frozen } from '@cohortium/kernel';
import { findClause } from '@cohortium/protocol';
import { adjustP } from '@cohortium/statistics';
import type { Science } from '../science.js';
import { studySiteDifferences } from '../site-differences-query.js';
import type { FitContext } from './context.js';
import type { PreparedArm } from './preparation.js';

/** Found and shown: how far training sites differ before and after harmonization. */
export type SiteDifferencesScience = Science['siteDifferences'];
type Stage = Extract<SiteDifferencesScience, { state: 'ok' }>['value']['counts']['before'];

/** Level of a test, after adjustment over the features. */
const level = 0.05;

/**
 * Differences between training sites before and after harmonization, where a clause allows the sums. They decide nothing: the model is
 * fitted whatever they say.
 */
export async function askSiteDifferences({ federation, protocol, scope }: FitContext, arm: PreparedArm): Promise<SiteDifferencesScience> {
  if (!findClause(protocol, operationName(studySiteDifferences), scope.name)) return { state: 'not-done', reason: 'notInProtocol' };
  const { features, medians, center, scale, harmonization } = arm.preparation;
  const recipe = new Frozen({ features, medians, center, scale, harmonization });
  const { value } = await federation.sum(studySiteDifferences, { recipe }, scope);
  const passed = new Set(harmonization.method === 'combat' ? harmonization.passedThrough : []);
  const shown = [...features.keys()].filter((j) => !passed.has(features[j] as string));
  const stage = (columns: readonly ColumnDifferences[]) =>
    shown.map((j) => {
      const { location, spread } = columns[j] as ColumnDifferences;
      return { location: siteShare(location), spread: siteShare(spread) };
    });
  const before = stage(value.before);
  const after = harmonization.method === 'combat' ? stage(value.after) : null;
  return {
    state: 'ok',
    value: {
      counts: { before: countsOf(before), after: after && countsOf(after) },
      features: shown.map((j, k) => ({
        feature: features[j] as string,
        before: before[k] as (typeof before)[number],
        after: after && (after[k] as (typeof before)[number]),
      })),
    },
  };
}

function countsOf(shares: readonly { readonly location: SiteShare; readonly spread: SiteShare }[]): Stage {
  const different = (of: (share: (typeof shares)[number]) => SiteShare) =>
    adjustP(
      shares.map((share) => of(share).p),
      'BH',
    ).filter((p) => p !== null && p < level).length;
  return { location: different(({ location }) => location), spread: different(({ spread }) => spread) };
}
