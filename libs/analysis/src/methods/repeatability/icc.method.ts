import type { Json } from '@cohortium/kernel';
import { fitIcc, iccTypes, ratingQueries } from '@cohortium/statistics';
import type { ArmIcc, RatingQueries } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodLeaf } from '../method.js';
import { num, refused } from '../descriptives/column-program.js';
import { ratingKeys, ratingsOf } from './raters.js';

/** Sums of repeated measurements. */
export const raterQueries = ratingQueries('full');
/** The same without a site in turn. */
export const heldOutRaterQueries = ratingQueries('leaveOneSiteOut');

/** Leaves of methods that need intraclass correlations. */
export function ratingLeaves({ sums, squares }: RatingQueries): MethodLeaf[] {
  return [
    {
      query: sums,
      shape:
        'p (2 + k) + 2 doubles: per column complete participants, sums by rater, sum of absolute values; participants left out, rows repeated',
    },
    {
      query: squares,
      shape: 'p (2 + k) doubles: per column squares between participants, squares of the rest, sums by rater around their means',
    },
  ];
}

const params = z.strictObject({
  ...ratingKeys,
  types: z
    .array(z.enum(iccTypes))
    .min(1)
    .default([...iccTypes])
    .describe('Forms to show'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the confidence limits'),
});
type Params = z.output<typeof params>;

/** Intraclass correlations. */
export const icc: Method<Params> = {
  name: 'icc',
  title: {
    en: 'intraclass correlations of repeated measurements, with F tests and limits',
    zh: '重复测量的组内相关系数，含 F 检验与置信限',
  },
  params,
  leaves: ratingLeaves(raterQueries),
  definition: () =>
    'R psych::ICC(lmer = FALSE): Shrout & Fleiss 1979, from the analysis of variance of participants x raters, for each column over the participants whom every rater measured (as na.omit); limits of ICC2 after McGraw & Wong 1996. The --id column names participants, who stay within a site; raters go across sites.',
  categories: ({ rater }) => [rater],
  run: async (context, given) => {
    const { labels, ratings } = ratingsOf('icc', context, given);
    const { federation, scope } = context;
    const [arm] = await fitIcc({ federation, scope, queries: raterQueries, ratings, heldOut: [null], level: given.level });
    assertNoRepeats('icc', arm as ArmIcc);
    return {
      raters: [...labels],
      ...iccResult(arm as ArmIcc, given.level, given.types),
    };
  },
};

/** Two rows of one rater for one participant are no design that these statistics know. @throws `METHOD.REFUSED` */
export function assertNoRepeats(method: string, { duplicates }: Pick<ArmIcc, 'duplicates'>): void {
  if (duplicates > 0)
    throw refused(
      method,
      `${duplicates} rows repeat a rater for the same participant; name the column that tells them apart as rater, or keep one of them`,
    );
}

/** Coefficients as rows (column by type), mean squares, and what was left out. */
export function iccResult({ columns, incomplete }: ArmIcc, level: number, types: readonly string[]): Record<string, Json> {
  const percent = Number((100 * level).toFixed(6));
  const shown = columns.filter(({ icc: forms }) => forms !== null);
  return {
    icc: shown.flatMap(({ column, squares, icc: forms }) =>
      (forms ?? [])
        .filter(({ type }) => types.includes(type))
        .map((form) => ({
          feature: column,
          type: form.type,
          icc: num(form.icc),
          f: num(form.f),
          df1: form.df1,
          df2: form.df2,
          p: num(form.p),
          [`lower${percent}`]: num(form.lower),
          [`upper${percent}`]: num(form.upper),
          n: squares.participants,
          ...(form.lower === null && { reason: 'perfectAgreement' }),
        })),
    ),
    mean_squares: shown.map(({ column, squares }) => ({
      feature: column,
      n: squares.participants,
      raters: squares.raters,
      participants: squares.msb,
      between_raters: squares.msj,
      residual: squares.mse,
      within: squares.msw,
    })),
    incomplete_participants: incomplete,
    skipped: columns.flatMap(({ column, reason }) => (reason === null ? [] : [{ feature: column, reason }])),
  };
}
