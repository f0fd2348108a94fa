import type { Json } from '@cohortium/kernel';
import {
  aucStandardError,
  betaInformation,
  chanceToShow,
  coxSnellOf,
  developmentSize,
  externalSize,
  sizeForLowerBound,
  sizeForNetBenefit,
  sizeForSlope,
  sizeForStandardErrors,
} from '@cohortium/validation';
import type { DevelopmentSize } from '@cohortium/validation';
import { z } from 'zod';
import type { Method } from '../method.js';
import { because, num } from './json.js';
import { refuse } from './score-params.js';

const share = z.number().gt(0).lt(1);
const aucSchema = z.number().gt(0.5).lt(1);
const width = z.number().gt(0).lt(20);
const params = z.strictObject({
  prevalence: share.describe('Expected share of participants with the event'),
  cstatistic: aucSchema.optional().describe('Expected AUC (C statistic)'),
  parameters: z
    .int()
    .min(1)
    .optional()
    .describe('Candidate predictor parameters of a new model, counted before any selection: gives the development size'),
  csrsquared: share.optional().describe('Expected Cox-Snell R2 of the new model, in place of the C statistic'),
  nagrsquared: share.optional().describe('Expected Nagelkerke R2 of the new model, in place of the C statistic'),
  shrinkage: share.default(0.9).describe('Wanted shrinkage factor of the new model'),
  oe: z.number().gt(0).default(1).describe('Expected observed / expected in the external validation'),
  oeciwidth: width.default(0.2).describe('Wanted width of the 95 % interval of observed / expected'),
  csciwidth: width.default(0.2).describe('Wanted width of the 95 % interval of the calibration slope'),
  cstatciwidth: width.default(0.1).describe('Wanted width of the 95 % interval of the AUC'),
  lpnormal: z
    .tuple([z.number(), z.number().gt(0)])
    .optional()
    .describe('Mean and SD of a normal linear predictor; default: fitted to prevalence and AUC'),
  lpbeta: z
    .tuple([z.number().gt(0), z.number().gt(0)])
    .optional()
    .describe('Parameters of a beta distribution of the probabilities, for the slope'),
  sensitivity: share.optional().describe('Expected sensitivity at the threshold, for the precision of net benefit'),
  specificity: share.optional().describe('Expected specificity at the threshold'),
  threshold: share.optional().describe('Threshold probability of the net benefit'),
  nbciwidth: width.default(0.2).describe('Wanted width of the 95 % interval of the standardized net benefit'),
  se_c: share.optional().describe('Wanted standard error of the AUC (sampsizeval); with se_cs and se_cl'),
  se_cs: z.number().gt(0).optional().describe('Wanted standard error of the calibration slope'),
  se_cl: z.number().gt(0).optional().describe('Wanted standard error of calibration-in-the-large'),
  sizes: z
    .array(z.int().min(4))
    .max(100)
    .default([36, 118, 150, 300, 730, 1000, 1500])
    .describe('Sizes at which the precision of the AUC is shown'),
  cut: aucSchema
    .default(0.85)
    .describe('Cut of the release rule: the chance to show it at each size, and the size whose lower bound reaches it'),
});
type Params = z.output<typeof params>;

/** Sample sizes of development and external validation. */
export const sampleSize: Method<Params> = {
  name: 'sample-size',
  title: {
    en: 'sample sizes for developing and externally validating a model (Riley et al.)',
    zh: '模型开发与外部验证的样本量（Riley 等）',
  },
  input: 'none',
  params,
  leaves: [],
  definition: () =>
    'development: pmsampsize(type = "b") 1.1.1 and later (maximal R2 not rounded); a C statistic becomes R2 by integration over two normal linear predictors, where pmsampsize simulates. external: pmvalsampsize (O/E, slope, C statistic, net benefit) with z = 1.96; the information of the slope by integration over the linear predictor, where pmvalsampsize simulates (expect 2 % difference at a million draws of theirs, 10 % at a thousand). standard_errors: sampsizeval. Precision of an AUC: Newcombe 2006, method 4. chance_to_show: normal approximation.',
  run: (_, p) => Promise.resolve(panel(p)),
};

function panel(p: Params): Json {
  return { development: development(p), external: external(p), standard_errors: standardErrors(p), auc_precision: precision(p) };
}

