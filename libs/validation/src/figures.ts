import { z } from 'zod';
import type { FigureReason } from './figure-reasons.js';

/** A number that may be absent; see `Figure` of libs/federation. `cells` never crosses the gate. */
export const figureSchema = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number(), low: z.number().optional(), high: z.number().optional() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
]);

/** Performance of one model on the participants of one site; every interval is 95 %. */
export const sitePerformanceSchema = z.strictObject({
  auc: figureSchema.describe('Area under the ROC curve, DeLong interval'),
  calibrationInTheLarge: figureSchema.describe('Intercept of the recalibration with the linear predictor as offset, Wald interval'),
  calibrationSlope: figureSchema.describe('Slope of the recalibration, Wald interval'),
  brier: figureSchema.describe('Mean squared error of the probabilities, normal interval'),
  sensitivity: figureSchema.describe('At the frozen threshold, Wilson interval'),
  specificity: figureSchema.describe('At the frozen threshold, Wilson interval'),
});

/** Performance over all participants of a scope, from secure sums. */
export const pooledPerformanceSchema = z.strictObject({
  auc: figureSchema.describe('AUC of scores on the declared grid, DeLong interval'),
  aucCertificate: figureSchema.describe('The AUC of the scores before the grid lies within low and high'),
  withinSiteAuc: figureSchema.describe('Concordant share of the pairs whose members belong to one site'),
  brier: figureSchema,
});

/** See {@link sitePerformanceSchema}. */
export type SitePerformance = z.output<typeof sitePerformanceSchema>;
/** See {@link pooledPerformanceSchema}. */
export type PooledPerformance = z.output<typeof pooledPerformanceSchema>;

/** A figure that is not shown, with its reason. */
export function withheld(reason: FigureReason): { readonly state: 'withheld'; readonly reason: FigureReason } {
  return { state: 'withheld', reason };
}
