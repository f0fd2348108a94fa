import type { CoordinatorDatabase, EnrolledSite } from '@cohortium/persistence';
import type { BrokerLink } from '@cohortium/transport';
import { Inject, Injectable } from '@nestjs/common';
import { coordinatorErrors } from '../errors.js';
import { DATABASE, LINK } from '../tokens.js';
import { setUpSite } from './broker-set-up.js';
import { PresenceBoard } from './presence.js';
import type { NewSite, SiteView } from './site.schema.js';

/** Enrolled sites. */
@Injectable()
export class SitesService {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(LINK) private readonly link: BrokerLink,
    @Inject(PresenceBoard) private readonly presence: PresenceBoard,
  ) {}

  /** Enrolls a site and makes its consumer. Repeating it is harmless. @throws `COORDINATOR.SITE_KEY_DIFFERS` */
  async enroll(site: NewSite): Promise<SiteView> {
    const outcome = await this.database.sites.enroll(site.site, site.displayName, site.nkey, new Date());
    if (outcome === 'keyDiffers') throw coordinatorErrors.error('COORDINATOR.SITE_KEY_DIFFERS', { site: site.site });
    await setUpSite(this.link, site.site);
    const enrolled = (await this.database.sites.all()).find((row) => row.site === site.site);
    if (enrolled === undefined) throw coordinatorErrors.error('COORDINATOR.NOT_FOUND', { what: 'site' });
    return this.view(enrolled);
  }

  /** All sites by code. */
  async list(): Promise<readonly SiteView[]> {
    return (await this.database.sites.all()).map((site) => this.view(site));
  }

  private view({ site, displayName, nkey, enrolledAt, release, helloAt }: EnrolledSite): SiteView {
    const seen = this.presence.of(site);
    return {
      site,
      displayName,
      nkey,
      enrolledAt: enrolledAt.toISOString(),
      release,
      helloAt: helloAt?.toISOString() ?? null,
      status: this.presence.isOnline(site, Date.now()) ? 'online' : seen === undefined && helloAt === null ? 'neverSeen' : 'silent',
      lastHeartbeatAt: seen === undefined ? null : new Date(seen.atMs).toISOString(),
      state: seen?.state ?? null,
    };
  }
}