function development({ parameters, prevalence, cstatistic, csrsquared, nagrsquared, shrinkage }: Params): Json {
  if (parameters === undefined) return { sample_size: null, reason: 'needs parameters' };
  const known =
    csrsquared !== undefined
      ? { coxSnellR2: csrsquared }
      : nagrsquared !== undefined
        ? { nagelkerkeR2: nagrsquared }
        : cstatistic !== undefined
          ? { auc: cstatistic }
          : null;
  if (!known) return { sample_size: null, reason: 'needs csrsquared, nagrsquared or cstatistic' };
  const size = developmentSize({ parameters, prevalence, shrinkage, coxSnellR2: coxSnellOf(known, prevalence) });
  if (!size) throw refuse('the expected R2 is above the shrinkage factor or above the largest R2 at this prevalence');
  return developmentResult(size, parameters);
}

function developmentResult({ criteria, ...size }: DevelopmentSize, parameters: number): Json {
  const names = ['shrinkage', 'optimism_in_r2', 'overall_risk'] as const;
  return {
    sample_size: size.sampleSize,
    events: size.events,
    events_per_parameter: size.events / parameters,
    cox_snell_r2: size.coxSnellR2,
    nagelkerke_r2: size.nagelkerkeR2,
    max_r2: size.maximumR2,
    criteria: Object.fromEntries(
      criteria.map(({ sampleSize: n, shrinkage, eventsPerParameter }, k) => [
        names[k] as string,
        { sample_size: n, shrinkage, events_per_parameter: eventsPerParameter },
      ]),
    ),
  };
}

function external(p: Params): Json {
  if (p.cstatistic === undefined) return { sample_size: null, reason: 'needs cstatistic' };
  const given = p.lpnormal && { mean: p.lpnormal[0], sd: p.lpnormal[1] };
  const size = externalSize(p.prevalence, p.cstatistic, { oe: p.oeciwidth, slope: p.csciwidth, auc: p.cstatciwidth }, given, p.oe);
  const slope = p.lpbeta ? sizeForSlope(betaInformation(p.lpbeta[0], p.lpbeta[1]), p.csciwidth) : size.slope;
  const planned = p.sensitivity !== undefined && p.specificity !== undefined && p.threshold !== undefined;
  const benefit = planned
    ? sizeForNetBenefit({
        prevalence: p.prevalence,
        sensitivity: p.sensitivity as number,
        specificity: p.specificity as number,
        threshold: p.threshold as number,
        width: p.nbciwidth,
      })
    : null;
  const sample = Math.max(size.oe.sampleSize, slope.sampleSize, size.auc?.sampleSize ?? 0, benefit?.sampleSize ?? 0);
  return {
    sample_size: size.auc ? sample : null,
    events: size.auc ? sample * p.prevalence : null,
    ...because(size.auc ? undefined : 'more than a million participants for the AUC'),
    oe: { sample_size: size.oe.sampleSize, se: num(size.oe.standardError) },
    slope: { sample_size: slope.sampleSize, se: num(slope.standardError) },
    cstatistic: { sample_size: size.auc?.sampleSize ?? null, se: num(size.auc?.standardError) },
    net_benefit: benefit
      ? { sample_size: benefit.sampleSize, se: num(benefit.standardError) }
      : { sample_size: null, reason: 'needs sensitivity, specificity and threshold' },
    linear_predictor: p.lpbeta ? { beta: [...p.lpbeta] } : { mean: num(size.linearPredictor.mean), sd: num(size.linearPredictor.sd) },
  };
}

function standardErrors({ prevalence, cstatistic, se_c: auc, se_cs: slope, se_cl: inTheLarge }: Params): Json {
  if (cstatistic === undefined || auc === undefined || slope === undefined || inTheLarge === undefined)
    return { sample_size: null, reason: 'needs cstatistic, se_c, se_cs and se_cl' };
  const size = sizeForStandardErrors(prevalence, cstatistic, { auc, slope, inTheLarge });
  return {
    sample_size: size.sampleSize,
    size_c_statistic: size.auc,
    size_calibration_slope: size.slope,
    size_calibration_large: size.inTheLarge,
  };
}

function precision({ prevalence, cstatistic, sizes, cut }: Params): Json {
  if (cstatistic === undefined) return { sizes: [], reason: 'needs cstatistic' };
  return {
    sizes: sizes.map((n) => ({
      n,
      half_width: num(1.96 * aucStandardError(cstatistic, n, prevalence)),
      chance_to_show_cut: num(chanceToShow(cstatistic, cut, n, prevalence)),
    })),
    cut,
    size_for_lower_bound_at_cut: sizeForLowerBound(cstatistic, cut, prevalence),
    ...because(cstatistic > cut ? undefined : 'the expected AUC is not above the cut'),
  };
}
