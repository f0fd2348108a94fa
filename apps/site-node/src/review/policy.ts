import { hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { Clause, Protocol } from '@cohortium/protocol';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { siteErrors } from '../errors.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const operation = z.string().regex(/^[a-z]+\.[a-z-]+@[0-9]+$/);

/** The operator's standing decision, as `policy.yaml` says it. */
const policySchema = z.strictObject({
  approve: z
    .strictObject({
      studies: z.union([z.literal('any'), z.array(z.string())]).describe('Studies that may be approved without asking'),
      kinds: z.array(z.enum(['sum', 'siteSummary'])).default(['sum', 'siteSummary']),
      operations: z.union([z.literal('any'), z.array(operation)]).default('any'),
      minParticipantsPerSite: z
        .int()
        .min(0)
        .default(10)
        .describe('Least that a clause must ask for; a clause about eligibility alone is exempt'),
      minCell: z.int().min(0).default(5).describe('Least that a clause must suppress'),
      allowExceptions: z
        .boolean()
        .default(false)
        .describe('Also clauses without a cap on parameters per row, with a smaller cell, or with sums that are not masked'),
    })
    .optional(),
  signatures: z
    .enum(['required', 'notRequired'])
    .default('required')
    .describe(
      'required: only versions that coordinator, own PI and own ethics board have signed. notRequired is for rehearsals on made data',
    ),
  budget: z
    .strictObject({
      maxReleases: z.int().min(0).nullable().default(null),
      maxExactReleases: z.int().min(0).nullable().default(null).describe('Releases without noise'),
      maxBytes: z.int().min(0).nullable().default(null),
      maxRho: z.number().min(0).nullable().default(null).describe('Cost of noise, in zero-concentrated differential privacy'),
    })
    .prefault({})
    .describe('What may leave about the same participants, over all studies; null is no limit'),
  otherwise: z.enum(['wait', 'refuse']).default('wait').describe('What happens to a protocol beyond the policy'),
  decisions: z
    .record(hash, z.enum(['approve', 'refuse']))
    .default({})
    .describe('Single decisions, by protocol hash'),
});

/** See {@link policySchema}. */
export type Policy = z.output<typeof policySchema>;

/** A policy with the identity under which decisions are remembered. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly policyHash: Sha256;
}

/** Reads `policy.yaml`. An absent file approves nothing: every protocol waits. @throws `SITE.BAD_POLICY` */
export function parsePolicy(yaml: string | undefined): LoadedPolicy {
  const document = parseDocument(yaml ?? '', { uniqueKeys: true });
  if (document.errors[0]) throw siteErrors.error('SITE.BAD_POLICY', { path: '(root)', reason: document.errors[0].code });
  const parsed = policySchema.safeParse(document.toJS({ maxAliasCount: 10 }) ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw siteErrors.error('SITE.BAD_POLICY', { path: issue?.path.join('.') || '(root)', reason: issue?.code ?? 'unknown' });
  }
  return { policy: parsed.data, policyHash: hashJson(parsed.data) };
}

/** A decision on a protocol, in the words of the approval message. */
export type PolicyVerdict =
  | { readonly decision: 'approved'; readonly reason: 'withinPolicy' | 'byOperator' }
  | { readonly decision: 'refused'; readonly reason: 'beyondPolicy' | 'refusedByOperator' }
  | { readonly decision: 'waiting'; readonly reason: 'waitingForOperator' };

/**
 * What the policy says about a protocol. A single decision comes before the rules.
 * @param eligibility operation whose clause may speak of small sites: it exists to find them, and suppresses small cells
 */
export function applyPolicy(policy: Policy, protocol: Protocol, protocolHash: string, eligibility: string): PolicyVerdict {
  const single = policy.decisions[protocolHash];
  if (single === 'approve') return { decision: 'approved', reason: 'byOperator' };
  if (single === 'refuse') return { decision: 'refused', reason: 'refusedByOperator' };
  const { approve } = policy;
  const inside =
    approve !== undefined &&
    (approve.studies === 'any' || approve.studies.includes(protocol.study)) &&
    protocol.clauses.every((clause) => isInside(approve, clause, eligibility));
  if (inside) return { decision: 'approved', reason: 'withinPolicy' };
  return policy.otherwise === 'refuse'
    ? { decision: 'refused', reason: 'beyondPolicy' }
    : { decision: 'waiting', reason: 'waitingForOperator' };
}

function isInside(approve: NonNullable<Policy['approve']>, clause: Clause, eligibility: string): boolean {
  if (!approve.kinds.includes(clause.kind)) return false;
  if (approve.operations !== 'any' && !clause.operations.every((name) => approve.operations.includes(name))) return false;
  const aboutEligibility = clause.operations.every((name) => name === eligibility);
  if (clause.minParticipantsPerSite < approve.minParticipantsPerSite && !aboutEligibility) return false;
  const exception =
    clause.maxParametersPerRow === null ||
    (clause.kind === 'siteSummary' ? clause.minCell < approve.minCell : clause.secureAggregation === 'off');
  return approve.allowExceptions || !exception;
}
