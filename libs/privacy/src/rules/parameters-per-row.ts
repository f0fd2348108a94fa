import type { Rule } from './rule.js';

/**
 * A request with as many free coefficients as the scope has participants can be solved for single rows. `null` in the clause is an
 * exception that the protocol shows. The scope's participants are as the parameters state them; until sites replay the program,
 * nobody else's count is known here.
 */
export const parametersPerRowRule: Rule = ({ clause, draft }) => {
  const { freeParameters, scopeParticipantCount } = draft;
  if (!isCount(freeParameters) || !isCount(scopeParticipantCount)) return 'tooManyParameters';
  if (clause.maxParametersPerRow === null) return null;
  return freeParameters <= clause.maxParametersPerRow * scopeParticipantCount ? null : 'tooManyParameters';
};

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
