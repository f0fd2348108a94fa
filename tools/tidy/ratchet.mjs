// Counts that may only fall.

/** @typedef {import('./rules.mjs').Offense} Offense */
/** @typedef {Record<string, number>} Ratchet allowed offenses by rule; a rule that is not named allows none */

/**
 * Compares what was found with what is allowed.
 * @param {readonly Offense[]} offenses
 * @param {Ratchet} allowed
 * @param {readonly string[]} ruleNames
 */
export function judge(offenses, allowed, ruleNames) {
  /** @type {Ratchet} */
  const found = Object.fromEntries(ruleNames.map((rule) => [rule, offenses.filter((offense) => offense.rule === rule).length]));
  const exceeded = ruleNames.filter((rule) => found[rule] > (allowed[rule] ?? 0));
  const fallen = ruleNames.filter((rule) => found[rule] < (allowed[rule] ?? 0));
  const unknown = Object.keys(allowed).filter((rule) => !ruleNames.includes(rule));
  /** @type {Ratchet} */
  const tightened = Object.fromEntries(
    ruleNames
      .filter((rule) => Math.min(found[rule], allowed[rule] ?? 0) > 0)
      .map((rule) => [rule, Math.min(found[rule], allowed[rule] ?? 0)]),
  );
  return { exceeded, fallen, unknown, tightened, passes: exceeded.length === 0 && fallen.length === 0 && unknown.length === 0 };
}
