import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { AuthorizationError, connect, nanos, nkeyAuthenticator } from '@nats-io/transport-node';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import { streams } from '@cohortium/contracts';
import { transportErrors } from './errors.js';
import { assertEncrypted, tlsSettings } from './broker-address.js';
import { classify, errorName, permissionViolation } from './failures.js';
import { LinkState } from './link-state.js';
import { publicNkey } from './nkeys.js';
import { PullLoop } from './pull-loop.js';
import type {
  BrokerLink,
  ConsumeOptions,
  Consumption,
  ConsumerSpec,
  Delivery,
  LinkOptions,
  LinkStatus,
  StreamLimits,
  TransportLog,
} from './types.js';

/** One request to the broker waits at most this long before it is repeated. */
const attemptMs = 5_000;
/** Pause between two attempts. */
const pauseMs = 100;
const adminTimeoutMs = 10_000;

/**
 * Connects to the broker. Once connected, the link reconnects for ever.
 * @throws `TRANSPORT.UNREACHABLE` when no server answers within `firstConnectTimeoutMs`
 * @throws `TRANSPORT.UNAUTHORIZED` when a server answers but refuses the key for all of that time
 * @throws `TRANSPORT.PLAIN_BROKER` for a server on another machine without TLS
 * @throws `TRANSPORT.BAD_KEY`
 */
export async function connectLink(options: LinkOptions): Promise<BrokerLink> {
  publicNkey(options.nkeySeed);
  assertEncrypted(options.servers);
  const waitMs = options.firstConnectTimeoutMs ?? 15_000;
  const startedMs = Date.now();
  for (;;) {
    const leftMs = waitMs - (Date.now() - startedMs);
    try {
      const connection = await connect(connectionOptions(options, Math.max(500, Math.min(attemptMs, leftMs))));
      return new NatsLink(connection, options);
    } catch (error) {
      const delayMs = reconnectDelayMs();
      if (leftMs <= delayMs) throw connectFailure(error, options, Date.now() - startedMs);
      await sleep(delayMs);
    }
  }
}

