import type { Federation, RosterScope } from '@cohortium/federation';
import type { Protocol } from '@cohortium/protocol';
import { findClause } from '@cohortium/protocol';
import type { FitQueries } from '../queries.js';

/** What the fitting steps share. */
export interface FitContext {
  readonly federation: Federation;
  readonly protocol: Protocol;
  readonly queries: FitQueries;
  /** Eligible training sites. */
  readonly scope: RosterScope;
  /** Sites held out, one per arm; `[null]` for the study's own fit. */
  readonly heldOut: readonly (string | null)[];
}

/** Free coefficients that one model of a request may carry: the clause's share of the eligible participants. */
export function maxFreeParameters(protocol: Protocol, operation: string, participants: number): number {
  const share = findClause(protocol, operation, 'training')?.maxParametersPerRow ?? null;
  return share === null ? Infinity : Math.floor(share * participants);
}
