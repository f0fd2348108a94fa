import { catalogue } from '@cohortium/analysis';
import type { TaskMessage } from '@cohortium/contracts';
import { encodedBytes, parseParams, releaseKey } from '@cohortium/federation';
import type { CohortHistory, CohortMembers, Draft, ReleaseBudget } from '@cohortium/federation';
import { parseSiteId, unpack } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { CohortRecord, SiteChargeRepository } from '@cohortium/persistence';
import { budgetRefuses, nothingSpent, rhoOf } from '@cohortium/privacy';
import type { Released } from '@cohortium/privacy';
import { findClause } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import type { LoadedCohort } from '../compute/messages.js';
import type { PolicyFile } from '../review/policy-file.js';

/** What the gate is told of the past of some people. */
export interface PeoplePast {
  readonly cohorts: CohortHistory;
  readonly budget: ReleaseBudget;
}

interface KnownCohort {
  readonly members: CohortMembers;
  readonly rows: ReadonlyMap<string, string>;
}

/** Sums leave masked wherever their clause wants it, so that the noise of other honest sites counts too. */
const masking = { sumsAreMasked: true } as const;

/**
 * Remembers which people stood behind what left, over all studies, and what it cost. A release is paid before it is stored: a crash in
 * between leaves one paid that was never made, never the other way round.
 */
export class ReleaseBook {
  private readonly known = new Map<string, KnownCohort>();
  /** Snapshots from which anything left; this process alone adds to them. */
  private charged: Set<string> | undefined;

  constructor(
    private readonly charges: SiteChargeRepository,
    private readonly policyFile: Pick<PolicyFile, 'read'>,
  ) {}

  /** The past of a cohort's people. @throws when the cohort's own record cannot be stored or read */
  async past(study: string, cohort: LoadedCohort): Promise<PeoplePast> {
    const { snapshot, members, rowTokens } = cohort;
    if (!this.known.has(snapshot)) {
      await this.charges.rememberCohort({ snapshot, study, members, rowTokens });
      this.known.set(snapshot, knownOf({ members, rowTokens }));
    }
    const own = this.known.get(snapshot) as KnownCohort;
    this.charged ??= new Set(await this.charges.chargedSnapshots());
    const others: [string, KnownCohort][] = [];
    for (const other of this.charged) if (other !== snapshot) others.push([other, await this.cohortOf(other)]);
    const overlapping = others.filter(([, { members: theirs }]) => [...theirs].some((member) => own.members.has(member)));
    const { budget: limits } = (await this.policyFile.read()).policy;
    // Summed only where somebody asks: without limits every round would pay for it.
    const isLimited = Object.values(limits).some((limit) => limit !== null);
    const spent = isLimited ? await this.charges.spentOn([snapshot, ...overlapping.map(([name]) => name)]) : nothingSpent;
    return {
      cohorts: {
        own: own.members,
        released: overlapping.map(([, { members: theirs }]) => theirs),
        changedRows: changedRowsOf(own, others),
      },
      budget: { spent, limits },
    };
  }

  /**
   * True where a request would exceed a limit whatever it yields: looked at before anything is computed. Only the size of a summary is
   * not known yet.
   * @throws `FEDERATION.BAD_PARAMS` and errors of unpacking, which computing it would meet too
   */
  async refusesBefore(
    task: TaskMessage,
    { protocol, snapshot }: { readonly protocol: Protocol; readonly snapshot: string },
    cohort: LoadedCohort,
    content: { readonly params: Uint8Array; readonly parts: ReadonlyMap<string, Uint8Array> },
  ): Promise<boolean> {
    const { limits, spent } = (await this.past(task.study, cohort)).budget;
    if (Object.values(limits).every((limit) => limit === null)) return false;
    const clause = findClause(protocol, task.operation, task.scope.name);
    const query = catalogue.get(task.operation);
    // Without clause or operation nothing leaves in any case.
    if (clause === undefined || query === undefined) return false;
    const params = unpack(content.params, (hash) => content.parts.get(hash));
    const scope = { name: task.scope.name, sites: task.scope.sites.map(parseSiteId) };
    if (await this.charges.isCharged(releaseKey({ query, params, scope }, snapshot as Sha256))) return false;
    const plan = query.kind === 'sum' ? { format: query.words, length: query.length(parseParams(query, params)) } : undefined;
    const rho = plan === undefined ? 0 : rhoOf(clause, { ...plan, scope }, masking);
    const bytes = plan === undefined ? 0 : encodedBytes(plan.format, plan.length);
    return budgetRefuses(spent, { bytes, rho, exact: rho === 0 }, limits);
  }

  /** Pays for what the gate has released. @throws `PRIVACY.BUDGET_CONTRADICTED` */
  async charge(task: TaskMessage, protocol: Protocol, snapshot: string, draft: Draft, released: Released): Promise<void> {
    const clause = findClause(protocol, draft.operation, draft.scope.name);
    const rho = clause === undefined ? 0 : rhoOf(clause, draft, masking);
    await this.charges.charge({
      releaseKey: draft.releaseKey,
      snapshot,
      study: task.study,
      operation: draft.operation,
      clauseId: released.clauseId,
      bytes: released.bytes.length,
      rho,
      exact: rho === 0,
    });
    this.charged?.add(snapshot);
  }

  /** A cohort of an earlier release; one that is charged is remembered too, or the record is broken. */
  private async cohortOf(snapshot: string): Promise<KnownCohort> {
    const known = this.known.get(snapshot);
    if (known) return known;
    const found = await this.charges.findCohort(snapshot);
    if (found === undefined) throw new RangeError('a release without its cohort');
    const read = knownOf(found);
    this.known.set(snapshot, read);
    return read;
  }
}

function knownOf({ members, rowTokens }: Pick<CohortRecord, 'members' | 'rowTokens'>): KnownCohort {
  return { members: new Set(members), rows: new Map(members.map((member, i) => [member, rowTokens[i] ?? ''])) };
}

/** Fewest rows, but at least one, that changed against an earlier snapshot of exactly the same people; null where there is none such. */
function changedRowsOf(own: KnownCohort, others: readonly (readonly [string, KnownCohort])[]): number | null {
  const counts = others
    .filter(([, { members }]) => members.size === own.members.size && [...members].every((member) => own.members.has(member)))
    .map(([, { rows }]) => [...own.rows].filter(([member, row]) => rows.get(member) !== row).length);
  if (counts.length === 0) return null;
  const changed = counts.filter((count) => count > 0);
  return changed.length === 0 ? 0 : Math.min(...changed);
}
