import { chiSquareTail, normalTwoSided } from '@cohortium/numerics';
import { waldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';

/** A figure of one subgroup with its standard error; NaN where it is not shown. */
export interface GroupFigure {
  readonly estimate: number;
  readonly standardError: number;
}

/** A figure of one subgroup less that of the reference group. */
export interface GroupDifference {
  readonly difference: number;
  readonly interval: Interval | null;
  readonly z: number;
  readonly p: number;
}

/** Difference of two independent estimates. NaN and null where one of them is missing or without variance. */
export function differenceOf(group: GroupFigure, reference: GroupFigure): GroupDifference {
  const difference = group.estimate - reference.estimate;
  const standardError = Math.sqrt(group.standardError ** 2 + reference.standardError ** 2);
  if (!(standardError > 0) || !Number.isFinite(difference)) return { difference, interval: null, z: NaN, p: NaN };
  const z = difference / standardError;
  return { difference, interval: waldInterval(difference, standardError), z, p: normalTwoSided(z) };
}

/** Whether a figure differs between subgroups at all. */
export interface Interaction {
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
}

/**
 * Test of equal figures over independent subgroups: sum of w (estimate - weighted mean)^2 with w = 1 / SE^2, chi-square with groups - 1 degrees
 * of freedom. For intercept or slope of calibration this is the Wald test of the interaction on the logit scale, since separate fits are the
 * saturated model. Null with fewer than two groups. Source: Cochran 1954, doi 10.2307/3001666.
 */
export function interactionTest(groups: readonly GroupFigure[]): Interaction | null {
  const shown = groups.filter(({ estimate, standardError }) => Number.isFinite(estimate) && standardError > 0);
  if (shown.length < 2) return null;
  let w = 0;
  let wx = 0;
  for (const { estimate, standardError } of shown) {
    w += 1 / standardError ** 2;
    wx += estimate / standardError ** 2;
  }
  const statistic = shown.reduce((sum, { estimate, standardError }) => sum + ((estimate - wx / w) / standardError) ** 2, 0);
  return { statistic, df: shown.length - 1, p: chiSquareTail(statistic, shown.length - 1) };
}
