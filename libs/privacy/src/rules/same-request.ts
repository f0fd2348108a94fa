import type { ContentRuleInput, Rule } from './rule.js';

/** The same request gets the same content: another answer under a key that was already released could be differenced. */
export const sameRequestRule: Rule<ContentRuleInput> = ({ draft, history, sha256 }) => {
  const earlier = history.find(draft.releaseKey);
  return earlier === undefined || earlier === sha256 ? null : 'contradictsEarlierRelease';
};
