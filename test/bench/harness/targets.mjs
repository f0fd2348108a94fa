// Targets are written `<= 150` or `>= 5`.

/** A target and whether a value meets it. */
export const isAtMost = (/** @type {number} */ value, /** @type {number} */ limit) => ({ target: `<= ${limit}`, met: value <= limit });
/** A target and whether a value meets it. */
export const isAtLeast = (/** @type {number} */ value, /** @type {number} */ limit) => ({ target: `>= ${limit}`, met: value >= limit });

/** Whether a value meets a written target. */
export function meets(/** @type {number} */ value, /** @type {string} */ target) {
  const limit = Number(target.slice(3));
  return target.startsWith('<=') ? value <= limit : value >= limit;
}
