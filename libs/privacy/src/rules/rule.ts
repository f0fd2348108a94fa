import type { Draft, ReleaseHistory, WithheldReason } from '@cohortium/federation';
import type { SiteId } from '@cohortium/kernel';
import type { Clause, Protocol } from '@cohortium/protocol';

/** What a rule may look at. */
export interface RuleInput {
  readonly protocol: Protocol;
  /** The site whose gate this is. */
  readonly site: SiteId;
  /** The one clause that the draft falls under. */
  readonly clause: Clause;
  readonly draft: Draft;
  readonly history: ReleaseHistory;
  /** True where sums are masked before they leave, if their clause demands it: then the noise of other honest sites counts too. */
  readonly sumsAreMasked: boolean;
}

/** What a rule about content may look at: the bytes as they would leave, and their SHA-256. */
export interface ContentRuleInput extends RuleInput {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/**
 * One disclosure rule: the reason to withhold, or null. Comparisons are written so that NaN and other nonsense withhold; a rule
 * that throws withholds too (`ruleFailed`).
 */
export type Rule<Input extends RuleInput = RuleInput> = (input: Input) => WithheldReason | null;
