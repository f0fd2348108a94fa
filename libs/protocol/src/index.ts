export { protocolErrors } from './errors.js';
export { protocolSchema, protocolSchemaVersion } from './schema.js';
export { clinicalColumns, clinicalInputs } from './clinical-inputs.js';
export type { ClinicalInput } from './clinical-inputs.js';
export type {
  Characteristic,
  Clause,
  ClinicalPredictor,
  CombatSettings,
  Criterion,
  FeatureSelector,
  ModelSpec,
  Protocol,
} from './schema.js';
export type { SelectionRule } from './schema.js';
export { checkProtocol, findClause, lintProtocol, parseProtocol, protocolHash } from './parse.js';
export { clauseTime, unreachableClauses, windowOf } from './lint-clauses.js';
export type { UnreachableClause } from './lint-clauses.js';
