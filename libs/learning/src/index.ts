export { combatReferenceSchema, fittedModelSchema, lockedModelSchema, preparationSchema } from './locked-model.js';
export type { CombatReference, FittedModel, LockedModel, Preparation } from './locked-model.js';
export { learningErrors } from './errors.js';
export {
  columnCountOf,
  harmonizedDesign,
  harmonizedSchema,
  imputationSchema,
  imputedDesign,
  localEffects,
  preparedDesign,
} from './preparation/design.js';
export type { Harmonized, Imputation } from './preparation/design.js';
export { predict } from './predict.js';
export type { PreparedModels } from './predict.js';
export { onnxModel } from './onnx/model.js';
export { onnxInputs } from './onnx/inputs.js';
export type { OnnxSiteEffects } from './onnx/inputs.js';
export { silenceOnnxRuntime } from './onnx/quiet.js';
export { scoreOnnx } from './onnx/score.js';
export type { OnnxInputs } from './onnx/score.js';
export { exampleSegmentationModel } from './onnx/example-segmentation.js';
export type { ExampleSegmentation } from './onnx/example-segmentation.js';
export { openVolumeModel } from './onnx/volume-model.js';
export type { FloatTensor, VolumeModel } from './onnx/volume-model.js';
export { fitBoostedTrees } from './trees/fit.js';
export type { BoostedTrees, BoostOptions } from './trees/fit.js';
export { treeInputQueries } from './trees/edges.js';
export { inputColumn } from './trees/inputs.js';
export type { TreeInput, TreeTask } from './trees/inputs.js';
export { treeHistogramQuery, treeOutcomeQuery } from './trees/query.js';
export { isLeaf, marginOf, treeSchema } from './trees/tree.js';
export type { SplitNode, Tree, TreeNode } from './trees/tree.js';
