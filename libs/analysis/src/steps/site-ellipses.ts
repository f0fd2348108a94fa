import { operationName } from '@cohortium/federation';
import { principalAxes } from '@cohortium/harmonization';
import type { SiteEllipses } from '@cohortium/harmonization';
import { Frozen } from '@cohortium/kernel';
import { findClause } from '@cohortium/protocol';
import type { Science } from '../science.js';
import { studyComponentProducts, studySiteEllipses } from '../site-differences-query.js';
import type { FitContext } from './context.js';
import type { PreparedArm } from './preparation.js';

/** Features of which the cross products fit one vector of 4 MB; a picture is not worth more. */
const mostFeatures = 700;

/**
 * Where training sites lie along the two principal axes of the features, before and after harmonization, where clauses allow the cross products
 * over all sites and each site's mean and covariance. The axes are those before harmonization at both stages, so that places can be compared. Nothing
 * is decided by it.
 */
export async function askSiteEllipses({ federation, protocol, scope }: FitContext, arm: PreparedArm): Promise<Science['siteEllipses']> {
  const isAllowed = [studyComponentProducts, studySiteEllipses].every((query) => findClause(protocol, operationName(query), scope.name));
  if (!isAllowed) return { state: 'not-done', reason: 'notInProtocol' };
  const { features, medians, center, scale, harmonization } = arm.preparation;
  if (features.length > mostFeatures) return { state: 'not-done', reason: 'tooManyFeatures' };
  const recipe = new Frozen({ features, medians, center, scale, harmonization });
  const { value: products } = await federation.sum(studyComponentProducts, { recipe }, scope);
  const passed = new Set(harmonization.method === 'combat' ? harmonization.passedThrough : []);
  const found = principalAxes(products, new Set(features.flatMap((feature, j) => (passed.has(feature) ? [j] : []))));
  if (found === null) return { state: 'not-done', reason: 'notComputable' };
  const answers = await federation.summaries(studySiteEllipses, { recipe, axes: found.axes }, scope);
  const isHarmonized = harmonization.method === 'combat';
  return {
    state: 'ok',
    value: {
      explained: [...found.explained],
      sites: scope.sites.map((site) => {
        const { before, after } = answers.get(site) as SiteEllipses;
        return { site, before, after: isHarmonized ? after : null };
      }),
    },
  };
}
