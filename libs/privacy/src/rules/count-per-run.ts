import type { ContentRuleInput, Rule } from './rule.js';

/** The clause's messages for this run are used up. Sending again what already left tells nothing new and is not counted. */
export const countPerRunRule: Rule<ContentRuleInput> = ({ clause, draft, history, sha256 }) => {
  if (history.find(draft.releaseKey) === sha256) return null;
  return history.countInRun(clause.clauseId) < clause.maxPerRun ? null : 'tooMany';
};
