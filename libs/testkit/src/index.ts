export { findTestBroker, startTestBroker } from './broker.js';
export type { TestBroker } from './broker.js';
export { startTestPostgres } from './postgres.js';
export type { TestPostgres } from './postgres.js';
export { rowOrder, rowsFromTable, tableOfSites } from './rows.js';
export type { TestTable } from './rows.js';
export { openGate, pooledFederationOf, scopeOf, simulatedFederationOf } from './federations.js';
