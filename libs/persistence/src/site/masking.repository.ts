import type { SiteBatch, SiteKeySet, UnmaskRecord } from '@cohortium/privacy';
import { siteLog } from '@cohortium/ledger';
import type { LeafOf } from '@cohortium/ledger';
import type { DataSource, EntityManager } from 'typeorm';
import { appendCall } from '../ledger/ledger-book.js';
import type { LedgerBook } from '../ledger/ledger-book.js';
import { insertMessagesStatement, storedMessages } from './commit-statement.js';
import type { NewOutboxMessage, OutboxMessage } from './outbox.repository.js';

/** A key batch with its sets, as the machines of libs/privacy have them. Secret. */
export interface StoredKeyBatch {
  /** Hash of what the coordinator asked; another question under the same number is refused. */
  readonly asked: string;
  readonly state: SiteBatch;
  readonly sets: readonly SiteKeySet[];
}

/** Which batch. */
export interface BatchKey {
  readonly run: string;
  readonly batch: number;
}

/**
 * Secrets and records of secure aggregation at a site. Every change of state is stored together with the message that tells of it, all or nothing,
 * durable before it resolves: nothing leaves that a crash could make the site forget.
 */
export class SiteMaskingRepository {
  constructor(
    private readonly source: DataSource,
    private readonly ledger: LedgerBook,
    private readonly site: string,
  ) {}

  /** A batch; undefined before its keys were made, and after its run was closed. */
  async batch({ run, batch }: BatchKey): Promise<StoredKeyBatch | undefined> {
    const rows: { asked: string; state_json: string; sets: string[] | null }[] = await this.source.query(
      `select b.asked, b.state_json, (select array_agg(s.state_json order by s.key_set) from site_key_set s where s.run = b.run and s.batch = b.batch) as sets
       from site_key_batch b where b.run = $1 and b.batch = $2`,
      [run, batch],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    const sets = (row.sets ?? []).map((text) => JSON.parse(text) as SiteKeySet);
    return { asked: row.asked, state: JSON.parse(row.state_json) as SiteBatch, sets };
  }

  /**
   * Stores a batch after a leg, with the reply to it.
   * @param expected phase in the database before it, null for a batch that is new: another process may not go the same step twice
   * @returns the stored messages for the relay; undefined when the batch was not in that phase, and nothing was stored
   */
  async saveLeg(
    key: BatchKey,
    next: StoredKeyBatch,
    expected: SiteBatch['phase'] | null,
    reply: NewOutboxMessage,
  ): Promise<readonly OutboxMessage[] | undefined> {
    return this.source.transaction(async (manager) => {
      const values = [key.run, key.batch, next.asked, JSON.stringify(next.state)];
      const stored: unknown[] =
        expected === null
          ? await manager.query(
              `insert into site_key_batch (run, batch, asked, state_json) values ($1, $2, $3, $4) on conflict do nothing returning run`,
              values,
            )
          : await updated(
              manager,
              `update site_key_batch set state_json = $4::text where run = $1::text and batch = $2::int and asked = $3::text and state_json::jsonb ->> 'phase' = $5::text returning run`,
              [...values, expected],
            );
      if (stored.length === 0) return undefined;
      await saveSets(manager, key, next.sets);
      return addMessage(manager, reply);
    });
  }

  /** Stores one set, before its frame is stored with the answer. */
  async saveSet(key: BatchKey, set: SiteKeySet): Promise<void> {
    await saveSets(this.source.manager, key, [set]);
  }

  /** The record of a round's vector, if it was ever unmasked. */
  async unmasked(run: string, round: number, vectorId: string): Promise<UnmaskRecord | undefined> {
    const rows: { record_json: string }[] = await this.source.query(
      'select record_json from site_unmask where run = $1 and round = $2 and vector_id = $3',
      [run, round, vectorId],
    );
    return rows[0] && (JSON.parse(rows[0].record_json) as UnmaskRecord);
  }

  /**
   * Writes that a sum was unmasked, also as a leaf of the log, erases its secrets and stores the reply, as one; durable before it resolves.
   * @returns the stored message for the relay; undefined when the round was unmasked before, and nothing was stored
   */
  async saveUnmask(
    record: UnmaskRecord,
    spent: SiteKeySet,
    reply: NewOutboxMessage,
    leaf: LeafOf<'unmask'>,
  ): Promise<readonly OutboxMessage[] | undefined> {
    return this.ledger.append(siteLog(leaf.study, this.site), [leaf], async ({ values }) => {
      const result = await this.source.transaction(async (manager) => {
        const stored: unknown[] = await manager.query(
          `insert into site_unmask (run, round, vector_id, request, record_json, unmasked_at) values ($1, $2, $3, $4, $5, $6)
           on conflict do nothing returning run`,
          [record.run, record.round, record.vectorId, record.request, JSON.stringify(record), new Date(leaf.at)],
        );
        if (stored.length === 0) return undefined;
        await saveSets(manager, record, [spent]);
        await manager.query(`select ${appendCall(1)}`, [...values]);
        return addMessage(manager, reply);
      });
      return { appended: result !== undefined, result };
    });
  }

  /** Stores a message that changes no state: a refusal. One that is known is not stored again. */
  async addMessage(message: NewOutboxMessage): Promise<readonly OutboxMessage[]> {
    return addMessage(this.source.manager, message);
  }

  /** Erases all secrets of a run; records of what was unmasked stay. */
  async closeRun(run: string): Promise<void> {
    await this.source.query('delete from site_key_batch where run = $1', [run]);
  }
}

async function saveSets(manager: EntityManager, { run, batch }: BatchKey, sets: readonly SiteKeySet[]): Promise<void> {
  await manager.query(
    `insert into site_key_set (run, batch, key_set, state_json)
     select $1::text, $2::int, key_set, state_json from unnest($3::int[], $4::text[]) as s (key_set, state_json)
     on conflict (run, batch, key_set) do update set state_json = excluded.state_json`,
    [run, batch, sets.map(({ set }) => set), sets.map((set) => JSON.stringify(set))],
  );
}

async function addMessage(manager: EntityManager, message: NewOutboxMessage): Promise<readonly OutboxMessage[]> {
  const { sql, values } = insertMessagesStatement([message]);
  return storedMessages([message], await manager.query(sql, [...values]));
}

/** The driver answers an update with its rows and their number. */
async function updated(manager: EntityManager, sql: string, values: unknown[]): Promise<unknown[]> {
  const [rows]: [unknown[], number] = await manager.query(sql, values);
  return rows;
}
