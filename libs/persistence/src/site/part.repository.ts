import { In, LessThan } from 'typeorm';
import type { DataSource } from 'typeorm';
import { SitePartEntity } from './site-part.entity.js';

/** Frozen parts of parameters, by hash. The caller has checked that the content has the hash that names it. */
export class SitePartRepository {
  constructor(private readonly source: DataSource) {}

  /** Content of those of the hashes that are stored. */
  async find(hashes: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    if (hashes.length === 0) return new Map();
    const rows = await this.source.getRepository(SitePartEntity).findBy({ sha256: In([...hashes]) });
    return new Map(rows.map((row) => [row.sha256, row.content]));
  }

  /** Stores a part; storing it again notes the run that now uses it. */
  async save(sha256: string, content: Uint8Array, run: string, at: Date): Promise<void> {
    await this.source
      .getRepository(SitePartEntity)
      .upsert({ sha256, content: Buffer.from(content.buffer, content.byteOffset, content.byteLength), run, storedAt: at }, ['sha256']);
  }

  /** Forgets the parts that a closed run used last. */
  async forgetRun(run: string): Promise<void> {
    await this.source.getRepository(SitePartEntity).delete({ run });
  }

  /** Forgets parts stored before an instant: what is left of runs that were never closed. */
  async forgetBefore(instant: Date): Promise<void> {
    await this.source.getRepository(SitePartEntity).delete({ storedAt: LessThan(instant) });
  }
}
