export { synthErrors } from './errors.js';
export { syntheticCohort } from './synthetic-cohort.js';
export type { SiteTruth } from './cohort.js';
export type { SyntheticCohort, SyntheticTruth } from './synthetic-cohort.js';
export type { SyntheticOptions, SyntheticSite } from './options.js';
