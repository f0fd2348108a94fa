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
   * Notes that the broker has acknowledged messages. Not forced to the disk: a note that a crash of the server loses leads to the
   * same message once more under the same broker id.
   */
  async markSent(ids: readonly string[], at: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.source.query(`${relaxed} update site_outbox set sent_at = $2, sends = sends + 1 from relaxed where id = any($1::bigint[])`, [
      ids,
      at,
    ]);
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
   * Asks that the messages of an answer be sent again, the same bytes under the broker ids of `attempt`. Answers undefined when the
   * content behind them has been forgotten and must first be restored.
   */
  async resend(answerId: string, attempt: number): Promise<readonly OutboxMessage[] | undefined> {
    return this.source.transaction(async (manager) => {
      const messages = await manager.find(SiteOutboxEntity, { where: { answerId }, order: { id: 'ASC' } });
      for (const releaseKey of new Set(messages.map((message) => message.releaseKey))) {
        if (releaseKey !== null && (await manager.existsBy(SiteReleaseEntity, { releaseKey, content: IsNull() }))) return undefined;
      }
      await manager.query('update site_outbox set sent_at = null, attempt = greatest(attempt, $2) where answer_id = $1', [
        answerId,
        attempt,
      ]);
      return messages.map((message) => ({ ...message, attempt: Math.max(message.attempt, attempt), sentAt: null }));
    });
  }
}
