import { IsNull } from 'typeorm';
import type { DataSource } from 'typeorm';
import { relaxed } from '../site/commit-statement.js';
import { OutboxEntity } from './outbox.entity.js';
import type { StoredDownMessage } from './statements.js';

/** Messages to sites. What is stored here is sent, in order of `id`, also after a crash. */
export class OutboxRepository {
  constructor(private readonly source: DataSource) {}

  /** Everything that waits to be sent, in order. */
  async unsent(): Promise<readonly StoredDownMessage[]> {
    const rows = await this.source.getRepository(OutboxEntity).find({ where: { sentAt: IsNull() }, order: { id: 'ASC' } });
    return rows.map(({ id, messageId, subject, run, head, payloadSha256, payloadFrom, payloadBytes }) => ({
      id,
      messageId,
      subject,
      run,
      head: head ?? new Uint8Array(0),
      slice: payloadSha256 === null ? null : { sha256: payloadSha256, from: payloadFrom, bytes: payloadBytes },
    }));
  }

  /** The body of a message; undefined when its payload is no longer needed, and so is the message. */
  async body(message: StoredDownMessage): Promise<Uint8Array | undefined> {
    if (message.slice === null) return new Uint8Array(0);
    const { sha256, from, bytes } = message.slice;
    const rows: { body: Uint8Array }[] = await this.source.query(
      'select substring(content from $3::int for $4::int) as body from payload where run = $1 and sha256 = $2',
      [message.run, sha256, from + 1, bytes],
    );
    return rows[0]?.body;
  }

  /**
   * Notes that the broker holds messages, and forgets their bytes. Not forced to the disk: a note that a crash of the server loses
   * leads to the same message once more under the same broker id.
   */
  async markSent(ids: readonly string[], at: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.source.query(
      `${relaxed} update outbox set sent_at = $2, head = null from relaxed where id = any($1::bigint[]) and sent_at is null`,
      [ids, at],
    );
  }
}
