import { coordinatorLog } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import { appendCall } from '../ledger/ledger-book.js';
import type { LedgerBook } from '../ledger/ledger-book.js';
import { bufferOf, outboxParams, withIds } from './statements.js';
import type { NewDownMessage, StoredDownMessage } from './statements.js';
import { ApprovalEntity, StudyEntity } from './study.entity.js';

/** A submitted protocol. */
export type SubmittedStudy = Readonly<StudyEntity>;
/** What a site decided. */
export type SiteApproval = Readonly<ApprovalEntity>;

/** Submitted protocols and what the sites decided on them. */
export class StudyRepository {
  constructor(
    private readonly source: DataSource,
    private readonly ledger: LedgerBook,
  ) {}

  /**
   * Stores a protocol together with its offers to the sites and its leaf. The same protocol a second time changes nothing.
   * @returns the offers to be sent, or `versionDiffers` when another protocol has the same study and version
   * @throws `LEDGER.*` when the log does not hold what it should
   */
  async submit(study: SubmittedStudy, offers: readonly NewDownMessage[]): Promise<readonly StoredDownMessage[] | 'versionDiffers'> {
    const { protocolHash, version, submittedAt } = study;
    const leaf = { v: 1 as const, at: submittedAt.getTime(), study: study.study, type: 'protocolVersion' as const, version, protocolHash };
    return this.ledger.append<readonly StoredDownMessage[] | 'versionDiffers'>(coordinatorLog(study.study), [leaf], ({ values }) =>
      this.source.transaction(async (manager) => {
        const known = await manager.existsBy(StudyEntity, { protocolHash });
        await manager
          .createQueryBuilder()
          .insert()
          .into(StudyEntity)
          .values({ ...study })
          .orIgnore()
          .execute();
        if (!(await manager.existsBy(StudyEntity, { protocolHash }))) return { appended: false, result: 'versionDiffers' as const };
        if (!known) await manager.query(`select ${appendCall(1)}`, [...values]);
        return { appended: !known, result: await insertMessages((sql, params) => manager.query(sql, params), offers) };
      }),
    );
  }

  /** The protocol of a study that was submitted last. */
  async latest(study: string): Promise<SubmittedStudy | undefined> {
    const found = await this.source
      .getRepository(StudyEntity)
      .findOne({ where: { study }, order: { submittedAt: 'DESC', version: 'DESC' } });
    return found ?? undefined;
  }

  /** A protocol by its hash. */
  async byHash(protocolHash: string): Promise<SubmittedStudy | undefined> {
    return (await this.source.getRepository(StudyEntity).findOneBy({ protocolHash })) ?? undefined;
  }

  /** All protocols, oldest first. */
  async all(): Promise<readonly SubmittedStudy[]> {
    return this.source.getRepository(StudyEntity).find({ order: { submittedAt: 'ASC', version: 'ASC' } });
  }

  /**
   * Notes a site's decision. A decision that only says that the site waits for its operator never takes an earlier one back, so
   * messages that arrive late change nothing.
   * @returns false when the protocol or the site is not known
   */
  async decide(approval: SiteApproval): Promise<boolean> {
    const { protocolHash, site, decision, reason, decidedAt } = approval;
    const rows: { known: boolean }[] = await this.source.query(
      `with known as (select 1 from study, enrolled_site where protocol_hash = $1 and site = $2),
       stored as (
         insert into approval (protocol_hash, site, decision, reason, decided_at)
         select $1, $2, $3::varchar, $4::varchar, $5::timestamptz from known
         on conflict (protocol_hash, site) do update set decision = excluded.decision, reason = excluded.reason, decided_at = excluded.decided_at
         where excluded.decision <> 'waiting' and approval.decision <> excluded.decision)
       select exists (select 1 from known) as known`,
      [protocolHash, site, decision, reason, decidedAt],
    );
    return rows[0]?.known === true;
  }

  /** The decisions on a protocol so far. */
  async approvals(protocolHash: string): Promise<readonly SiteApproval[]> {
    return this.source.getRepository(ApprovalEntity).find({ where: { protocolHash }, order: { site: 'ASC' } });
  }

  /** Protocols on which a site has not answered at all. */
  async unanswered(site: string): Promise<readonly SubmittedStudy[]> {
    return this.source
      .getRepository(StudyEntity)
      .createQueryBuilder('s')
      .where('not exists (select 1 from approval a where a.protocol_hash = s.protocol_hash and a.site = :site)', { site })
      .orderBy('s.submitted_at')
      .getMany();
  }
}

async function insertMessages(
  query: (sql: string, params: unknown[]) => Promise<{ id: string; message_id: string }[]>,
  messages: readonly NewDownMessage[],
): Promise<readonly StoredDownMessage[]> {
  if (messages.length === 0) return [];
  const [ids, subjects] = outboxParams(messages);
  const queued = await query(
    `insert into outbox (message_id, subject, head, payload_from, payload_bytes)
     select m.id, m.subject, m.head, 0, 0 from unnest($1::text[], $2::text[], $3::bytea[]) as m (id, subject, head)
     on conflict (message_id) do nothing returning id, message_id`,
    [ids, subjects, messages.map((message) => bufferOf(message.head))],
  );
  return withIds(messages, queued);
}
