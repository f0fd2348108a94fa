export { combatReferenceSchema, fittedModelSchema, lockedModelSchema, preparationSchema } from './locked-model.js';
export type { CombatReference, FittedModel, LockedModel, Preparation } from './locked-model.js';
export { learningErrors } from './errors.js';
export { columnCountOf, harmonizedDesign, harmonizedSchema, imputationSchema, imputedDesign, localEffects, preparedDesign } from './preparation/design.js';
export type { Harmonized, Imputation } from './preparation/design.js';
export { predict } from './predict.js';
export type { PreparedModels } from './predict.js';
