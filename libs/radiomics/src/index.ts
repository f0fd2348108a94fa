export { aggregations } from './roi/roi.js';
export type { Aggregation, DiscretizedRoi, FeatureValue, Roi } from './roi/roi.js';
export { applyFilter, filterResponse } from './filters/apply.js';
export type { FilterSource } from './filters/block.js';
export { boundaries } from './filters/boundary.js';
export type { Boundary } from './filters/boundary.js';
export { extract } from './extract.js';
export type { ExtractedFeature, Extraction, UndefinedFeature } from './extract.js';
export { filterErrors } from './filters/errors.js';
export { waveletSubbands } from './filters/separable-wavelet.js';
export { filterCodes, filterSettingsSchema, parseFilterSettings } from './filters/settings.js';
export type { FilterSettings } from './filters/settings.js';
export { waveletNames } from './filters/wavelets.js';
export type { WaveletName } from './filters/wavelets.js';
export { aggregationCodes } from './ibsi/aggregation-codes.js';
export { checkRows, summarizeChecks } from './ibsi/checked-rows.js';
export type { CandidateValue, CheckCounts, CheckedRow, CheckSummary } from './ibsi/checked-rows.js';
export { passes, roundToFigures } from './ibsi/compare.js';
export { computeDataset, ibsiDatasets } from './ibsi/datasets.js';
export type { IbsiDataset, IbsiDatasetName } from './ibsi/datasets.js';
export { ibsiErrors } from './ibsi/errors.js';
export { checkFiltered, parseFilteredTable } from './ibsi/filtered-statistics.js';
export type { FilteredReference } from './ibsi/filtered-statistics.js';
export { parseToolValues } from './ibsi/other-tool.js';
export { parseCsv, parseReferenceTable } from './ibsi/reference-table.js';
export type { ReferenceRow } from './ibsi/reference-table.js';
export { checkResponseMap, responseMapTests, unknownResponseMap } from './ibsi/response-maps.js';
export type { ResponseMapTest } from './ibsi/response-maps.js';
export { diagnostics } from './processing/diagnostics.js';
export type { DiagnosticValue } from './processing/diagnostics.js';
export { discretize } from './processing/discretize.js';
export { processingErrors } from './processing/errors.js';
export { gridSource, rememberingSource } from './processing/grid-source.js';
export type { GridSource } from './processing/grid-source.js';
export { roundHalfToEven, roundIntensities, summarizeIntensities } from './processing/intensities.js';
export type { IntensitySummary } from './processing/intensities.js';
export { alignMask, interpolateRegion } from './processing/interpolate.js';
export type { RegionBlock } from './processing/interpolate.js';
export { prepareRoi, segmentRegion } from './processing/prepare-roi.js';
export type { PreparedRoi, ProcessingSettings } from './processing/prepare-roi.js';
export { resegment } from './processing/resegment.js';
export type { ProcessingStep } from './processing/steps.js';
export { settingsErrors } from './settings/errors.js';
export { isPreset, settingsPresets } from './settings/presets.js';
export type { PresetName } from './settings/presets.js';
export {
  approachAggregations,
  isParameterFile,
  parseSettings,
  resolveExtractionSettings,
  resolveSettings,
  settingsHash,
} from './settings/resolve.js';
export type { ExtractionSettings, IbsiSettings } from './settings/resolve.js';
export { settingsSchema, settingsSchemaVersion } from './settings/settings.schema.js';
export type { SettingsDocument } from './settings/settings.schema.js';
export { pyradiomicsLog, pyradiomicsLogFits, pyradiomicsLogName } from './filters/pyradiomics/laplacian.js';
export { pyradiomicsGradient, pyradiomicsPointFilters, pyradiomicsPointwise } from './filters/pyradiomics/pointwise.js';
export type { PyradiomicsPointFilter } from './filters/pyradiomics/pointwise.js';
export { pyradiomicsWavelets } from './filters/pyradiomics/stationary-wavelet.js';
export type { PyradiomicsWaveletSettings, WaveletImage } from './filters/pyradiomics/stationary-wavelet.js';
export { computeFeatures, describeFeatures } from './features/compute-features.js';
export type { FeatureOptions } from './features/compute-features.js';
export { featureErrors } from './features/errors.js';
export { featureFamilies } from './features/feature.js';
export type { FeatureDescription, FeatureFamily } from './features/feature.js';
export type { VolumeHistogramDiscretization } from './features/intensity-volume-histogram/volume-histogram.js';
export { pyradiomicsBinaryPattern2d } from './filters/pyradiomics/local-binary-pattern-2d.js';
export { pyradiomicsBinaryPatterns3d } from './filters/pyradiomics/local-binary-pattern-3d.js';
export type { PyradiomicsDiagnostic } from './pyradiomics/diagnostics.js';
export { pyradiomicsErrors } from './pyradiomics/errors.js';
export { pyradiomicsClassNames, pyradiomicsFeatureNames } from './pyradiomics/feature-classes.js';
export type { PyradiomicsClassName } from './pyradiomics/feature-classes.js';
export { pyradiomicsSettingsSchema } from './pyradiomics/parameters.schema.js';
export type { PyradiomicsSetting, PyradiomicsSettings } from './pyradiomics/parameters.schema.js';
export type { PyradiomicsStep } from './pyradiomics/steps.js';
