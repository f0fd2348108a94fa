export { harmonizationErrors } from './errors.js';
export { combatQueries } from './combat/query.js';
export type {
  CombatCrossProductParams,
  CombatCrossProducts,
  CombatFamily,
  CombatLocation,
  CombatLocationParams,
  CombatQueries,
  CombatSlopes,
} from './combat/query.js';
export { fitCombat } from './combat/fit.js';
export type { CombatFit, CombatFitOptions, CombatParameters } from './combat/fit.js';
export { neutralEffects, newSiteEffects, siteEffects } from './combat/site-effects.js';
export type { NewSiteRule, SiteEffects, SiteEffectsOptions, SitePrior } from './combat/site-effects.js';
export { applyCombat } from './combat/apply.js';
export { covariateColumns } from './combat/within-site.js';
export { neutralBatch, shrinkBatch } from './empirical-bayes/shrink.js';
export type { BatchEffects, ReportedPrior, ShrinkRule } from './empirical-bayes/shrink.js';
export { batchSpecSchema } from './batches/spec.js';
export type { BatchSpec, CovariateTerm } from './batches/spec.js';
export { tableSource } from './batches/data.js';
export type { BatchData, BatchShape, BatchSource } from './batches/data.js';
export { batchQueries, tableBatchQueries } from './batches/queries.js';
export type { BatchQueries } from './batches/queries.js';
export { fitBatches } from './batches/fit.js';
export type { BatchFit, BatchFitOptions, BatchNames, PassedReason } from './batches/fit.js';
export type { BatchModel } from './batches/model.js';
export { ownEffects } from './batches/site-effects.js';
export type { SiteBatchEffects } from './batches/site-effects.js';
export { harmonizedRows } from './batches/apply.js';
export { fitFrozen, frozenOwnEffects } from './batches/frozen.js';
export type { FrozenFit } from './batches/frozen.js';
export { residualMomentsQuery, residualProductsQuery } from './covbat/components.js';
export type { ComponentRule, Components } from './covbat/components.js';
export type { CrossingStars } from './covbat/residuals.js';
export { covbatRows, scoreQueries } from './covbat/scores.js';
export type { FittedCovbat, ScoreRecipe } from './covbat/scores.js';
export { fitCovbat } from './covbat/fit.js';
export type { CovbatFit, CovbatOptions } from './covbat/fit.js';
export { profileQuery } from './longitudinal/profile.js';
export { mixedCrossingQuery, mixedLocationQuery } from './longitudinal/location.js';
export type { StandardScale } from './longitudinal/location.js';
export type { MixedModel } from './longitudinal/model.js';
export { mixedEffectsQuery } from './longitudinal/site-effects.js';
export type { SiteMixedEffects } from './longitudinal/site-effects.js';
export { longitudinalRows } from './longitudinal/shrink.js';
export { fitLongitudinal } from './longitudinal/fit.js';
export type { LongitudinalFit, LongitudinalOptions } from './longitudinal/fit.js';
export { fittedBatchesSchema } from './covbat/residuals.js';
export type { FittedBatches } from './covbat/residuals.js';
export { fitBatchScaling } from './batches/fit-scaling.js';
export type { ScaledBatches } from './batches/fit-scaling.js';
export { batchValueSchema, batchValues } from './batch-effect/values.js';
export type { BatchValueRecipe, BatchValues, CrossingMedians } from './batch-effect/values.js';
export { batchTestQuery } from './batch-effect/query.js';
export type { BatchSums, BatchTestParams, ValueScores } from './batch-effect/query.js';
export { fTestOfBatches, scoreTestOfBatches } from './batch-effect/tests.js';
export type { BatchTest } from './batch-effect/tests.js';
export { siteDifferencesQuery } from './site-differences/query.js';
export type { ColumnDifferences, SiteDifferences, SiteDifferencesParams, Stages } from './site-differences/query.js';
export { siteShare } from './site-differences/explained.js';
export type { SiteShare } from './site-differences/explained.js';
export { principalAxes } from './site-ellipses/axes.js';
export type { PrincipalAxes } from './site-ellipses/axes.js';
export { componentProductsQuery, ellipseSchema, siteEllipsesQuery } from './site-ellipses/query.js';
export type { ComponentProductParams, ComponentProducts, SiteEllipse, SiteEllipses, SiteEllipsesParams } from './site-ellipses/query.js';
