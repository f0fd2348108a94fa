import { IsNull, MoreThan } from 'typeorm';
import type { DataSource } from 'typeorm';
import { insertMessagesStatement, relaxed, storedMessages } from './commit-statement.js';
import { SiteOutboxEntity } from './site-outbox.entity.js';
import { SiteReleaseEntity } from './site-release.entity.js';

/** A message as it is put into the outbox. */
export type NewOutboxMessage = Readonly<Omit<SiteOutboxEntity, 'id' | 'sends' | 'sentAt'>>;
/** A message of the outbox. `id` is a decimal number that grows with the order of messages. */
export type OutboxMessage = Readonly<SiteOutboxEntity>;

/** Messages that leave this site. What is stored here is sent, in order of `id`, also after a crash. */
export class SiteOutboxRepository {
  constructor(private readonly source: DataSource) {}

  /**
   * Stores messages without a body. A message id that exists is left as it is, and not answered.
   * @returns the stored messages, to be handed to the relay
   */
  async add(messages: readonly NewOutboxMessage[]): Promise<readonly OutboxMessage[]> {
    const { sql, values } = insertMessagesStatement(messages);
    return storedMessages(messages, await this.source.query(sql, [...values]));
  }

  /** Forgets messages of a type that were never sent: they would only repeat what a newer one says. */
  async discardUnsent(type: string): Promise<void> {
    await this.source.getRepository(SiteOutboxEntity).delete({ type, sentAt: IsNull(), sends: 0 });
  }

  /** Everything that waits to be sent, in order. */
  async unsent(): Promise<readonly OutboxMessage[]> {
    return this.source.getRepository(SiteOutboxEntity).find({ where: { sentAt: IsNull() }, order: { id: 'ASC' } });
  }

  /**
   * Notes that the broker has acknowledged messages; an id that stands there twice was sent twice. Not forced to the disk: a note
   * that a crash of the server loses leads to the same message once more under the same broker id.
   * @returns how often each of the messages has been sent by now
   */
  async markSent(ids: readonly string[], at: Date): Promise<ReadonlyMap<string, number>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; sends: number }[] = await this.source.query(
      `${relaxed}, acknowledged as (select id, count(*)::int as times from unnest($1::bigint[]) as id group by id),
         noted as (update site_outbox o set sent_at = $2, sends = o.sends + a.times from acknowledged a, relaxed where o.id = a.id
           returning o.id::text, o.sends)
       select id, sends from noted`,
      [ids, at],
    );
    return new Map(rows.map(({ id, sends }) => [id, sends]));
  }

  /** Messages that were acknowledged at least once, with an id above `after`, in order: the content of the transcript. */
  async sent(after: string, limit: number): Promise<readonly OutboxMessage[]> {
    return this.source
      .getRepository(SiteOutboxEntity)
      .find({ where: { id: MoreThan(after), sends: MoreThan(0) }, order: { id: 'ASC' }, take: limit });
  }

  /** The body of a message, read from its release; undefined when that content has been forgotten. */
  async body(message: OutboxMessage): Promise<Uint8Array | undefined> {
    if (message.releaseKey === null) return new Uint8Array(0);
    const rows: { body: Uint8Array | null }[] = await this.source.query(
      'select substring(content from $2::int for $3::int) as body from site_release where release_key = $1',
      [message.releaseKey, message.bodyFrom + 1, message.bodyBytes],
    );
    return rows[0]?.body ?? undefined;
  }

  /**
   * Asks that the messages of an answer be sent again, the same bytes under the broker ids of `attempt`, or of the next attempt where
   * nobody counts. Answers undefined when the content behind them has been forgotten and must first be restored.
   */
  async resend(answerId: string, attempt?: number): Promise<readonly OutboxMessage[] | undefined> {
    return this.source.transaction(async (manager) => {
      const messages = await manager.find(SiteOutboxEntity, { where: { answerId }, order: { id: 'ASC' } });
      for (const releaseKey of new Set(messages.map((message) => message.releaseKey))) {
        if (releaseKey !== null && (await manager.existsBy(SiteReleaseEntity, { releaseKey, content: IsNull() }))) return undefined;
      }
      const statement =
        'update site_outbox set sent_at = null, attempt = greatest(attempt, coalesce($2::int, attempt + 1)) where answer_id = $1';
      await manager.query(statement, [answerId, attempt ?? null]);
      return messages.map((message) => ({ ...message, attempt: Math.max(message.attempt, attempt ?? message.attempt + 1), sentAt: null }));
    });
  }
}
