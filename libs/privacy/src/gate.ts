import type { Draft, Gate, GateOutcome, ReleaseHistory, WithheldReason } from '@cohortium/federation';
import { packSummary } from '@cohortium/federation';
import type { Json, Packable, SiteId } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import { privacyErrors } from './errors.js';
import { release } from './released.js';
import type { Released } from './released.js';
import { budgetRule } from './rules/budget.js';
import { matchClause } from './rules/clause-match.js';
import { cohortHistoryRule } from './rules/cohort-history.js';
import { countPerRunRule } from './rules/count-per-run.js';
import { declaredCohortsRule } from './rules/declared-cohorts.js';
import { dominanceRule } from './rules/dominance.js';
import { minParticipantsRule } from './rules/min-participants.js';
import { minSitesRule } from './rules/min-sites.js';
import { wordsWithNoise } from './rules/noise.js';
import { parametersPerRowRule } from './rules/parameters-per-row.js';
import type { ContentRuleInput, Rule, RuleInput } from './rules/rule.js';
import { sameRequestRule } from './rules/same-request.js';
import { scopeRule } from './rules/scope.js';
import { sizeRule } from './rules/size.js';
import { suppressSmallCells } from './rules/small-cells.js';
import { valueCountsRule } from './rules/value-counts.js';

/** What a gate is made of. */
export interface GateOptions {
  /** The protocol that the site has approved, its training sites listed. */
  readonly protocol: Protocol;
  /** The site that the gate belongs to. */
  readonly site: SiteId;
  /** Secret of the site that noise is drawn from, 32 bytes; without it, clauses that demand noise let nothing out. */
  readonly noiseSecret?: Uint8Array;
  /** True where what is released here is masked before it leaves, under clauses that demand it. Until then a site's noise stands alone. */
  readonly sumsAreMasked?: boolean;
}

type GateInput = RuleInput & { readonly noiseSecret: Uint8Array | undefined };

/** Rules about the request; the first reason counts. */
const requestRules: readonly Rule[] = [
  scopeRule,
  minSitesRule,
  minParticipantsRule,
  parametersPerRowRule,
  declaredCohortsRule,
  valueCountsRule,
  dominanceRule,
  cohortHistoryRule,
];
/** Rules about the content as it would leave. */
const contentRules: readonly Rule<ContentRuleInput>[] = [sizeRule, sameRequestRule, countPerRunRule, budgetRule];

/**
 * The egress gate of one site: a pure decision over a draft and what left before. It fails closed: no clause, an unknown kind,
 * content that is missing or malformed, a rule or a history that throws: each withholds, and nothing is thrown at the caller.
 * @throws `PRIVACY.OPEN_ROSTER` when the protocol leaves its training sites open
 */
export function createGate({ protocol, site, noiseSecret, sumsAreMasked = false }: GateOptions): Gate<Released> {
  if (protocol.sites.training === undefined) throw privacyErrors.error('PRIVACY.OPEN_ROSTER', { study: protocol.study, site });
  return {
    decide(draft: Draft, history: ReleaseHistory): GateOutcome<Released> {
      let clauseId: string | null = null;
      try {
        const match = matchClause(protocol, draft);
        if ('reason' in match) return withheld(match.reason, match.clauseId);
        clauseId = match.clause.clauseId;
        return decideUnder({ protocol, site, clause: match.clause, draft, history, sumsAreMasked, noiseSecret });
      } catch {
        // Whatever went wrong may carry data in its message; only the fact is passed on.
        return withheld('ruleFailed', clauseId);
      }
    },
  };
}

function decideUnder(input: GateInput): GateOutcome<Released> {
  const { clause, draft } = input;
  const refused = firstReason(requestRules, input);
  if (refused) return withheld(refused, clause.clauseId);
  const bytes = contentOf(input);
  if (typeof bytes === 'string') return withheld(bytes, clause.clauseId);
  // Made before it is decided, so that millions of bytes are hashed once; nobody has it until the rules agree.
  const released = release({ clauseId: clause.clauseId, operation: draft.operation, bytes });
  const bytesRefused = firstReason(contentRules, { ...input, bytes, sha256: released.sha256 });
  if (bytesRefused) return withheld(bytesRefused, clause.clauseId);
  return { state: 'released', released };
}

function firstReason<Input extends RuleInput>(rules: readonly Rule<Input>[], input: Input): WithheldReason | null {
  for (const rule of rules) {
    const reason = rule(input);
    if (reason !== null) return reason;
  }
  return null;
}

/** The bytes as they would leave. A draft that carries other content than its kind says is malformed. */
function contentOf({ draft, clause, noiseSecret, sumsAreMasked }: GateInput): Uint8Array | WithheldReason {
  const { kind, words, summary } = draft;
  if (kind === 'sum' && words instanceof Uint8Array && summary === undefined)
    return wordsWithNoise(clause, draft, words, { noiseSecret, sumsAreMasked });
  if (kind === 'siteSummary' && summary !== undefined && words === undefined) {
    return packSummary(suppressSmallCells(summary as Json, clause.minCell, draft.rowCount ?? draft.participantCount) as Packable);
  }
  throw new TypeError('the draft does not carry the content of its kind');
}

function withheld(reason: WithheldReason, clauseId: string | null): GateOutcome<Released> {
  return { state: 'withheld', reason, clauseId };
}
