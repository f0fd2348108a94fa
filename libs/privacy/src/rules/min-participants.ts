import type { Rule } from './rule.js';

/** Too few participants stand behind the draft. A clause that must speak of small sites (eligibility) says so itself. */
export const minParticipantsRule: Rule = ({ clause, draft }) =>
  draft.participantCount >= clause.minParticipantsPerSite ? null : 'belowMinCount';
