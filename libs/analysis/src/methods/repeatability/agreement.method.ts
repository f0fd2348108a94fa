import { differenceSource, fitAgreement, pairSumsQuery, unitQueries } from '@cohortium/statistics';
import type { Agreement, ColumnAgreement } from '@cohortium/statistics';
import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import type { Method } from '../method.js';
import { num, rankKeys, rankRule, refused, unitLeaves } from '../descriptives/column-program.js';
import { assertNoRepeats, raterQueries, ratingLeaves } from './icc.method.js';
import { ratingKeys, ratingsOf } from './raters.js';

const differenceQueries = unitQueries('full', 'difference', differenceSource);

const params = z.strictObject({
  ...ratingKeys,
  raters: z
    .array(z.string())
    .length(2)
    .optional()
    .describe('The two raters, first and second (differences are first minus second); needed where the column has more'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the limits of the concordance correlation'),
  ...rankKeys,
});
type Params = z.output<typeof params>;

/** Agreement of two raters. */
export const agreement: Method<Params> = {
  name: 'agreement',
  title: {
    en: 'agreement of two raters: concordance, Bland-Altman, repeatability',
    zh: '两名评估者的一致性：一致性相关、Bland-Altman、可重复性',
  },
  params,
  leaves: [
    ...ratingLeaves(raterQueries).slice(0, 1),
    {
      query: pairSumsQuery,
      shape: '10p doubles: per column pairs, sums, squares and products of both raters and of their differences, differences of zero',
    },
    ...unitLeaves(differenceQueries, ['cells', 'moments']),
  ],
  definition: ({ exact }) =>
    `Per column over participants whom both raters measured; differences are first minus second rater. ccc: Lin 1989 with limits by Fisher's z (R epiR::epi.ccc). Bland-Altman: mean difference, SD (n - 1), limits mean +- 1.96 SD. within_sd = sqrt(sum d^2 / 2n), repeatability_coefficient = 1.96 sqrt(2) within_sd. paired_t_p and wilcoxon_signed_p: R t.test and wilcox.test (paired, normal approximation with continuity correction); wilcoxon_signed_p_exact below 50 differences without ties and zeros.${
      exact ? '' : ' Ranks on a grid of equal cells.'
    }`,
  categories: ({ rater }) => [rater],
  run: async (context, given) => {
    const { labels, ratings } = ratingsOf('agreement', context, given);
    if (labels.length !== 2) throw refused('agreement', `"${given.rater}" has ${labels.length} categories; name two of them in raters`);
    const { federation, scope } = context;
    const { value } = await federation.sum(raterQueries.sums, { heldOut: [null], ratings: new Frozen(ratings) }, scope);
    const [first] = value;
    assertNoRepeats('agreement', { duplicates: first?.duplicates ?? 0 });
    const found = await fitAgreement({
      federation,
      scope,
      differences: differenceQueries,
      ratings,
      level: given.level,
      ranks: rankRule(given),
    });
    const isShown = ({ agreement: of }: ColumnAgreement) => of !== null && !isConstant(of);
    return {
      raters: [...labels],
      agreement: found.filter(isShown).map((column) => agreementRow(column, column.agreement as Agreement, given)),
      incomplete_participants: first?.incomplete ?? 0,
      skipped: found
        .filter((column) => !isShown(column))
        .map(({ column, agreement: of }) => ({ feature: column, reason: of === null ? 'tooFewParticipants' : 'constant' })),
    };
  },
};

/** All measurements of both raters are equal. */
function isConstant({ ccc }: Agreement): boolean {
  return ccc === null;
}

function agreementRow({ column, signedRank }: ColumnAgreement, of: Agreement, { level, exact }: Params): Json {
  const suffix = level === 0.95 ? '' : String(Number((100 * level).toFixed(6)));
  return {
    feature: column,
    n: of.n,
    ccc: num(of.ccc),
    [`ccc_lower${suffix}`]: num(of.cccLower),
    [`ccc_upper${suffix}`]: num(of.cccUpper),
    pearson: num(of.pearson),
    bias_correction: num(of.biasCorrection),
    ba_mean_diff: of.meanDifference,
    ba_sd_diff: of.sdDifference,
    ba_loa_lower: of.loaLower,
    ba_loa_upper: of.loaUpper,
    // The reference tables of repeatability studies call it so.
    within_subject_sd: of.withinSd,
    repeatability_coefficient: of.repeatability,
    paired_t_p: num(of.pairedTP),
    wilcoxon_signed_v: num(signedRank?.v),
    wilcoxon_signed_p: num(signedRank?.pContinuity),
    wilcoxon_signed_p_no_continuity: num(signedRank?.pNoContinuity),
    wilcoxon_signed_p_exact: exact ? num(signedRank?.pExact) : null,
    ...(of.cccLower === null && { reason: 'noLimitsOfConcordance' }),
  };
}
