import { brierFromSums } from '../calibration/brier.js';
import type { ClassHistogram } from '../discrimination/delong.js';
import { withheld } from '../figures.js';
import type { PooledPerformance } from '../figures.js';
import { aucFromHistogram } from './histogram-query.js';
import type { ScoreMoments } from './moments-query.js';
import { withinSiteAuc } from './within-site-query.js';
import type { WithinSitePairs } from './within-site-query.js';

/** The totals of one model over one scope. */
export interface PooledTotals {
  readonly histogram: ClassHistogram;
  readonly withinSite: WithinSitePairs;
  readonly moments: ScoreMoments;
}

/**
 * Figures of one model over all participants of a scope. AUCs are withheld below `minimumEvents` of either class, the within-site
 * AUC also where no site holds both classes. Without variance (AUC 0 or 1, all scores tied) a figure has no interval.
 */
export function pooledPerformance({ histogram, withinSite, moments }: PooledTotals, minimumEvents = 10): PooledPerformance {
  const pooled = aucFromHistogram(histogram);
  const within = withinSiteAuc(withinSite);
  const error = brierFromSums(moments);
  const few = Math.min(pooled.positives, pooled.negatives) < Math.max(1, minimumEvents);
  const half = pooled.certificateHalfWidth;
  return {
    auc: few ? withheld('tooFewEvents') : { state: 'ok', value: pooled.auc, ...pooled.interval },
    aucCertificate: few
      ? withheld('tooFewEvents')
      : { state: 'ok', value: pooled.auc, low: Math.max(0, pooled.auc - half), high: Math.min(1, pooled.auc + half) },
    withinSiteAuc: few || within.pairs === 0 ? withheld('tooFewEvents') : { state: 'ok', value: within.auc, ...within.interval },
    brier: moments.participantCount === 0 ? withheld('noParticipants') : { state: 'ok', value: error.brier, ...error.interval },
  };
}
