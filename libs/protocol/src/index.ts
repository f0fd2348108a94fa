export { protocolErrors } from './errors.js';
export { protocolSchema, protocolSchemaVersion } from './schema.js';
export type { Clause, CombatSettings, Criterion, FeatureSelector, ModelSpec, Protocol } from './schema.js';
export { checkProtocol, findClause, lintProtocol, parseProtocol, protocolHash } from './parse.js';
