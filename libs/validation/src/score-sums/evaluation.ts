import type { Federation, RosterScope } from '@cohortium/federation';
import type { KeySearch } from './exact-scores.js';
import type { ScoreQueries } from './score-queries.js';

/** What a program of this library works with: scores of some kind, and the sites that hold them. */
export interface Evaluation<S> {
  readonly federation: Federation;
  readonly scope: RosterScope;
  readonly queries: ScoreQueries<S>;
  /** Parameters of the score source. */
  readonly source: S;
  /** Entries that the source has. */
  readonly entryCount: number;
}

/** The exact search over the scores of an evaluation. */
export function keySearch<S>({ federation, scope, source, entryCount, queries }: Evaluation<S>): KeySearch<S> {
  return { federation, scope, source, entryCount, branches: queries.branches, keySums: queries.keySums };
}
