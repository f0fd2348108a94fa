import type { CoordinatorDatabase, NewDownMessage, StoredDownMessage } from '@cohortium/persistence';
import { isAppError } from '@cohortium/kernel';
import type { BrokerLink } from '@cohortium/transport';
import { setMaxListeners } from 'node:events';
import { errorFields } from './log.js';
import type { Log } from './log.js';
import { waitFor } from './signals.js';

/** A message on its way. `id` names its row in the outbox; without one it is sent once at best. */
export interface Outgoing extends NewDownMessage {
  readonly id?: string;
  /** What follows the head; read from the database when it is not at hand. */
  readonly body?: Uint8Array;
}

const retryMs = 1000;
/** Messages of one subject that may wait before further ones are dropped that nothing stores: the broker is away, and they will be made anew. */
const mostWaiting = 16;
/** How long a publication at work may hold up the end of the process; it stays in the outbox. */
const stopMs = 2000;
const never = new Promise<void>(() => undefined);

/**
 * Sends messages to sites, those of one subject in their order, and notes in the outbox what the broker holds. A stored message
 * is tried until the broker takes it; one that is not stored is dropped when the broker does not, since whoever wants it sent
 * sends it again. After a crash whatever the outbox still holds is sent again under the same message ids.
 */
export class OutboxRelay {
  private readonly lanes = new Map<string, Outgoing[]>();
  private readonly working = new Set<Promise<void>>();
  private sent: string[] = [];
  private marking: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly link: Pick<BrokerLink, 'publish'>,
    private readonly database: Pick<CoordinatorDatabase, 'outbox'>,
    private readonly log: Log,
  ) {
    // One listener per site that waits.
    setMaxListeners(0, this.stopping.signal);
  }

  /** Sends what a former process left. */
  async start(): Promise<void> {
    this.push(await this.database.outbox.unsent());
  }

  /** Sends stored messages. */
  push(messages: readonly (Outgoing & StoredDownMessage)[]): void {
    for (const message of messages) this.queue(message);
  }

  /** Sends messages that are stored nowhere; those to a subject at which many wait are dropped. */
  offer(messages: readonly Outgoing[]): void {
    const backedUp = new Set([...this.lanes].flatMap(([subject, lane]) => (lane.length > mostWaiting ? [subject] : [])));
    for (const message of messages) if (!backedUp.has(message.subject)) this.queue(message);
  }

  /** Ends after the messages at work; the rest stays in the outbox. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await waitFor(Promise.all(this.working), stopMs);
    await this.marking;
    await this.mark();
  }

  private queue(message: Outgoing): void {
    if (this.stopping.signal.aborted) return;
    const lane = this.lanes.get(message.subject);
    if (lane) {
      lane.push(message);
      return;
    }
    const fresh = [message];
    this.lanes.set(message.subject, fresh);
    const work = this.drain(message.subject, fresh).finally(() => this.working.delete(work));
    this.working.add(work);
  }

  private async drain(subject: string, lane: Outgoing[]): Promise<void> {
    // The caller queues all messages of a group before the first one is looked at.
    await Promise.resolve();
    for (;;) {
      const message = lane[0];
      if (message === undefined || this.stopping.signal.aborted) break;
      if (await this.send(message)) lane.shift();
      else await this.pause();
    }
    this.lanes.delete(subject);
  }

  /** True when the message needs no further attempt. */
  private async send(message: Outgoing): Promise<boolean> {
    try {
      const frame = await this.frame(message);
      if (frame !== undefined) await this.link.publish(message.subject, frame, message.messageId);
      if (message.id !== undefined) this.noteSent(message.id);
      return true;
    } catch (error) {
      const level = isAppError(error, 'TRANSPORT.REJECTED') ? 'error' : 'warn';
      this.log[level]({ event: 'outbox.not_sent', message: message.messageId, again: message.id !== undefined, ...errorFields(error) });
      return message.id === undefined;
    }
  }

  private async frame(message: Outgoing): Promise<Uint8Array | undefined> {
    if (message.slice === null) return message.head;
    const body = message.body ?? (message.id === undefined ? undefined : await this.database.outbox.body(message as StoredDownMessage));
    return body && Buffer.concat([message.head, body]);
  }

  private noteSent(id: string): void {
    this.sent.push(id);
    this.marking ??= this.markSoon();
  }

  /** Outside the path of a round: what is sent and not marked is sent twice after a crash, which changes nothing. */
  private async markSoon(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      await this.mark();
    } finally {
      this.marking = undefined;
    }
    if (this.sent.length > 0 && !this.stopping.signal.aborted) this.marking ??= this.markSoon();
  }

  private async mark(): Promise<void> {
    const ids = this.sent;
    this.sent = [];
    try {
      await this.database.outbox.markSent(ids, new Date());
    } catch (error) {
      this.sent = [...ids, ...this.sent];
      this.log.warn({ event: 'outbox.not_marked', ...errorFields(error) });
      await this.pause();
    }
  }

  private pause(): Promise<void> {
    return waitFor(never, retryMs, this.stopping.signal);
  }
}
