import { SiteInitial1732200000000 } from './migrations/0001-initial.js';
import { SiteSecureAggregation1732900000000 } from './migrations/0002-secure-aggregation.js';
import { SiteEgressEntity } from './site-egress.entity.js';
import { SiteOutboxEntity } from './site-outbox.entity.js';
import { SitePartEntity } from './site-part.entity.js';
import { SiteProtocolEntity } from './site-protocol.entity.js';
import { SiteReleaseEntity } from './site-release.entity.js';
import { SiteTaskEntity } from './site-task.entity.js';

/** Tables of a site's database, for `openDatabase`. */
export const siteEntities = [SiteEgressEntity, SiteOutboxEntity, SitePartEntity, SiteProtocolEntity, SiteReleaseEntity, SiteTaskEntity];
/** Migrations of a site's database, oldest first. */
export const siteMigrations = [SiteInitial1732200000000, SiteSecureAggregation1732900000000];
