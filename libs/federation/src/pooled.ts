import type { Json, SiteId } from '@cohortium/kernel';
import type { Federation } from './federation.js';
import { parseParams } from './site-answer.js';
import type { RosterScope, SumQuery, SummaryQuery, Total } from './query.js';
import type { CohortRows } from './rows.js';

/** Makes the stacked table of some sites; see `stackRows` of libs/analysis. */
export type StackRows = (sites: readonly SiteId[]) => CohortRows;

/** The pooled twin: one stacked table in plain doubles, no encoding, no gate. For tests, planning and `--pooled`. */
export class PooledFederation implements Federation {
  private round = 0;
  constructor(private readonly stack: StackRows) {}

  sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>> {
    this.round++;
    const parsed = parseParams(query, params) as P;
    return Promise.resolve({ value: query.read(query.local(this.stack(scope.sites), parsed), parsed), round: this.round });
  }

  summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    this.round++;
    const parsed = parseParams(query, params) as P;
    return Promise.resolve(new Map(scope.sites.map((site) => [site, query.local(this.stack([site]), parsed)])));
  }
}
