import type { Figure } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { fitGlms, runOverSites } from '@cohortium/statistics';
import type { GlmProblem, GlmQueries } from '@cohortium/statistics';
import { aucFromHistogram } from '@cohortium/validation';
import type { MethodContext } from '../method.js';
import { orNull } from './coefficient-table.js';
import { glmResult } from './glm-result.js';
import type { GlmView } from './glm-result.js';
import { losoHistogramQuery, losoSiteAucQuery } from './loso-scores.js';
import { refuse } from './model-design.js';

/** A figure of a site as a plain value; null where it was withheld or does not exist. */
export function figureValue(figure: Figure | undefined): number | null {
  return figure?.state === 'ok' ? figure.value : null;
}

/** Fits without each site in turn and, for a binomial outcome, how well they predict it. */
export async function leaveOneSiteOut(
  { federation, scope }: MethodContext,
  queries: GlmQueries,
  problem: GlmProblem,
  view: Omit<GlmView, 'profile'>,
  cells: number,
): Promise<Json> {
  if (problem.terms.some(({ factors }) => factors.some((factor) => 'site' in factor)))
    throw refuse('glm', 'a site effect cannot be predicted for a site that was left out; take site out of the model');
  if (scope.sites.length < 2) throw refuse('glm', 'leave-one-site-out needs at least two sites');
  const { fits } = await runOverSites(fitGlms(queries, { ...problem, heldOut: [...scope.sites] }), federation, scope);
  const shown = fits.map((fit) => {
    const {
      coef = null,
      se = null,
      n,
      converged,
      separation,
      warnings,
      reason,
    } = glmResult(fit, { ...view, profile: null }) as Record<string, Json>;
    return {
      site: fit.heldOut as string,
      n: n as number,
      coef,
      se,
      converged: converged as Json,
      separation: separation as Json,
      warnings: warnings as Json,
      ...(reason !== undefined && { reason }),
    };
  });
  if (problem.family !== 'binomial') return { fits: shown };
  const usable = fits.filter((fit) => fit.converged);
  const asked = {
    terms: new Frozen(problem.terms),
    fits: usable.map((fit) => ({ site: fit.heldOut as string, coefficients: fit.coefficients.map((b) => (Number.isNaN(b) ? 0 : b)) })),
    outcome: problem.outcome,
    offset: problem.offset,
    cells,
  };
  const { value: histogram } = await federation.sum(losoHistogramQuery, asked, scope);
  const sites = await federation.summaries(losoSiteAucQuery, asked, scope);
  const pooled = aucFromHistogram(histogram);
  return {
    fits: shown,
    auc: orNull(pooled.auc),
    auc_se: orNull(Math.sqrt(pooled.variance)),
    ci95: pooled.interval && [pooled.interval.low, pooled.interval.high],
    certificate: orNull(pooled.certificateHalfWidth),
    per_site: [...sites].map(([label, { n, events, auc, se }]) => ({
      label,
      n: figureValue(n),
      events: figureValue(events),
      auc: figureValue(auc),
      auc_se: figureValue(se),
    })),
  };
}
