import { exp, expm1, ln, logistic, normalDensity, normalTail } from '@cohortium/numerics';

/** Links of cumulative models, by the name of R's `polr`. */
export const ordinalLinks = ['logistic', 'probit', 'cloglog', 'loglog'] as const;
/** See {@link ordinalLinks}. */
export type OrdinalLink = (typeof ordinalLinks)[number];

/** A distribution function with what Newton's method needs of it. */
export interface LinkFunctions {
  /** F(high) - F(low) for high > low, without cancellation in either tail. */
  between(low: number, high: number): number;
  density(x: number): number;
  /** Derivative of the density. */
  slope(x: number): number;
  /** Inverse of F at a share strictly between 0 and 1, roughly: a start. */
  start(share: number): number;
}

function logisticDensity(x: number): number {
  return logistic(x) * logistic(-x);
}

function normalBetween(low: number, high: number): number {
  return low > 0 ? normalTail(low) - normalTail(high) : normalTail(-high) - normalTail(-low);
}

/** e^(x - e^x), the density of the minimum extreme value distribution. */
function extremeDensity(x: number): number {
  return exp(x - exp(x));
}

/** F(high) - F(low) of the minimum extreme value distribution F(x) = 1 - exp(-e^x). */
function extremeBetween(low: number, high: number): number {
  const [a, b] = [low === -Infinity ? 0 : exp(low), high === Infinity ? Infinity : exp(high)];
  return exp(-a) * (b === Infinity ? 1 : -expm1(a - b));
}

const extremeSlope = (x: number): number => extremeDensity(x) * (1 - exp(x));
const logit = (share: number): number => ln(share / (1 - share));

/** The four distributions. Infinite ends are allowed in `between`; densities there are not asked. */
export const linkFunctions: Readonly<Record<OrdinalLink, LinkFunctions>> = {
  logistic: {
    between: (low, high) => {
      const [above, below] = [high === Infinity ? 1 : logistic(high), low === -Infinity ? 1 : logistic(-low)];
      return above * below * (low === -Infinity || high === Infinity ? 1 : -expm1(low - high));
    },
    density: logisticDensity,
    slope: (x) => logisticDensity(x) * (logistic(-x) - logistic(x)),
    start: logit,
  },
  probit: {
    between: normalBetween,
    density: normalDensity,
    slope: (x) => -x * normalDensity(x),
    start: (share) => logit(share) / 1.7,
  },
  cloglog: {
    between: extremeBetween,
    density: extremeDensity,
    slope: extremeSlope,
    start: (share) => ln(-ln(1 - share)),
  },
  loglog: {
    between: (low, high) => extremeBetween(-high, -low),
    density: (x) => extremeDensity(-x),
    slope: (x) => -extremeSlope(-x),
    start: (share) => -ln(-ln(share)),
  },
};
