import type { Clause } from '@cohortium/protocol';
import type { NoiseClause } from '../differential-privacy/grid.js';

/** What a clause may demand beyond counts and sizes. */
export interface ClauseProtections {
  /** The (n, k) rule; null where no figure of the clause is a total of magnitudes. */
  readonly dominance: { readonly contributors: number; readonly maxShare: number } | null;
  /** Noise in every total of the clause. */
  readonly dp: NoiseClause | null;
  /** Whether totals alone are opened, never one site's vector. */
  readonly secureAggregation: boolean;
}

/** The protections of a clause; what it does not name it does not demand. */
export function protectionsIn(clause: Clause): ClauseProtections {
  const { dominance = null, dp = null, secureAggregation = false } = clause as Clause & Partial<ClauseProtections>;
  return { dominance, dp, secureAggregation };
}