function connectionOptions(options: LinkOptions, timeoutMs: number): ConnectionOptions {
  const tls = tlsSettings(options.servers, options.ca);
  return {
    servers: [...options.servers],
    name: options.name,
    authenticator: nkeyAuthenticator(options.nkeySeed),
    inboxPrefix: options.inboxPrefix,
    // With this set, a server that offers no TLS is refused before anything is said to it.
    ...(tls === undefined ? {} : { tls }),
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: reconnectDelayMs,
    // A broker that reloads its users may refuse us for a moment; that must not end the link.
    ignoreAuthErrorAbort: true,
    ignoreClusterUpdates: true,
    // A connection that a firewall dropped silently is noticed within a minute.
    pingInterval: 20_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}

function connectFailure(error: unknown, options: LinkOptions, waitedMs: number): Error {
  const servers = serverNames(options.servers);
  if (error instanceof AuthorizationError)
    return transportErrors.error('TRANSPORT.UNAUTHORIZED', { servers, name: options.name }, { cause: error });
  return transportErrors.error(
    'TRANSPORT.UNREACHABLE',
    { servers, waitedMs, purpose: 'connect', reason: errorName(error) },
    { cause: error },
  );
}

/** 200 to 500 ms, so that the sites of a restarted broker do not come in one wave. */
function reconnectDelayMs(): number {
  return 200 + Math.floor(Math.random() * 300);
}

/** Host and port only: an address may carry a password. */
function serverNames(servers: readonly string[]): string {
  return servers
    .map((server) => {
      const url = URL.parse(server.includes('://') ? server : `nats://${server}`);
      return url === null ? '?' : url.host;
    })
    .join(', ');
}

class NatsLink implements BrokerLink {
  private readonly state = new LinkState();
  private readonly log: TransportLog;
  private readonly servers: string;
  private readonly js: JetStreamClient;
  private readonly consumptions = new Set<Consumption>();
  private manager: Promise<JetStreamManager> | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly connection: NatsConnection,
    options: LinkOptions,
  ) {
    this.log = options.log;
    this.servers = serverNames(options.servers);
    this.js = jetstream(connection, { timeout: attemptMs });
    void this.watch();
  }

  isConnected(): boolean {
    return this.state.status === 'connected';
  }

  onStatus(listener: (status: LinkStatus) => void): () => void {
    return this.state.onChange(listener);
  }

  async publish(subject: string, bytes: Uint8Array, messageId: string, options: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.ask('publish', subject, options.timeoutMs ?? adminTimeoutMs, (timeout) =>
      this.js.publish(subject, bytes, { msgID: messageId, timeout }),
    );
  }

  publishVolatile(subject: string, bytes: Uint8Array): void {
    // The client would keep it for the next connection, when it is stale.
    if (this.isConnected()) this.connection.publish(subject, bytes);
  }

  subscribeVolatile(subject: string, handler: (bytes: Uint8Array, subject: string) => void): Consumption {
    const subscription = this.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) return this.log('error', 'transport.subscription_failed', { subject, reason: classify(error).reason });
        try {
          handler(message.data, message.subject);
        } catch (failure) {
          this.log('warn', 'transport.handler_failed', { subject: message.subject, error: errorName(failure) });
        }
      },
    });
    return this.track({
      stop: () => {
        if (!subscription.isClosed()) subscription.unsubscribe();
        return Promise.resolve();
      },
    });
  }

  consume(
    from: { readonly stream: string; readonly consumer: string },
    handler: (bytes: Uint8Array, delivery: Delivery) => Promise<void>,
    options: ConsumeOptions = {},
  ): Consumption {
    return this.track(new PullLoop({ js: this.js, state: this.state, log: this.log }, from, handler, options));
  }

  async ensureStreams(limits: StreamLimits): Promise<void> {
    for (const { name, subjects } of [streams.task, streams.up]) {
      const config = {
        subjects: [...subjects],
        max_bytes: limits.maxBytes,
        max_age: nanos(limits.maxAgeMs),
        // A full stream refuses new messages aloud; dropping old ones would lose answers in silence.
        discard: DiscardPolicy.New,
      };
      await this.administer('create the stream', name, async (manager) => {
        try {
          await manager.streams.update(name, config);
        } catch (error) {
          if (!isCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
          await manager.streams.add({ name, retention: RetentionPolicy.Limits, storage: StorageType.File, num_replicas: 1, ...config });
        }
      });
    }
  }

  async ensureConsumer(spec: ConsumerSpec): Promise<void> {
    const config = { filter_subject: spec.filter, ack_wait: nanos(spec.ackWaitMs), max_ack_pending: spec.maxAckPending };
    await this.administer('create the consumer', `${spec.stream}.${spec.name}`, async (manager) => {
      try {
        await manager.consumers.update(spec.stream, spec.name, config);
      } catch (error) {
        if (!isCode(error, JetStreamApiCodes.ConsumerNotFound)) throw error;
        const fixed = { durable_name: spec.name, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All, max_deliver: -1 };
        await manager.consumers.add(spec.stream, { ...fixed, ...config });
      }
    });
  }

  async purge(stream: string, subject: string): Promise<number> {
    const { purged } = await this.administer('purge', subject, (manager) => manager.streams.purge(stream, { filter: subject }));
    return purged;
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.consumptions].map((consumption) => consumption.stop()));
    if (this.isConnected()) await Promise.race([this.connection.drain().catch(() => undefined), sleep(attemptMs)]);
    await this.connection.close();
    this.state.set('closed');
  }

  private track(consumption: Consumption): Consumption {
    const tracked: Consumption = {
      stop: async () => {
        await consumption.stop();
        this.consumptions.delete(tracked);
      },
    };
    this.consumptions.add(tracked);
    return tracked;
  }

  private administer<T>(purpose: string, subject: string, action: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    return this.ask(purpose, subject, adminTimeoutMs, async () => {
      // Without the client's own check of the account, which a restarting broker fails.
      this.manager ??= jetstreamManager(this.connection, { checkAPI: false, timeout: attemptMs });
      return action(await this.manager);
    });
  }

  /** Repeats a request until the broker has answered it or time is up. */
  private async ask<T>(purpose: string, subject: string, timeoutMs: number, action: (leftMs: number) => Promise<T>): Promise<T> {
    const startedMs = Date.now();
    let reason = 'not connected';
    let cause: unknown;
    for (;;) {
      const leftMs = timeoutMs - (Date.now() - startedMs);
      if (leftMs <= 0 || !(await this.state.whenConnected(leftMs))) {
        throw transportErrors.error(
          'TRANSPORT.UNREACHABLE',
          { servers: this.servers, waitedMs: Date.now() - startedMs, purpose, reason },
          { cause },
        );
      }
      try {
        return await this.state.untilLost(action(leftMs));
      } catch (error) {
        const failure = classify(error);
        if (failure.final)
          throw transportErrors.error('TRANSPORT.REJECTED', { subject, purpose, reason: failure.reason }, { cause: error });
        reason = failure.reason;
        cause = error;
        await sleep(Math.min(pauseMs, leftMs));
      }
    }
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') this.setStatus('disconnected');
      else if (status.type === 'reconnect') this.setStatus('connected');
      else if (status.type === 'error') {
        const denied = permissionViolation(status.error);
        if (denied === undefined) this.log('warn', 'transport.error', { servers: this.servers, error: errorName(status.error) });
        else this.log('error', 'transport.denied', { operation: denied.operation, subject: denied.subject });
      } else if (status.type === 'staleConnection') this.log('warn', 'transport.stale', { servers: this.servers });
    }
    this.setStatus('closed');
  }

  private setStatus(status: LinkStatus): void {
    if (status === this.state.status) return;
    this.log(status === 'disconnected' ? 'warn' : 'info', `transport.${status}`, { servers: this.servers });
    this.state.set(status);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
