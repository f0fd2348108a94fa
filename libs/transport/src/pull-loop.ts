import type { Consumer, ConsumerInfo, ConsumerMessages, JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { classify, errorName } from './failures.js';
import type { LinkState } from './link-state.js';
import type { ConsumeOptions, Consumption, Delivery, TransportLog } from './types.js';

/** What one loop needs of its link. */
export interface PullLoopContext {
  readonly js: JetStreamClient;
  readonly state: LinkState;
  readonly log: TransportLog;
}

type Handler = (bytes: Uint8Array, delivery: Delivery) => Promise<void>;

/** One pull asks for this long; the broker answers at once when there is a message. */
const pullMs = 30_000;
/** The broker shows it is alive this often while a pull waits; two silences end the pull. */
const idleHeartbeatMs = 5_000;
/** How long an acknowledgment waits for the broker's confirmation. */
const ackTimeoutMs = 5_000;
/** A message that keeps failing is repeated ever more rarely, up to this multiple of the delay. */
const maxNakFactor = 30;

/**
 * Pulls batches, hands messages over in order, acknowledges. A broken connection ends the pull but not the handling of what has
 * arrived: the broker would repeat those messages only after the consumer's acknowledgment wait.
 */
export class PullLoop implements Consumption {
  private readonly queue: JsMsg[] = [];
  private readonly running: Promise<void>;
  private active: JsMsg | undefined;
  private messages: ConsumerMessages | undefined;
  private stopping = false;
  private wake: () => void = () => undefined;
  private lastFailure = '';

  constructor(
    private readonly context: PullLoopContext,
    private readonly from: { readonly stream: string; readonly consumer: string },
    private readonly handler: Handler,
    private readonly options: ConsumeOptions,
  ) {
    this.running = this.run();
  }

  stop(): Promise<void> {
    if (!this.stopping) {
      this.stopping = true;
      this.messages?.stop();
      this.wake();
    }
    return this.running;
  }

  private async run(): Promise<void> {
    const stopListening = this.context.state.onChange(() => {
      // The broker forgot the pull; a new one must not wait for two missed heartbeats.
      this.messages?.stop();
      this.wake();
    });
    const consumer = this.consumer();
    while (!this.stopping && this.context.state.status !== 'closed') {
      try {
        if (!(await this.context.state.whenConnected(this.retryMs))) continue;
        await this.pullOnce(consumer);
        this.lastFailure = '';
      } catch (error) {
        this.reportFailure(error);
        await this.pause(this.retryMs);
      }
    }
    stopListening();
    // Handed back at once, so that the next start need not wait for them.
    for (const message of this.queue.splice(0)) message.nak();
  }

  /** Without asking the broker whether it exists: a site may not ask, and a consumer that is made later serves as well. */
  private consumer(): Consumer {
    const { stream, consumer } = this.from;
    return this.context.js.consumers.getConsumerFromInfo({ stream_name: stream, name: consumer, config: {} } as ConsumerInfo);
  }

  private async pullOnce(consumer: Consumer): Promise<void> {
    const messages = await consumer.fetch({ max_messages: this.options.prefetch ?? 8, expires: pullMs, idle_heartbeat: idleHeartbeatMs });
    this.messages = messages;
    // stop() may have come while the pull was being made, when there was nothing to stop yet.
    if (this.stopping || this.context.state.status !== 'connected') messages.stop();
    let ended = false;
    let failure: unknown;
    const collecting = this.collect(messages)
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        ended = true;
        this.wake();
      });
    const timer = setInterval(() => this.keepAlive(), this.options.workingEveryMs ?? 5_000);
    try {
      while (!this.stopping && (this.queue.length > 0 || !ended)) {
        const message = this.queue.shift();
        if (message === undefined) await new Promise<void>((resolve) => (this.wake = resolve));
        else await this.handle(message);
      }
    } finally {
      clearInterval(timer);
      messages.stop();
      await collecting;
      this.messages = undefined;
    }
    if (failure !== undefined && !this.stopping) throw failure;
  }

  private async collect(messages: ConsumerMessages): Promise<void> {
    for await (const message of messages) {
      this.queue.push(message);
      this.wake();
    }
  }

  private keepAlive(): void {
    if (this.context.state.status !== 'connected') return;
    this.active?.working();
    for (const message of this.queue) message.working();
  }

  private async handle(message: JsMsg): Promise<void> {
    this.active = message;
    let terminated: string | undefined;
    const delivery = deliveryOf(message, (reason) => (terminated = reason));
    try {
      await this.handler(message.data, delivery);
      if (terminated === undefined) await this.acknowledge(message);
    } catch (error) {
      // Only the name: a handler's text might quote what it was given.
      this.context.log('warn', 'transport.handler_failed', { ...this.place(message), error: errorName(error) });
      if (terminated === undefined) message.nak((this.options.nakDelayMs ?? 1000) * Math.min(delivery.deliveryCount, maxNakFactor));
    } finally {
      this.active = undefined;
    }
    if (terminated === undefined) return;
    // No reason goes along: servers before 2.10.4 ignore a termination that carries one.
    message.term();
    this.context.log('warn', 'transport.terminated', { ...this.place(message), reason: terminated });
  }

  /** A lost confirmation is not an error of the handler: the broker repeats the message and the receiver knows it by its key. */
  private async acknowledge(message: JsMsg): Promise<void> {
    try {
      await this.context.state.untilLost(message.ackAck({ timeout: ackTimeoutMs }));
    } catch (error) {
      this.context.log('debug', 'transport.ack_unconfirmed', { ...this.place(message), error: errorName(error) });
    }
  }

  private reportFailure(error: unknown): void {
    if (this.stopping) return;
    const { reason } = classify(error);
    // An outage is told once, not four times a second.
    if (reason !== this.lastFailure) this.context.log('warn', 'transport.pull_failed', { ...this.from, reason });
    this.lastFailure = reason;
  }

  private get retryMs(): number {
    return this.options.retryMs ?? 250;
  }

  private pause(ms: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private place(message: JsMsg): { subject: string; sequence: number; deliveryCount: number } {
    return { subject: message.subject, sequence: message.seq, deliveryCount: message.info.deliveryCount };
  }
}

function deliveryOf(message: JsMsg, terminate: (reason: string) => void): Delivery {
  return {
    subject: message.subject,
    messageId: message.headers?.get('Nats-Msg-Id') || undefined,
    sequence: message.seq,
    deliveryCount: message.info.deliveryCount,
    storedAtMs: Math.floor(message.info.timestampNanos / 1e6),
    terminate,
  };
}
