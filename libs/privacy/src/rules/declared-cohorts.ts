import type { Protocol } from '@cohortium/protocol';
import type { Rule } from './rule.js';

/**
 * Rows are set apart only as the protocol declares: the participant folds that its models are tuned by. With a free choice of seeds, folds
 * that differ by one participant are soon found, and two exact sums then tell that participant's values. (Arms that hold out a site have
 * operations of their own; site scopes are the scope rule's.)
 */
export const declaredCohortsRule: Rule = ({ protocol, clause, draft }) => {
  // A clause that shows single participants, visibly, has nothing that a difference could add.
  if (clause.minCell === 0) return null;
  const declared = declaredFolds(protocol);
  return (draft.rowSubsets ?? []).every(({ foldCount, seed }) => declared.has(keyOf(foldCount, seed))) ? null : 'undeclaredCohort';
};

function declaredFolds(protocol: Protocol): ReadonlySet<string> {
  return new Set(
    protocol.analysis.models.flatMap(({ penalty }) => (penalty.rule === 'crossValidation' ? [keyOf(penalty.folds, penalty.seed)] : [])),
  );
}

function keyOf(foldCount: number, seed: string): string {
  return JSON.stringify([foldCount, seed]);
}
