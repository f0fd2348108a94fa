import { SiteInitial1732200000000 } from './migrations/0001-initial.js';
import { SiteLedger1764300000000 } from './migrations/0002-ledger.js';
import { SiteReleaseBudget1764300003000 } from './migrations/0003-release-budget.js';
import { SiteTotals1764300004000 } from './migrations/0004-totals.js';
import { SiteSecureAggregation1764300005000 } from './migrations/0005-secure-aggregation.js';
import { SiteFeatureVectors1764300006000 } from './migrations/0006-feature-vectors.js';
import { SiteCases1764300007000 } from './migrations/0007-cases.js';
import { SiteCaseEntity } from './site-case.entity.js';
import { SiteEgressEntity } from './site-egress.entity.js';
import { SiteFeatureVectorEntity } from './site-feature-vector.entity.js';
import { SiteOutboxEntity } from './site-outbox.entity.js';
import { SitePartEntity } from './site-part.entity.js';
import { SiteProtocolEntity } from './site-protocol.entity.js';
import { SiteReleaseEntity } from './site-release.entity.js';
import { SiteTaskEntity } from './site-task.entity.js';
import { SiteTotalEntity } from './site-total.entity.js';

/** Tables of a site's database, for `openDatabase`. */
export const siteEntities = [
  SiteCaseEntity,
  SiteEgressEntity,
  SiteFeatureVectorEntity,
  SiteOutboxEntity,
  SitePartEntity,
  SiteProtocolEntity,
  SiteReleaseEntity,
  SiteTaskEntity,
  SiteTotalEntity,
];
/** Migrations of a site's database, oldest first. */
export const siteMigrations = [
  SiteInitial1732200000000,
  SiteLedger1764300000000,
  SiteReleaseBudget1764300003000,
  SiteTotals1764300004000,
  SiteSecureAggregation1764300005000,
  SiteFeatureVectors1764300006000,
  SiteCases1764300007000,
];
