import type { Json, SiteId } from '@cohortium/kernel';
import { federationErrors } from './errors.js';
import type { Federation } from './federation.js';
import type { Gate, ReleaseHistory } from './gate.js';
import { operationName } from './query.js';
import type { RosterScope, SumQuery, SummaryQuery, Total } from './query.js';
import type { CohortRows } from './rows.js';
import { draftAnswer, parseParams } from './site-answer.js';
import { unpackSummary } from './size-class.js';

/** Makes the stacked table of some sites; see `CohortTable.stack` of libs/analysis. */
export type StackRows = (sites: readonly SiteId[]) => CohortRows;

/** The gate of one site with what has left it. */
export interface SiteGate {
  readonly gate: Gate;
  readonly history: ReleaseHistory;
}

/**
 * The pooled twin: sums over one stacked table in plain doubles, without encoding. For tests, planning and `--pooled`. Site summaries
 * describe one site, so they pass that site's gate here too (where gates are given): small counts are withheld alike.
 */
export class PooledFederation implements Federation {
  private round = 0;
  constructor(
    private readonly stack: StackRows,
    private readonly gates?: ReadonlyMap<SiteId, SiteGate>,
  ) {}

  // Asynchronous so that a failure is a rejected promise, as it is over real sites.
  async sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>> {
    this.round++;
    const parsed = parseParams(query, params) as P;
    return { value: query.read(query.local(this.stack(scope.sites), parsed), parsed), round: this.round };
  }

  async summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    this.round++;
    return new Map(scope.sites.map((site) => [site, this.summary(query, params, scope, site)]));
  }

  private summary<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope, site: SiteId): V {
    const rows = this.stack([site]);
    const door = this.gates?.get(site);
    if (!door) return query.local(rows, parseParams(query, params) as P);
    const outcome = door.gate.decide(draftAnswer(site, rows, { query, params, scope }), door.history);
    if (outcome.state === 'released') return query.value.parse(unpackSummary(outcome.released.bytes));
    throw federationErrors.error('FEDERATION.WITHHELD', {
      site,
      operation: operationName(query),
      round: this.round,
      reason: outcome.reason,
    });
  }
}
