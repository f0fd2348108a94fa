import type { Draft, WithheldReason } from '@cohortium/federation';
import { findClause } from '@cohortium/protocol';
import type { Clause, Protocol } from '@cohortium/protocol';

/**
 * The one clause that allows the draft's operation in its scope: no clause, more than one, or one that does not allow the
 * coordinator to have it, is `noClause`; a clause of the other kind is `wrongKind`.
 */
export function matchClause(
  protocol: Protocol,
  draft: Draft,
): { readonly clause: Clause } | { readonly reason: WithheldReason; readonly clauseId: string | null } {
  const clause = findClause(protocol, draft.operation, draft.scope.name);
  if (!clause) return { reason: 'noClause', clauseId: null };
  if (clause.kind !== draft.kind) return { reason: 'wrongKind', clauseId: clause.clauseId };
  // Whatever leaves goes to the coordinator first.
  if (!clause.recipients.includes('coordinator')) return { reason: 'noClause', clauseId: clause.clauseId };
  return { clause };
}
