import type { Rule } from './rule.js';

/**
 * Quantiles are smoothed over at least the clause's smallest cell. Counts of raw values leave on the protocol's grid and no finer one, and
 * the protocol smooths over enough observations; thresholds that can close in on one value are asked only where the protocol says that
 * it wants exact medians. Minima and maxima are in no operation of the catalogue.
 */
export const valueCountsRule: Rule = ({ protocol, clause, draft }) => {
  const counts = draft.valueCounts;
  if (counts === undefined) return null;
  const { estimator, bins, smoothing } = protocol.analysis.imputation;
  if (counts.kind === 'exact') return estimator === 'exactMedian' ? null : 'notSmoothed';
  return counts.cells <= bins && smoothing >= clause.minCell ? null : 'notSmoothed';
};
