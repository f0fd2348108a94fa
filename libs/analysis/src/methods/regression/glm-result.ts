import type { Json } from '@cohortium/kernel';
import { fTail, ln, normalQuantile, normalTwoSided, tQuantile, tTwoSided } from '@cohortium/numerics';
import type { GlmFamily, GlmFit, ProfileInterval, Separation } from '@cohortium/statistics';
import { byName, limitNames, namedMatrix, orNull, standardErrors, waldMatrix } from './coefficient-table.js';

/** What a fit is shown with. */
export interface GlmView {
  readonly family: GlmFamily;
  readonly names: readonly string[];
  readonly hasIntercept: boolean;
  readonly level: number;
  readonly profile: readonly ProfileInterval[] | null;
}

/** Figures of one fit; null with a reason where there is no estimate. */
export function glmResult(fit: GlmFit, view: GlmView): Record<string, Json> {
  const { rows, rank, weightedRows } = fit;
  const redundant = view.names.filter((_, j) => fit.estimated[j] !== 1);
  const common = {
    n: rows,
    converged: fit.converged,
    iterations: fit.rounds - 1,
    separation: fit.separation && { kind: fit.separation.kind, terms: [...fit.separation.terms] },
    warnings: warnings(fit.separation, fit.converged, redundant),
    deviance: orNull(fit.deviance),
    null_deviance: orNull(fit.nullDeviance),
    df_residual: weightedRows - rank,
    df_null: weightedRows - (view.hasIntercept ? 1 : 0),
    redundant,
  };
  if (!fit.converged) return { ...common, coef: null, se: null, reason: noEstimate(fit.separation) };
  return { ...common, ...estimates(fit, view), ...likelihood(fit, view), ...(view.family === 'gaussian' && linearFigures(fit, view)) };
}

function estimates(fit: GlmFit, { family, names, level, profile }: GlmView): Record<string, Json> {
  const p = names.length;
  const covariance = fit.covariance.map((v) => v * fit.dispersion);
  const se = standardErrors(covariance, p);
  const statistic = fit.coefficients.map((b, j) => b / (se[j] as number));
  const degrees = fit.weightedRows - fit.rank;
  const isGaussian = family === 'gaussian';
  const quantile = normalQuantile((1 + level) / 2, 0, 1);
  const label = String(Number((100 * level).toPrecision(4)));
  return {
    coef: byName(names, fit.coefficients),
    se: byName(names, se),
    [isGaussian ? 't' : 'z']: byName(names, statistic),
    p: byName(
      names,
      statistic.map((s) => (isGaussian ? tTwoSided(s, degrees) : normalTwoSided(s))),
    ),
    vcov: namedMatrix(names, names, covariance),
    [`wald${label}`]: waldMatrix(names, fit.coefficients, se, quantile, level),
    ...(isGaussian &&
      degrees > 0 && { [`t${label}`]: waldMatrix(names, fit.coefficients, se, tQuantile((1 + level) / 2, degrees), level) }),
    ...(profile && {
      [`profile${label}`]: namedMatrix(
        names,
        limitNames(level),
        profile.flat().map((limit) => limit ?? NaN),
      ),
    }),
  };
}

function likelihood(
  { logLikelihood, penalizedLogLikelihood, rank, rows, weightedRows }: GlmFit,
  { family }: GlmView,
): Record<string, Json> {
  const parameters = rank + (family === 'gaussian' ? 1 : 0);
  return {
    loglik: orNull(logLikelihood),
    ...(penalizedLogLikelihood !== null && { penalized_loglik: orNull(penalizedLogLikelihood) }),
    aic: orNull(-2 * logLikelihood + 2 * parameters),
    // R counts rows of weight 0 in the BIC of a glm, not in that of an lm.
    bic: orNull(-2 * logLikelihood + parameters * ln(family === 'gaussian' ? weightedRows : rows)),
  };
}

/** What R's `summary.lm` adds. */
function linearFigures(fit: GlmFit, { hasIntercept }: GlmView): Record<string, Json> {
  const degrees = fit.weightedRows - fit.rank;
  const constant = hasIntercept ? 1 : 0;
  const explained = fit.nullDeviance - fit.deviance;
  const r2 = explained / fit.nullDeviance;
  const numerator = fit.rank - constant;
  const f = explained / numerator / (fit.deviance / degrees);
  return {
    sigma: orNull(Math.sqrt(fit.deviance / degrees)),
    dispersion: orNull(fit.dispersion),
    rss: orNull(fit.deviance),
    r2: orNull(r2),
    adj_r2: orNull(1 - ((1 - r2) * (fit.weightedRows - constant)) / degrees),
    f: orNull(f),
    f_df: [numerator, degrees],
    f_p: numerator > 0 ? orNull(fTail(f, numerator, degrees)) : null,
  };
}

function noEstimate(separation: Separation | null): string {
  if (separation)
    return `${separation.kind === 'complete' ? 'complete' : 'quasi-complete'} separation: the likelihood has no maximum, so there are no estimates; firth: true has them`;
  return 'not converged within max_rounds';
}

/** Warnings in words; empty where there is nothing to warn of. */
export function warnings(separation: Separation | null, converged: boolean, redundant: readonly string[]): string[] {
  const list: string[] = [];
  if (separation)
    list.push(
      `separation detected (${separation.kind === 'complete' ? 'complete' : 'quasi-complete'}): fitted probabilities are numerically 0 or 1; no finite estimate for ${separation.terms.join(', ')}`,
    );
  else if (!converged) list.push('the fit has not converged');
  if (redundant.length > 0) list.push(`not estimated, since earlier columns determine them: ${redundant.join(', ')}`);
  return list;
}
