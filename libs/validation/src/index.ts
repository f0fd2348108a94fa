export { validationErrors } from './errors.js';
export { figureReasonTexts, figureReasons } from './figure-reasons.js';
export type { FigureReason } from './figure-reasons.js';
export { figureSchema, pooledPerformanceSchema, sitePerformanceSchema } from './figures.js';
export type { PooledPerformance, SitePerformance } from './figures.js';
export { bandedBorders, scoreTieBand } from './scores.js';
export { normalQuantile975, unitWaldInterval, waldInterval } from './normal-interval.js';
export type { Interval } from './normal-interval.js';
export { aucOfCells, delongAuc, delongInterval } from './discrimination/delong.js';
export type { AucEstimate, ClassHistogram } from './discrimination/delong.js';
export { brier, brierFromSums } from './calibration/brier.js';
export type { BrierEstimate, SquaredErrorSums } from './calibration/brier.js';
export { calibrationInTheLarge, calibrationSlope } from './calibration/recalibration.js';
export type { Recalibration } from './calibration/recalibration.js';
export { confusionAt, sensitivity, specificity } from './classification/threshold.js';
export type { Confusion, Proportion } from './classification/threshold.js';
export { wilsonInterval } from './classification/wilson.js';
export { sitePerformance } from './site/site-performance.js';
export type { SitePerformanceWithCells } from './site/site-performance.js';
export { aucFromHistogram, gridPoint, scoreHistogramQuery } from './score-sums/histogram-query.js';
export type { HistogramAuc, HistogramQueryOptions } from './score-sums/histogram-query.js';
export { withinSiteAuc, withinSitePairsQuery } from './score-sums/within-site-query.js';
export type { WithinSiteAuc, WithinSitePairs } from './score-sums/within-site-query.js';
export { scoreMomentsQuery } from './score-sums/moments-query.js';
export type { ScoreMoments } from './score-sums/moments-query.js';
export { pooledPerformance } from './score-sums/pooled-performance.js';
export type { PooledTotals } from './score-sums/pooled-performance.js';
export type { ScoreQueryOptions, ScoresOf } from './score-sums/score-source.js';
export { clopperPearson } from './classification/clopper-pearson.js';
export { classificationMeasures, shareOf } from './classification/measures.js';
export type { ClassificationMeasures, Share } from './classification/measures.js';
export { cohenKappa, mcNemar } from './classification/agreement.js';
export type { Kappa, McNemar } from './classification/agreement.js';
export {
  discriminationSlope,
  integratedDiscrimination,
  netReclassification,
  reclassificationCaveat,
} from './classification/reclassification.js';
export type {
  DifferenceSums,
  IntegratedDiscrimination,
  NetReclassification,
  ReclassificationFigure,
} from './classification/reclassification.js';
export { logitDelongInterval, newcombeInterval, newcombeVariance } from './discrimination/auc-intervals.js';
export { holm, pairedDelong, unpairedDelong } from './discrimination/delong-tests.js';
export type { PairedDelong, UnpairedDelong } from './discrimination/delong-tests.js';
export { compareDiscrimination, evaluateDiscrimination } from './discrimination/evaluate.js';
export type { Discrimination, JointDiscrimination } from './discrimination/evaluate.js';
export { mannWhitney } from './discrimination/mann-whitney.js';
export type { MannWhitney } from './discrimination/mann-whitney.js';
export { partialAuc, precisionRecall, rocCurve, rocOnGrid, youdenPoints } from './discrimination/roc.js';
export type { PartialAuc, PartialRange, PrecisionRecall, RocCurve, RocPoint } from './discrimination/roc.js';
export { sumOf } from './discrimination/score-cells.js';
export type { ScoreCells } from './discrimination/score-cells.js';
export { gridScores, nextUp } from './discrimination/score-grid.js';
export type { GriddedScores, GridSpec } from './discrimination/score-grid.js';
export { closedTest } from './calibration/closed-test.js';
export type { ClosedTest, LikelihoodRatio, UpdateChoice } from './calibration/closed-test.js';
export { fitCurves, lineOf } from './calibration/fit-curves.js';
export type { CurveFit, CurveTask } from './calibration/fit-curves.js';
export {
  curveDistances,
  curvePoints,
  expandCells,
  knotShares,
  knotsFromCells,
  smoothedDistances,
  summarizeDistances,
} from './calibration/flexible.js';
export type { CalibrationDistances, CurvePoint } from './calibration/flexible.js';
export { hosmerLemeshow, reliability, scoreQuantiles, sortedQuantile } from './calibration/groups.js';
export type { HosmerLemeshow, Reliability } from './calibration/groups.js';
export { loess, loessDefaults } from './calibration/loess.js';
export type { LoessOptions } from './calibration/loess.js';
export { lowess } from './calibration/lowess.js';
export {
  calibrationSums,
  calibrationTasks,
  likelihoodIndexes,
  linearPredictorScale,
  slopeModel,
  waldEstimate,
} from './calibration/measures.js';
export type { CalibrationSums, InfiniteRule, LikelihoodIndexes, SlopeModel, WaldEstimate } from './calibration/measures.js';
export type { CurveBasis } from './calibration/spline-basis.js';
export { defaultStrategies, netBenefit, netBenefitDifference } from './decision-curve/net-benefit.js';
export type { NetBenefit, NetBenefitDifference, ThresholdCounts } from './decision-curve/net-benefit.js';
export { estimateTau2 } from './meta/heterogeneity.js';
export type { HeterogeneityInterval, RootSearch, SiteEstimates, Tau2, Tau2Method } from './meta/heterogeneity.js';
export { eggerTest, fewSites, heterogeneityInterval, leaveOneOut, metaAnalysis } from './meta/meta-analysis.js';
export type { Egger, MetaAnalysis, MetaTest } from './meta/meta-analysis.js';
export { defaultReleaseRule, gateTests, releaseGate, verdictTexts } from './release-gate/gate.js';
export type { GateCard, GateFigures, GateTest, GateTestName, ReleaseRule } from './release-gate/gate.js';
export { coxSnellOf, developmentSize, maximumCoxSnell } from './sample-size/development.js';
export type { DevelopmentCriterion, DevelopmentPlan, DevelopmentSize } from './sample-size/development.js';
export {
  aucStandardError,
  chanceToShow,
  externalSize,
  sizeForAuc,
  sizeForLowerBound,
  sizeForNetBenefit,
  sizeForOe,
  sizeForSlope,
  sizeForStandardErrors,
} from './sample-size/external.js';
export type { ExternalSize, ExternalTargets, NeededSize, NetBenefitPlan, StandardErrorSize } from './sample-size/external.js';
export { betaInformation, fitLinearPredictor, normalInformation } from './sample-size/score-model.js';
export type { CalibrationInformation, LinearPredictor } from './sample-size/score-model.js';
export { distancesOf } from './score-sums/curve-queries.js';
export type { CurveModel } from './score-sums/curve-queries.js';
export { columnSource } from './score-sums/column-source.js';
export type { ColumnEntry, ColumnScores, SubgroupRows } from './score-sums/column-source.js';
export type { Evaluation } from './score-sums/evaluation.js';
export { distinctScores, orderStatistics } from './score-sums/exact-scores.js';
export type { DistinctScores, KeySearch } from './score-sums/exact-scores.js';
export { queryList, scoreQueries } from './score-sums/score-queries.js';
export type { ScoreQueries } from './score-sums/score-queries.js';
export { endpointSource } from './score-sums/score-source.js';
export type { ScoreSource, ScoredRows } from './score-sums/score-source.js';
export { reasonOf, valueOf } from './score-sums/site-figures.js';
export type { SiteFigures } from './score-sums/site-figures.js';
export type { EntryCounts } from './score-sums/counts-query.js';
export type { ScaleSums } from './score-sums/scale-query.js';
export type { ProbabilitySums } from './score-sums/probability-sums-query.js';
export type { JointCounts, JointTable } from './score-sums/joint-query.js';
export type { PairDifferences } from './score-sums/differences-query.js';
export { differenceOf, interactionTest } from './subgroups/heterogeneity.js';
export type { GroupDifference, GroupFigure, Interaction } from './subgroups/heterogeneity.js';
export { siteThresholdFigures } from './site/site-thresholds.js';
