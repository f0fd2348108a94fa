import { siteLog } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import { appendCall } from '../ledger/ledger-book.js';
import type { LedgerBook } from '../ledger/ledger-book.js';
import { SiteProtocolEntity } from './site-protocol.entity.js';

/** A protocol and the site's decision on it. */
export type SiteProtocolRecord = Readonly<SiteProtocolEntity>;

/** Protocols that were offered to this site. */
export class SiteProtocolRepository {
  constructor(
    private readonly source: DataSource,
    private readonly ledger: LedgerBook,
    private readonly site: string,
  ) {}

  /** The record of a protocol, if it was ever offered. */
  async find(protocolHash: string): Promise<SiteProtocolRecord | undefined> {
    return (await this.source.getRepository(SiteProtocolEntity).findOneBy({ protocolHash })) ?? undefined;
  }

  /** All protocols ever offered, oldest decision first. */
  async list(): Promise<readonly SiteProtocolRecord[]> {
    return this.source.getRepository(SiteProtocolEntity).find({ order: { decidedAt: 'ASC' } });
  }

  /**
   * Stores a decision; a later decision on the same protocol replaces it, and each that differs from the one before is a leaf of the
   * log, in the same transaction. Durable before it resolves, idempotent.
   * @throws `LEDGER.*` when the log does not hold what it should
   */
  async save(record: SiteProtocolRecord): Promise<void> {
    const { study, protocolHash, decision, reason, decidedAt } = record;
    const leaf = { v: 1 as const, at: decidedAt.getTime(), study, type: 'approval' as const, protocolHash, decision, reason };
    await this.ledger.append(siteLog(study, this.site), [leaf], async ({ values }) => {
      const appended = await this.source.transaction(async (manager) => {
        const earlier = await manager.findOneBy(SiteProtocolEntity, { protocolHash });
        await manager.getRepository(SiteProtocolEntity).upsert({ ...record }, ['protocolHash']);
        if (earlier?.decision === decision && earlier.reason === reason) return false;
        await manager.query(`select ${appendCall(1)}`, [...values]);
        return true;
      });
      return { appended, result: undefined };
    });
  }
}
