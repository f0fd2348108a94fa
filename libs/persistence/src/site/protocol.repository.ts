import type { DataSource } from 'typeorm';
import { SiteProtocolEntity } from './site-protocol.entity.js';

/** A protocol and the site's decision on it. */
export type SiteProtocolRecord = Readonly<SiteProtocolEntity>;

/** Protocols that were offered to this site. */
export class SiteProtocolRepository {
  constructor(private readonly source: DataSource) {}

  /** The record of a protocol, if it was ever offered. */
  async find(protocolHash: string): Promise<SiteProtocolRecord | undefined> {
    return (await this.source.getRepository(SiteProtocolEntity).findOneBy({ protocolHash })) ?? undefined;
  }

  /** All protocols ever offered, oldest decision first. */
  async list(): Promise<readonly SiteProtocolRecord[]> {
    return this.source.getRepository(SiteProtocolEntity).find({ order: { decidedAt: 'ASC' } });
  }

  /** Stores a decision; a later decision on the same protocol replaces it. Durable before it resolves, idempotent. */
  async save(record: SiteProtocolRecord): Promise<void> {
    await this.source.getRepository(SiteProtocolEntity).upsert({ ...record }, ['protocolHash']);
  }
}
