export { combatReferenceSchema, fittedModelSchema, lockedModelSchema, preparationSchema } from './locked-model.js';
export type { CombatReference, FittedModel, LockedModel, Preparation } from './locked-model.js';
