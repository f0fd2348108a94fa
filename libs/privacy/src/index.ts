export { privacyErrors } from './errors.js';
export { Released } from './released.js';
export type { ReleaseFields } from './released.js';
export { createGate } from './gate.js';
export type { GateOptions } from './gate.js';
