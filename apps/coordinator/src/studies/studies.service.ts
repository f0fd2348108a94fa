import { canonicalJson } from '@cohortium/kernel';
import type { CoordinatorDatabase, SubmittedStudy } from '@cohortium/persistence';
import { checkProtocol, protocolHash } from '@cohortium/protocol';
import { Inject, Injectable } from '@nestjs/common';
import { coordinatorErrors } from '../errors.js';
import { OutboxRelay } from '../outbox-relay.js';
import { DATABASE } from '../tokens.js';
import { protocolOffers } from './protocol-offers.js';
import type { StudyDetail, StudyRef, StudySummary } from './study.schema.js';
import { readSubmitted, withSites } from './submitted-protocol.js';

/** Submitted protocols. */
@Injectable()
export class StudiesService {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
  ) {}

  /**
   * Stores a protocol and offers it to its sites. The same protocol again changes nothing.
   * @throws `PROTOCOL.BAD_SCHEMA`, `PROTOCOL.LINT`, `COORDINATOR.PROTOCOL_UNRESOLVED`, `COORDINATOR.SITES_NOT_ENROLLED`,
   * `COORDINATOR.VERSION_DIFFERS`
   */
  async submit(document: unknown): Promise<StudyRef> {
    const protocol = checkProtocol(document);
    const submitted = withSites(protocol, protocolHash(protocol));
    const { study, version } = protocol;
    const unknown = await this.database.sites.unknown(submitted.sites);
    if (unknown.length > 0) throw coordinatorErrors.error('COORDINATOR.SITES_NOT_ENROLLED', { sites: unknown.join(', ') });
    const row = { protocolHash: submitted.protocolHash, study, version, protocolJson: canonicalJson(protocol), submittedAt: new Date() };
    const queued = await this.database.studies.submit(row, protocolOffers(submitted, submitted.sites, '1'));
    if (queued === 'versionDiffers') throw coordinatorErrors.error('COORDINATOR.VERSION_DIFFERS', { study, version });
    this.relay.push(queued);
    return { study, protocolHash: submitted.protocolHash };
  }

  /** All submitted protocols, oldest first. */
  async list(): Promise<readonly StudySummary[]> {
    return (await this.database.studies.all()).map(summary);
  }

  /** The protocol of a study that was submitted last. @throws `COORDINATOR.NOT_FOUND` */
  async latest(study: string): Promise<SubmittedStudy> {
    const stored = await this.database.studies.latest(study);
    if (stored === undefined) throw coordinatorErrors.error('COORDINATOR.NOT_FOUND', { what: 'study' });
    return stored;
  }

  /** A study with the decisions of its sites. @throws `COORDINATOR.NOT_FOUND` */
  async detail(study: string): Promise<StudyDetail> {
    const stored = await this.latest(study);
    const { sites, external } = readSubmitted(stored);
    const approvals = new Map((await this.database.studies.approvals(stored.protocolHash)).map((approval) => [approval.site, approval]));
    return {
      ...summary(stored),
      sites: sites.map((site) => {
        const approval = approvals.get(site);
        const role = external.includes(site) ? ('external' as const) : ('training' as const);
        return {
          site,
          role,
          decision: approval?.decision ?? null,
          reason: approval?.reason ?? null,
          decidedAt: approval?.decidedAt.toISOString() ?? null,
        };
      }),
    };
  }
}

function summary(stored: SubmittedStudy): StudySummary {
  const { protocol } = readSubmitted(stored);
  const { study, version, protocolHash: hash, submittedAt } = stored;
  return {
    study,
    version,
    title: protocol.title,
    synthetic: protocol.synthetic,
    protocolHash: hash,
    submittedAt: submittedAt.toISOString(),
  };
}
