// Measurements of our own program from outside: a fresh process each.
import { inFreshProcess } from '../harness/fresh-process.mjs';

const measurements = new URL('own-measurements.mjs', import.meta.url).href;

/** Runs a function of own-measurements.mjs in a process of its own. @returns {Promise<any>} */
export const measureOwn = (/** @type {string} */ name, /** @type {object} */ params) => inFreshProcess(measurements, name, params);
