/** What happened on the link, for the operator's log. Fields carry no secret and no message content. */
export type TransportLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, string | number | boolean>>,
) => void;

/** What is known of a message beside its bytes. */
export interface Delivery {
  readonly subject: string;
  /** The id under which it was published, if any. */
  readonly messageId: string | undefined;
  /** Place in the stream. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveryCount: number;
  /** When the broker stored it, milliseconds since 1970. */
  readonly storedAtMs: number;
  /** Asks that the broker never deliver this message again, whatever the handler's outcome (it cannot be read, or is refused for good). */
  terminate(reason: string): void;
}

/** Options of {@link BrokerLink.consume}. */
export interface ConsumeOptions {
  /** Delay before the broker repeats a message whose handler threw. Default 1000. */
  readonly nakDelayMs?: number;
  /** How often the broker is told that the handler still works; a third of the consumer's `ackWaitMs` or less. Default 5000. */
  readonly workingEveryMs?: number;
  /** Pause after the broker could not be asked for messages. Default 250. */
  readonly retryMs?: number;
}

/** A running consumption. */
export interface Consumption {
  /** Takes no further message, waits for the handler at work and its acknowledgment. Idempotent. */
  stop(): Promise<void>;
}

/** State of the link, told to {@link BrokerLink.onStatus} listeners on each change. */
export type LinkStatus = 'connected' | 'disconnected' | 'closed';

/** Limits of the two streams. */
export interface StreamLimits {
  /** Bound on each stream on disk, in bytes. */
  readonly maxBytes: number;
  /** Messages older than this are removed, in milliseconds. */
  readonly maxAgeMs: number;
}

/** A durable pull consumer. */
export interface ConsumerSpec {
  readonly stream: string;
  readonly name: string;
  /** The subjects it sees, e.g. `fl.*.task.H1`. */
  readonly filter: string;
  /**
   * A message not acknowledged for this long is delivered again: what a killed receiver held waits this long. At least three times the
   * receiver's `workingEveryMs`.
   */
  readonly ackWaitMs: number;
  /** Deliveries that may await acknowledgment at one time. */
  readonly maxAckPending: number;
}

/**
 * One connection to the broker. It reconnects by itself for ever; its methods say what was achieved, not what was sent.
 * Delivery is at least once and in order only as long as nothing fails: receivers tell messages apart by their own keys. After a
 * crash of the broker even acknowledged messages come again, by the hundred: it writes acknowledgments to disk with delay.
 */
export interface BrokerLink {
  /**
   * Resolves when the broker has stored the message; waits out a broker that restarts, up to the timeout. The same id within two
   * minutes is stored once, in the whole stream: ids name sender, receiver and attempt. After a timeout the message may or may not have
   * been stored; publish it again under the same id.
   * @throws `TRANSPORT.UNREACHABLE` after `timeoutMs` (default 10 000)
   * @throws `TRANSPORT.REJECTED` when the broker refuses it: permission, size, a full stream
   */
  publish(subject: string, bytes: Uint8Array, messageId: string, options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Sends without any promise of delivery; dropped while disconnected. */
  publishVolatile(subject: string, bytes: Uint8Array): void;
  /** Calls the handler for messages that nobody keeps. The handler must not throw; what it throws is logged. */
  subscribeVolatile(subject: string, handler: (bytes: Uint8Array, subject: string) => void): Consumption;
  /**
   * Pulls messages and hands them over one after the other; acknowledges (and awaits the broker's confirmation) after the handler
   * resolved, asks for a repetition after it threw. Outlives any failure of the broker until stopped. The consumer must exist or come
   * to exist ({@link ensureConsumer}).
   */
  consume(
    from: { readonly stream: string; readonly consumer: string },
    handler: (bytes: Uint8Array, delivery: Delivery) => Promise<void>,
    options?: ConsumeOptions,
  ): Consumption;
  /** Creates or updates the streams TASK and UP. Coordinator only. @throws `TRANSPORT.UNREACHABLE`, `TRANSPORT.REJECTED` */
  ensureStreams(limits: StreamLimits): Promise<void>;
  /** Creates or updates a durable consumer. Coordinator only. @throws `TRANSPORT.UNREACHABLE`, `TRANSPORT.REJECTED` */
  ensureConsumer(spec: ConsumerSpec): Promise<void>;
  /**
   * Removes all stored messages of one subject (wildcards allowed). Coordinator only. The ids of removed messages still count as
   * seen for two minutes: send again under new ids.
   * @returns how many were removed
   * @throws `TRANSPORT.UNREACHABLE`, `TRANSPORT.REJECTED`
   */
  purge(stream: string, subject: string): Promise<number>;
  /** Calls back on each change of state; returns the function that ends it. */
  onStatus(listener: (status: LinkStatus) => void): () => void;
  isConnected(): boolean;
  /** Stops all consumptions, sends what is buffered, closes. Idempotent. */
  close(): Promise<void>;
}

/** How to reach the broker. */
export interface LinkOptions {
  /** `nats://host:port` on this machine, `tls://host:port` anywhere; tried in turn. */
  readonly servers: readonly string[];
  /** Certificate of the private CA that the broker's own must come from, in PEM; left out: the system's CAs. Used with `tls://` only. */
  readonly ca?: string;
  /** Seed of the user key, as written by `createNkey`. Kept by the link for reconnections; never logged. */
  readonly nkeySeed: Uint8Array;
  /** Shown in the broker's connection list. */
  readonly name: string;
  /** `siteInbox(site)` for a site: it may listen nowhere else. */
  readonly inboxPrefix: string;
  readonly log: TransportLog;
  /** How long to wait for a broker that is not there yet. Default 15 000. */
  readonly firstConnectTimeoutMs?: number;
}
