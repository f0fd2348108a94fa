import type { CohortMembers } from '@cohortium/federation';
import { spansFewerThan } from './cohort-span.js';
import type { Rule } from './rule.js';

/**
 * Cohorts of all studies and snapshots from which anything left, together with this one, single out nobody: no combination of their totals
 * describes fewer than `minCell` participants, and a snapshot of the same people differs in the values of none, or of `minCell` at least.
 * Asked again, what left under the same key tells nothing new.
 */
export const cohortHistoryRule: Rule = ({ clause, draft, history }) => {
  if (history.cohorts === undefined || history.find(draft.releaseKey) !== undefined) return null;
  const { own, released, changedRows } = history.cohorts();
  if (own.size !== draft.participantCount) return 'ruleFailed';
  if (changedRows !== null && changedRows > 0 && changedRows < clause.minCell) return 'cohortTooSimilar';
  const distinct: CohortMembers[] = [own];
  for (const members of released) if (!distinct.some((known) => sameMembers(known, members))) distinct.push(members);
  return distinct.length > 1 && spansFewerThan(distinct, clause.minCell) ? 'cohortTooSimilar' : null;
};

function sameMembers(a: CohortMembers, b: CohortMembers): boolean {
  if (a.size !== b.size) return false;
  for (const member of a) if (!b.has(member)) return false;
  return true;
}
