import { encodeMessage } from '@cohortium/contracts';
import type { AnyMessage } from '@cohortium/contracts';
import type { OutboxMessage, SiteOutboxRepository } from '@cohortium/persistence';
import type { BrokerLink } from '@cohortium/transport';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import type { SiteStatus } from '../status.js';
import { lineOf } from './transcript.js';
import type { Transcript, TranscriptLine } from './transcript.js';

/** What the relay works with. */
export interface RelayParts {
  readonly site: string;
  readonly link: BrokerLink;
  readonly outbox: SiteOutboxRepository;
  readonly transcript: Transcript;
  readonly status: SiteStatus;
  readonly log: SiteLog;
  /** True while the operator lets nothing out. */
  readonly halted?: () => Promise<boolean>;
}

interface Queued {
  readonly message: OutboxMessage;
  /** Its bytes, where they are still at hand. */
  readonly frame: Uint8Array | undefined;
  /** Set where it may have been sent before: by an earlier process, or for an earlier attempt. */
  readonly again?: 'inherited' | 'asked';
}

interface Acknowledged {
  readonly message: OutboxMessage;
  readonly at: Date;
}

/** Chunks of one answer that are on their way at the same time. */
const windowSize = 8;
const firstPauseMs = 100;
const longestPauseMs = 3000;

/**
 * Sends the outbox: in order, as soon as a message is stored, again and again until the broker has it. A message that a crash has
 * sent but not noted goes out once more under the same broker id. Sending and noting run side by side, so that a slow
 * database does not hold up the next answer.
 */
export class Relay {
  private readonly queue: Queued[] = [];
  private readonly acknowledged: Acknowledged[] = [];
  private sending: Promise<void> | undefined;
  private noting: Promise<void> | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;

  constructor(private readonly parts: RelayParts) {}

  /** Takes up what an earlier process left unsent. */
  async start(): Promise<void> {
    const unsent = await this.parts.outbox.unsent();
    this.send(unsent.map((message) => ({ message, frame: undefined, again: 'inherited' as const })));
  }

  /** Queues stored messages. The caller keeps their order. */
  send(messages: readonly Queued[]): void {
    this.queue.push(...messages);
    if (this.stopped || this.queue.length === 0) return;
    this.parts.status.setSending(true);
    this.sending ??= this.drain().finally(() => {
      this.sending = undefined;
      this.parts.status.setSending(this.queue.length > 0);
      // A message that came between the last look and here.
      if (this.queue.length > 0) this.send([]);
    });
  }

  /**
   * Sends the stored messages of an answer once more, the same bytes, for an attempt of the coordinator or, where it counts none, for the
   * next one. An answer that still waits here, and that the broker will not take for one it knows, is left to that: it leaves once.
   * @returns false when its content has been forgotten and must be restored first
   */
  async again(answerId: string, attempt?: number): Promise<boolean> {
    if (this.queue.some((queued) => queued.message.answerId === answerId && willArrive(queued, attempt))) return true;
    const messages = await this.parts.outbox.resend(answerId, attempt);
    if (messages === undefined) return false;
    this.send(messages.map((message) => ({ message, frame: undefined, again: 'asked' as const })));
    return true;
  }

  /**
   * Resolves once everything queued so far was sent and noted.
   * @throws Error when that takes longer than `limitMs`: the caller tries again later
   */
  async settled(limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (this.queue.length > 0 || this.acknowledged.length > 0 || this.noting !== undefined) {
      if (performance.now() > deadline) throw new Error('the outbox did not settle');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends nothing more, and notes what was acknowledged. What is left in the queue is in the outbox. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.sending;
    await this.noting;
  }

  private async drain(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!this.stopped && this.queue.length > 0) {
      const group = this.nextGroup();
      try {
        await Promise.all(group.map((queued) => this.publish(queued)));
      } catch (error) {
        this.parts.log.warn({ event: 'publish-failed', waiting: this.queue.length, ...errorFields(error) });
        this.parts.status.setBlocked('broker', true);
        await this.pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        continue;
      }
      pauseMs = firstPauseMs;
      this.parts.status.setBlocked('broker', false);
      this.queue.splice(0, group.length);
      const at = new Date();
      this.acknowledged.push(...group.map(({ message }) => ({ message, at })));
      this.noting ??= this.note().finally(() => (this.noting = undefined));
    }
  }

  /** The next message; or several chunks, which may overtake each other but not the message that names them. */
  private nextGroup(): readonly Queued[] {
    const end = this.queue.findIndex(({ message }) => message.type !== 'chunk');
    const chunks = end < 0 ? this.queue.length : end;
    return this.queue.slice(0, Math.max(1, Math.min(chunks, windowSize)));
  }

  private async publish({ message, frame }: Queued): Promise<void> {
    // Stored before the operator paused the node: it waits here, as for a broker that is away.
    if (message.releaseKey !== null && (await this.parts.halted?.())) throw new Error('paused by the operator');
    const bytes = frame ?? (await this.rebuild(message));
    // The id names sender, message and attempt: the broker drops what it already has, unless a later attempt asks again.
    await this.parts.link.publish(message.subject, bytes, `${this.parts.site}.${message.messageId}.${message.attempt}`);
  }

  private async rebuild(message: OutboxMessage): Promise<Uint8Array> {
    const body = await this.parts.outbox.body(message);
    // Content of unsent messages is never forgotten; see SiteAnswerRepository.forgetThrough.
    if (body === undefined) throw new Error('content of an unsent message is missing');
    return encodeMessage(JSON.parse(message.header) as AnyMessage, body);
  }

  /** Notes acknowledgments in the database, then in the transcript: a crash in between is mended at the next start. */
  private async note(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (this.acknowledged.length > 0) {
      const batch = this.acknowledged.slice();
      try {
        const sends = await this.parts.outbox.markSent(
          batch.map(({ message }) => message.id),
          batch[0]?.at as Date,
        );
        this.acknowledged.splice(0, batch.length);
        await this.parts.transcript.append(numberedLines(batch, sends));
        pauseMs = firstPauseMs;
      } catch (error) {
        this.parts.log.warn({ event: 'noting-failed', waiting: this.acknowledged.length, ...errorFields(error) });
        // The next process sends them again under the same ids and notes them then.
        if (this.stopped) return;
        await this.pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  private pause(durationMs: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * True when a waiting message is what a new request wants. One that may have been sent before leaves under the id of its attempt, which the
 * broker may know and drop: then only a later attempt gets through.
 */
function willArrive({ message, again }: Queued, attempt: number | undefined): boolean {
  if (again === undefined) return true;
  return again === 'asked' && (attempt === undefined || message.attempt >= attempt);
}

/** Lines of the transcript: a message that stands twice in a batch was sent twice, and its last sending has the number of all. */
function numberedLines(batch: readonly Acknowledged[], sends: ReadonlyMap<string, number>): TranscriptLine[] {
  const left = new Map(sends);
  return batch
    .toReversed()
    .map(({ message, at }) => {
      const number = left.get(message.id) ?? message.sends + 1;
      left.set(message.id, number - 1);
      return lineOf(message, number, at);
    })
    .reverse();
}
