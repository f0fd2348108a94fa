import type { Rule } from './rule.js';

/**
 * The (n, k) rule of magnitude tables: the n largest contributors may make up at most the share k of any element, by absolute value, at this
 * site (Hundepool et al., Statistical Disclosure Control, 2012, section 4.2.1). The share is measured where the vector is computed, and
 * only for operations whose vector is a sum over participants. A clause that demands the rule for anything else lets nothing out: what
 * cannot be checked is not taken to be fine.
 */
export const dominanceRule: Rule = ({ clause, draft }) => {
  const { dominance } = clause;
  if (dominance === null) return null;
  const measured = draft.dominance;
  if (draft.kind !== 'sum' || measured === undefined || measured.contributors !== dominance.contributors) return 'notEvaluable';
  return measured.share >= 0 && measured.share <= dominance.maxShare ? null : 'dominated';
};

/**
 * The largest share of any element's magnitude that its `contributors` largest contributions make up. An element to which nobody
 * contributes has no share; one to which only that many do has 1.
 * @throws RangeError for contributions that are not finite or of another length
 */
export function largestShare(contributions: Iterable<Float64Array>, length: number, contributors: number): number {
  const totals = new Float64Array(length);
  // The largest so far of each element, descending.
  const top = new Float64Array(length * contributors);
  for (const contribution of contributions) {
    if (contribution.length !== length) throw new RangeError('contributions of different lengths');
    for (let j = 0; j < length; j++) {
      let x = Math.abs(contribution[j] as number);
      if (!Number.isFinite(x)) throw new RangeError('a contribution is not finite');
      totals[j] = (totals[j] as number) + x;
      for (let k = j * contributors; k < (j + 1) * contributors && x > 0; k++) {
        const held = top[k] as number;
        if (x <= held) continue;
        top[k] = x;
        x = held;
      }
    }
  }
  let largest = 0;
  for (let j = 0; j < length; j++) {
    const total = totals[j] as number;
    if (total === 0) continue;
    let sum = 0;
    for (let k = j * contributors; k < (j + 1) * contributors; k++) sum += top[k] as number;
    largest = Math.max(largest, Math.min(1, sum / total));
  }
  return largest;
}
