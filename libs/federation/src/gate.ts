import type { Draft } from './site-answer.js';

/** Why something stayed: a closed list, since reasons travel to the coordinator. */
export const withheldReasons = [
  'noClause',
  'wrongKind',
  'wrongScope',
  'tooFewSites',
  'belowMinCount',
  'tooManyParameters',
  'tooLarge',
  'tooMany',
  'contradictsEarlierRelease',
  'notApproved',
  'expired',
  'paused',
  'notComputable',
  'ruleFailed',
  'notMasked',
  'undeclaredCohort',
  'cohortTooSimilar',
  'dominated',
  'notSmoothed',
  'notEvaluable',
  'noiseMissing',
  'budgetSpent',
  'notDerived',
] as const;
/** One of {@link withheldReasons}. */
export type WithheldReason = (typeof withheldReasons)[number];

/** What the gate lets out of a site: bytes, under a clause. Implemented by `Released` of libs/privacy. */
export interface ReleasedContent {
  readonly clauseId: string;
  readonly bytes: Uint8Array;
  /** Number of the bytes and their hash, without a copy of them. */
  readonly byteLength: number;
  readonly sha256: string;
}

/** The gate's decision. */
export type GateOutcome<R extends ReleasedContent = ReleasedContent> =
  | { readonly state: 'released'; readonly released: R }
  | { readonly state: 'withheld'; readonly reason: WithheldReason; readonly clauseId: string | null };

/** What has already left, by release key: lets the gate refuse a contradicting answer. */
export interface ReleaseHistory {
  /** SHA-256 of what was released under a key, if anything was. */
  find(releaseKey: string): string | undefined;
  /** Messages already released under a clause in this run. */
  countInRun(clauseId: string): number;
  /**
   * Sites that the first released sum of a scope named, in this study; undefined before it. Lets a scope leave out sites that
   * eligibility excluded, once and for all; without this method only the protocol's full list passes.
   */
  sitesOfSums?(scope: string): readonly string[] | undefined;
  /** Cohorts of earlier releases; without this method the site has released nothing of any other cohort. */
  cohorts?(): CohortHistory;
  /** The budget of the draft's cohort; without this method the site keeps none. */
  budget?(): ReleaseBudget;
}

/**
 * Participants behind releases, as their site tells them apart: tokens that mean nothing elsewhere, one per person whatever the study.
 */
export type CohortMembers = ReadonlySet<string>;

/** The cohort of this study beside those of which anything left before, of any study and snapshot. */
export interface CohortHistory {
  readonly own: CohortMembers;
  readonly released: readonly CohortMembers[];
  /** Tokens of whole data rows, where the same people stand behind two snapshots: tells whose values changed. */
  readonly changedRows: number | null;
}

/** What a site has let out of one cohort so far, over all studies, and what it allows. Null is no limit. */
export interface ReleaseBudget {
  readonly spent: { readonly releases: number; readonly exactReleases: number; readonly bytes: number; readonly rho: number };
  readonly limits: {
    readonly maxReleases: number | null;
    readonly maxExactReleases: number | null;
    readonly maxBytes: number | null;
    readonly maxRho: number | null;
  };
}

/** Decides whether a draft may leave. Fails closed; implemented in libs/privacy. */
export interface Gate<R extends ReleasedContent = ReleasedContent> {
  decide(draft: Draft, history: ReleaseHistory): GateOutcome<R>;
}
