import { z } from 'zod';
import { gridShape, probabilityShape } from './score-params.js';

const share = z.number().gt(0).lt(1);

/** Parameters of the calibration method. */
export const calibrationParams = z.strictObject({
  ...probabilityShape,
  ...gridShape,
  flexible: z
    .enum(['rcs', 'loess', 'none'])
    .default('rcs')
    .describe(
      'Flexible curve: rcs is a restricted cubic spline over the log odds, exact from sums. loess is not additive: it is computed of exact scores (exact: true), or per site from its rows; the spline is given beside it',
    ),
  knots: z
    .array(share)
    .min(3)
    .max(12)
    .optional()
    .describe('Knots of the spline as probabilities, ascending; default: at shares of the participants, read off the grid'),
  knotCount: z
    .union([z.literal(3), z.literal(4), z.literal(5)])
    .default(4)
    .describe("Number of default knots, at Harrell's shares"),
  span: z.number().gt(0).max(2).default(0.75).describe('Span of the loess curve'),
  surface: z
    .enum(['interpolate', 'direct'])
    .default('interpolate')
    .describe("loess.control(surface =) of R: interpolation between vertices, R's default, or a fit at every point"),
  hosmerLemeshow: z
    .boolean()
    .default(false)
    .describe(
      'Groups at quantiles of risk, found by a search: it discloses the quantiles, which are scores of participants (not whose). Always done where exact is true',
    ),
  groups: z.int().min(2).max(100).default(10).describe('Number of groups of risk for Hosmer-Lemeshow'),
  breaks: z
    .array(z.number())
    .min(2)
    .max(1000)
    .optional()
    .describe('Borders of the groups of risk, in place of quantiles; right-closed, the lowest included'),
  eceBins: z.int().min(2).max(1000).default(10).describe('Bins of equal width for the expected calibration error'),
  infinite: z
    .enum(['refuse', 'omit'])
    .default('refuse')
    .describe(
      'Probabilities of exactly 0 or 1, which have no log odds: refuse gives no figure that needs log odds; omit leaves these participants out of them (as val.prob does)',
    ),
  perSite: z.boolean().default(true).describe('Calibration of each site from its own rows (a site summary)'),
  minimumEvents: z.int().min(1).default(10).describe('Smallest class for which calibration of a site is shown'),
});
/** Parsed {@link calibrationParams}. */
export type CalibrationParams = ReturnType<(typeof calibrationParams)['parse']>;

/** Probabilities at which the flexible curve is given. */
export const curveProbabilities: readonly number[] = Array.from({ length: 39 }, (_, k) => (k + 1) / 40);
/** Cells of [0, 1] in which distances are counted for E50, E90 and Emax of the spline. */
export const distanceCells = 2000;

/** What the calibration method follows. */
export function calibrationWords({ exact, flexible, infinite }: CalibrationParams): string {
  const smooth = exact
    ? 'loess_ici: R loess(y ~ p), span 0.75, degree 2, interpolated surface, from exact scores; Emax, E90, Eavg: lowess(p, y, iter = 0) as val.prob.'
    : 'loess_ici and the Emax, E90, Eavg of val.prob need exact: true; per site they are given with flexible: loess.';
  return [
    'calibration_in_the_large: intercept with the log odds as offset (glm). slope_model: glm of the outcome on the log odds, Wald intervals; likelihood-ratio test against intercept 0 and slope 1, 2 df.',
    'brier_null: prevalence (1 - prevalence); scaled_brier: 1 - brier / brier_null; log_loss: mean; oe_ratio: events / sum of probabilities, interval on the log scale.',
    'val_prob: rms::val.prob 6.5 (D is of the probabilities as they are and may be negative; D:p is not defined there; C and Dxy compare probabilities in steps of 0.0002, as its lrm does; auc does not).',
    'hosmer_lemeshow: sum (O - E)^2 / (E (1 - E / n)), quantiles of type 7, right-closed; df groups - 2 (development) and groups (validation). ece: bins of equal width, left-closed.',
    `flexible (rcs): restricted cubic spline of the log odds by maximum likelihood, ICI the mean |p - curve|, exact; its quantiles within the half-width given. ${smooth}${flexible === 'loess' && !exact ? ' Over sites the spline stands for loess.' : ''}`,
    infinite === 'omit' ? 'Probabilities of 0 and 1 are left out where log odds are needed.' : '',
  ]
    .join(' ')
    .trim();
}
