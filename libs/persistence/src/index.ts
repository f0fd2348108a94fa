export { isTransientDatabaseError, openDatabase } from './data-source.js';
export type { DatabaseOptions } from './data-source.js';
export { persistenceErrors } from './errors.js';
