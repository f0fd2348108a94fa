/** Names under which values that are not classes of this app are injected. */
export const CONFIG = Symbol('cohortium.config');
export const DATABASE = Symbol('cohortium.database');
export const LINK = Symbol('cohortium.link');
export const LOG = Symbol('cohortium.log');
export const PROGRAM = Symbol('cohortium.program');
