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

/**
 * One pull asks for `expires` milliseconds; the broker answers at once when there is a message, shows that it is alive every
 * `idle_heartbeat` while there is none, and two silences end the pull. Pulls are short and ask for one message, because
 * nats-server 2.9 mishandles a repetition that becomes due while only an abandoned pull waits (it gives it to nobody and repeats
 * its neighbors instead): an abandoned pull is gone within 5 s, and a consumer that stops has nothing to hand back.
 */
const waiting = { expires: 5_000, idle_heartbeat: 2_500 };
/** The same while it is not known that the consumer exists: across broker accounts nobody says that it does not. */
const probing = { expires: 1_000, idle_heartbeat: 500 };
/** How long an acknowledgment waits for the broker's confirmation. */
const ackTimeoutMs = 5_000;
/** A message that keeps failing is repeated ever more rarely, up to this multiple of the delay. */
const maxNakFactor = 30;

/**
 * Pulls one message, hands it over, acknowledges, and so on. A broken connection ends the pull but not the handling of a message that
 * has arrived: the broker would repeat it only after the consumer's acknowledgment wait.
 */
export class PullLoop implements Consumption {
  private readonly running: Promise<void>;
  private messages: ConsumerMessages | undefined;
  private stopping = false;
  private wake: () => void = () => undefined;
  private lastFailure = '';
  private patience = probing;

  constructor(
    private readonly context: PullLoopContext,
    private readonly from: { readonly stream: string; readonly consumer: string },
    private readonly handler: Handler,
    private readonly options: ConsumeOptions,
  ) {
    this.running = this.run();
  }

  stop(): Promise<void> {
    this.stopping = true;
    this.messages?.stop();
    this.wake();
    return this.running;
  }

  private async run(): Promise<void> {
    // The broker forgets a pull with its connection; a new one must not wait for two missed heartbeats.
    const stopListening = this.context.state.onChange(() => this.messages?.stop());
    const consumer = this.consumer();
    while (!this.stopping && this.context.state.status !== 'closed') {
      try {
        if (!(await this.context.state.whenConnected(this.retryMs))) continue;
        const message = await this.pull(consumer);
        this.lastFailure = '';
        this.patience = waiting;
        if (message !== undefined) await this.handle(message);
      } catch (error) {
        this.patience = probing;
        this.reportFailure(error);
        await this.pause(this.retryMs);
      }
    }
    stopListening();
  }

  /** Without asking the broker whether it exists: a site may not ask, and a consumer that is made later serves as well. */
  private consumer(): Consumer {
    const { stream, consumer } = this.from;
    return this.context.js.consumers.getConsumerFromInfo({ stream_name: stream, name: consumer, config: {} } as ConsumerInfo);
  }

  private async pull(consumer: Consumer): Promise<JsMsg | undefined> {
    const messages = await consumer.fetch({ max_messages: 1, ...this.patience });
    this.messages = messages;
    // stop() may have come while the pull was being made, when there was nothing to stop yet.
    if (this.stopping || this.context.state.status !== 'connected') messages.stop();
    try {
      for await (const message of messages) return message;
      return undefined;
    } finally {
      this.messages = undefined;
      messages.stop();
    }
  }

  private async handle(message: JsMsg): Promise<void> {
    let terminated: string | undefined;
    const delivery = deliveryOf(message, (reason) => (terminated = reason));
    const timer = setInterval(() => message.working(), this.options.workingEveryMs ?? 5_000);
    try {
      await this.handler(message.data, delivery);
      if (terminated === undefined) await this.acknowledge(message);
    } catch (error) {
      // Only the name: a handler's text might quote what it was given.
      this.context.log('warn', 'transport.handler_failed', { ...this.place(message), error: errorName(error) });
      if (terminated === undefined) message.nak((this.options.nakDelayMs ?? 1000) * Math.min(delivery.deliveryCount, maxNakFactor));
    } finally {
      clearInterval(timer);
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
