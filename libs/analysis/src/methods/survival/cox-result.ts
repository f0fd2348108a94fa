import type { Json } from '@cohortium/kernel';
import { bilinear, chiSquareTail, exp, invertPositive, normalQuantile, normalTwoSided, submatrix } from '@cohortium/numerics';
import type { CoxFit, PenalizedCoxFit } from '@cohortium/statistics';
import { byName, namedMatrix, orNull, standardErrors, waldMatrix } from '../regression/coefficient-table.js';

/** How a fit is shown. */
export interface CoxShape {
  readonly names: readonly string[];
  readonly level: number;
}

/** Figures of a fit, with the names that R's `summary.coxph` has. */
export function coxResult(fit: CoxFit, { names, level }: CoxShape): Record<string, Json> {
  const p = names.length;
  const redundant = names.filter((_, j) => fit.estimated[j] !== 1);
  const warnings = [
    ...(fit.converged ? [] : ['the likelihood may rise without end: some coefficient has no finite estimate, or max_rounds is too small']),
    ...(redundant.length > 0 ? [`not estimated, since earlier columns determine them: ${redundant.join(', ')}`] : []),
  ];
  const common = { n: fit.rows, events: fit.events, converged: fit.converged, iterations: fit.rounds - 1, warnings, redundant };
  if (!fit.converged) return { ...common, coef: null, se: null, reason: warnings[0] as string };
  const se = standardErrors(fit.covariance, p);
  const z = fit.coefficients.map((b, j) => b / (se[j] as number));
  const quantile = normalQuantile((1 + level) / 2, 0, 1);
  const label = String(Number((100 * level).toPrecision(4)));
  const ratios = names.flatMap((_, j) => {
    const [b, reach] = [fit.coefficients[j] as number, quantile * (se[j] as number)];
    return [exp(b), exp(-b), exp(b - reach), exp(b + reach)];
  });
  const share = label.replace(/^100$/, '1.0').padStart(2, '0');
  return {
    ...common,
    coef: byName(names, fit.coefficients),
    se: byName(names, se),
    z: byName(names, z),
    p: byName(names, z.map(normalTwoSided)),
    [`hr${label}`]: namedMatrix(names, ['exp(coef)', 'exp(-coef)', `lower .${share}`, `upper .${share}`], ratios),
    [`wald${label}`]: waldMatrix(names, fit.coefficients, se, quantile, level),
    vcov: namedMatrix(names, names, fit.covariance),
    loglik: [orNull(fit.nullLogLikelihood), orNull(fit.logLikelihood)],
    lr_test: chiSquareTest(2 * (fit.logLikelihood - fit.nullLogLikelihood), fit.rank),
    wald: chiSquareTest(waldStatistic(fit), fit.rank),
    score: chiSquareTest(fit.score, fit.rank),
    aic: orNull(-2 * fit.logLikelihood + 2 * fit.rank),
  };
}

function chiSquareTest(statistic: number, df: number): Json {
  return df === 0 ? [null, 0, null] : [orNull(statistic), df, orNull(chiSquareTail(statistic, df))];
}

function waldStatistic({ coefficients, covariance, estimated }: CoxFit): number {
  const at = [...estimated.keys()].filter((j) => estimated[j] === 1);
  const inverse = invertPositive(submatrix(covariance, coefficients.length, at), at.length);
  const b = at.map((j) => coefficients[j] as number);
  return inverse ? bilinear(inverse, at.length, b, b) : NaN;
}

/** Fits along the penalties. */
export function penalizedResult(
  fits: readonly PenalizedCoxFit[],
  names: readonly string[],
  { alpha, standardize }: { readonly alpha: number; readonly standardize: boolean },
): Record<string, Json> {
  const lambdas = fits.map(({ lambda }) => lambda);
  return {
    alpha,
    standardize,
    lambda: lambdas,
    converged: fits.every(({ converged }) => converged),
    coef: byName(names, (fits[0] as PenalizedCoxFit).coefficients),
    path: namedMatrix(
      names,
      lambdas.map(String),
      names.flatMap((_, j) => fits.map(({ coefficients }) => coefficients[j] as number)),
    ),
    loglik: fits.map(({ logLikelihood }) => orNull(logLikelihood)),
    objective: fits.map(({ objective }) => orNull(objective)),
    n_nonzero: fits.map(({ nonZero }) => nonZero),
  };
}
