import type { Json, SiteId } from '@cohortium/kernel';
import type { RosterScope, SumQuery, SummaryQuery, Total } from './query.js';

/**
 * The only way a program learns anything from sites. Calls of one program are strictly sequential; a program cannot tell which
 * federation it runs on.
 */
export interface Federation {
  /** One secure sum over the full scope. @throws `FEDERATION.WITHHELD`, `FEDERATION.OVERFLOW` */
  sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>>;
  /** One summary per site of the scope. @throws `FEDERATION.WITHHELD` */
  summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>>;
}
