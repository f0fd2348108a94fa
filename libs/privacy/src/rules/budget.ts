import { budgetRefuses } from '../budget/budget.js';
import type { ContentRuleInput, Rule } from './rule.js';
import { rhoOf } from './noise.js';

/** The site's budget for these participants, over all studies, has room for the release. What left before costs nothing again. */
export const budgetRule: Rule<ContentRuleInput> = ({ clause, draft, history, bytes, sumsAreMasked }) => {
  if (history.budget === undefined || history.find(draft.releaseKey) !== undefined) return null;
  const { spent, limits } = history.budget();
  const rho = rhoOf(clause, draft, { sumsAreMasked });
  return budgetRefuses(spent, { bytes: bytes.length, rho, exact: rho === 0 }, limits) ? 'budgetSpent' : null;
};
