import type { SumQuery, SummaryQuery } from '@cohortium/federation';
import { crossingSumsQuery } from './crossing.js';
import type { CrossingTotals } from './crossing.js';
import { tableSource } from './data.js';
import type { BatchSource } from './data.js';
import { batchLocationQuery } from './location.js';
import type { BatchLocation, BatchLocationParams } from './location.js';
import { batchMomentsQuery } from './moments.js';
import type { BatchMomentParams, BatchMomentTotals } from './moments.js';
import type { CenteredPlanParams, PlanParams } from './plan.js';
import { referenceBatchQuery, siteEffectsQuery } from './site-effects.js';
import type { ReferenceBatch, ReferenceBatchParams, SiteBatchEffects, SiteEffectsParams } from './site-effects.js';
import { batchSlopesQuery } from './slopes.js';
import type { BatchCrossProducts } from './slopes.js';
import type { BatchSpec } from './spec.js';

/** Every question of ComBat over batches, for one kind of rows. */
export interface BatchQueries<R> {
  readonly source: BatchSource<R>;
  readonly moments: SumQuery<BatchMomentParams<R>, BatchMomentTotals>;
  readonly sums: SumQuery<PlanParams<R>, CrossingTotals>;
  readonly slopes: SumQuery<CenteredPlanParams<R>, BatchCrossProducts>;
  readonly location: SumQuery<BatchLocationParams<R>, BatchLocation>;
  readonly reference: SummaryQuery<ReferenceBatchParams<R>, ReferenceBatch>;
  readonly effects: SummaryQuery<SiteEffectsParams<R>, SiteBatchEffects>;
}

/** Questions about the rows of a source, under operation names that begin with `harmonization.PREFIX-`. */
export function batchQueries<R>(prefix: string, source: BatchSource<R>): BatchQueries<R> {
  return {
    source,
    moments: batchMomentsQuery(prefix, source),
    sums: crossingSumsQuery(prefix, source),
    slopes: batchSlopesQuery(prefix, source),
    location: batchLocationQuery(prefix, source),
    reference: referenceBatchQuery(prefix, source),
    effects: siteEffectsQuery(prefix, source),
  };
}

/** ComBat over the columns of a table. */
export const tableBatchQueries: BatchQueries<BatchSpec> = batchQueries('batch', tableSource);
