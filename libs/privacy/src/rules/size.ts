import type { ContentRuleInput, Rule } from './rule.js';

/** The content as it would leave is larger than the clause allows. */
export const sizeRule: Rule<ContentRuleInput> = ({ clause, bytes }) => (bytes.length <= clause.maxBytes ? null : 'tooLarge');
