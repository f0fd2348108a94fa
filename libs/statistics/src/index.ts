export { statisticsErrors } from './errors.js';
export { eligibilityQuery } from './eligibility/query.js';
export type { Eligibility } from './eligibility/query.js';
export { exclusionReasons, flowQuery } from './eligibility/flow-query.js';
export type { SiteFlow } from './eligibility/flow-query.js';
export { assertFamily, familyOperation, siteNumber } from './arms.js';
export type { Family } from './arms.js';
export { momentQueries, sampleSd } from './moments/query.js';
export type { CenteredMoments, FirstMoments, MomentQueries } from './moments/query.js';
export { designMomentsQuery } from './moments/design-query.js';
export type { ColumnMoments, DesignMomentParams } from './moments/design-query.js';
export { gridCountsQuery, smoothedMedian } from './median/smoothed.js';
export type { GridCounts, GridCountsParams } from './median/smoothed.js';
export { exactMedians, rankCountsQuery } from './median/exact.js';
export type { AskCounts, MedianBracket, RankCountsParams } from './median/exact.js';
export { elasticNetQueries } from './elastic-net/query.js';
export type { ElasticNetQueries, GramParams, ModelDeviance, ModelGradient } from './elastic-net/query.js';
export { countTerms, fitElasticNets } from './elastic-net/fit.js';
export type { ElasticNetFit, ElasticNetInput, ElasticNetSpec, Folds, PathPoint, PenaltyRule } from './elastic-net/fit.js';
export { linearPredictorLimit } from './elastic-net/local.js';
export type { ModelParams, ModelRef } from './elastic-net/params.js';
export {
  columnAt,
  columnsOfSpec,
  completeRows,
  interceptTerm,
  matrixSpecSchema,
  modelMatrix,
  plainSpec,
} from './model-matrix/model-matrix.js';
export { termSchema } from './model-matrix/model-matrix.js';
export type { Factor, MatrixSpec, ModelMatrix, Term } from './model-matrix/model-matrix.js';
export { fitScaling, matrixMomentsQuery } from './model-matrix/scaling.js';
export type { MatrixMomentParams, MatrixMoments, MatrixScaling } from './model-matrix/scaling.js';
export { ask, runOnRows, runOverSites } from './program.js';
export type { AskedSum, SumProgram } from './program.js';
export { parseFormula } from './formula/formula.js';
export type { Formula, FormulaVariable } from './formula/formula.js';
export { designColumns } from './formula/design-columns.js';
export type { ColumnContent, DesignColumns } from './formula/design-columns.js';
export { quoteName } from './formula/tokens.js';
export { deparse } from './formula/syntax.js';
export type { Expression } from './formula/syntax.js';
export { glmFamilies } from './glm/families.js';
export type { GlmFamily } from './glm/families.js';
export { glmQueries } from './glm/query.js';
export type { GlmQueries } from './glm/query.js';
export { fitGlms } from './glm/fit.js';
export type { GlmFit, GlmFits, GlmProblem, Separation } from './glm/fit.js';
export { profileIntervals } from './glm/profile.js';
export type { ProfileInterval } from './glm/profile.js';
export { characteristicSumsQuery, characteristicValueSchema, characteristicsQuery } from './characteristics/query.js';
export type { CharacteristicColumn, CharacteristicTotal, CharacteristicValue } from './characteristics/query.js';
export { fitCharacteristics } from './characteristics/total.js';
export { levelCountsQuery } from './formula/level-counts.js';
export type { LevelCountsParams } from './formula/level-counts.js';
export { glmSiteFitQuery } from './glm/site-fit.js';
export type { SiteFit, SiteFitParams } from './glm/site-fit.js';
export { rawMap, sandwich, standardizeTerms } from './glm/standardize.js';
export type { StandardTerms } from './glm/standardize.js';
export { fitMultinomial } from './multinomial/fit.js';
export type { MultinomialFit, MultinomialProblem } from './multinomial/fit.js';
export { classProbabilities } from './multinomial/local.js';
export type { MultinomialParams } from './multinomial/local.js';
export { multinomialConfusionQuery, multinomialScoresQuery, multinomialSeparationQuery } from './multinomial/query.js';
export { fitOrdinal } from './ordinal/fit.js';
export type { OrdinalFit, OrdinalProblem } from './ordinal/fit.js';
export { linkFunctions, ordinalLinks } from './ordinal/links.js';
export type { OrdinalLink } from './ordinal/links.js';
export { ordinalScoresQuery } from './ordinal/query.js';
