import { checkAddress } from '@cohortium/contracts';
import { AppError } from '@cohortium/kernel';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { errorName } from './failures.js';
import { transportErrors } from './errors.js';
import type { BrokerLink, ConsumeOptions, Consumption, Delivery, LinkStatus, TransportLog } from './types.js';

/** A header as this server needs it: its type names the handler, study and site are held to the subject. */
export interface KeptHeader {
  readonly type: string;
  readonly study: string;
  readonly site: string;
}

/** What an `@EventPattern` handler gets as `@Payload()`. */
export interface Message<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/** What a handler gets as `@Ctx()`: the delivery; for volatile messages the subject alone. */
export class MessageContext extends BaseRpcContext<[string, Delivery | undefined]> {
  get subject(): string {
    return this.args[0];
  }
  get delivery(): Delivery | undefined {
    return this.args[1];
  }
}

/** Where the messages come from and how they are read. */
export interface JetStreamServerOptions {
  readonly link: BrokerLink;
  readonly stream: string;
  readonly consumer: string;
  /** `decodeDownMessage` at a site, `decodeUpMessage` at the coordinator. */
  readonly decode: (bytes: Uint8Array) => Message<KeptHeader>;
  readonly consume?: ConsumeOptions;
  /** Messages that nobody keeps (heartbeats), dispatched by their type as well; their last subject token must be the header's site. */
  readonly volatile?: {
    readonly subject: string;
    readonly decode: (bytes: Uint8Array) => Message<{ readonly type: string; readonly site: string }>;
  };
  readonly log: TransportLog;
}

/**
 * Nest transport strategy over one durable consumer: `app.connectMicroservice({ strategy: new JetStreamServer(...) })`.
 *
 * Each message goes to the `@EventPattern(header.type)` handlers, one message after the other, and is acknowledged once their
 * promises and observables completed; when one fails, the broker repeats the message. Messages that cannot be read, or whose header
 * does not match the subject the broker vouches for, are logged by error code and never delivered again. The link belongs to the
 * caller: closing this server stops the consumption only.
 */
export class JetStreamServer extends Server<Record<string, never>, LinkStatus> implements CustomTransportStrategy {
  override readonly transportId = Symbol('cohortium.jetstream');
  /** Failures reach {@link BrokerLink.consume}, which asks for a repetition. */
  override readonly propagatesEventHandlerErrors: boolean = true;
  private consumptions: Consumption[] = [];
  private stopStatus: () => void = () => undefined;

  constructor(private readonly options: JetStreamServerOptions) {
    super();
  }

  /** Starts to consume; called by Nest after every handler is registered. */
  listen(callback: (error?: unknown) => void): void {
    const { link, stream, consumer, volatile } = this.options;
    try {
      this._status$.next(link.isConnected() ? 'connected' : 'disconnected');
      this.stopStatus = link.onStatus((status) => this._status$.next(status));
      this.consumptions.push(link.consume({ stream, consumer }, (bytes, delivery) => this.receive(bytes, delivery), this.options.consume));
      if (volatile !== undefined) {
        this.consumptions.push(link.subscribeVolatile(volatile.subject, (bytes, subject) => void this.receiveVolatile(bytes, subject)));
      }
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Takes no further message and waits for the one at work. */
  async close(): Promise<void> {
    this.stopStatus();
    await Promise.all(this.consumptions.splice(0).map((consumption) => consumption.stop()));
  }

  /** Not used: the link reports its status by {@link BrokerLink.onStatus}. */
  on(): void {
    throw transportErrors.error('TRANSPORT.BAD_CONFIG', { reason: 'JetStreamServer has no events; use status or BrokerLink.onStatus' });
  }

  /** The link. */
  unwrap<T>(): T {
    return this.options.link as T;
  }

  private async receive(bytes: Uint8Array, delivery: Delivery): Promise<void> {
    let message: Message<KeptHeader>;
    try {
      message = this.options.decode(bytes);
      checkAddress(message.header, delivery.subject);
    } catch (error) {
      // Only a typed refusal is final; anything else is a defect of ours and must not lose the message.
      if (!(error instanceof AppError)) throw error;
      delivery.terminate(error.code);
      return;
    }
    await this.dispatch(message, new MessageContext([delivery.subject, delivery]));
  }

  private async receiveVolatile(bytes: Uint8Array, subject: string): Promise<void> {
    try {
      const message = this.options.volatile?.decode(bytes);
      if (message === undefined) return;
      if (!subject.endsWith(`.${message.header.site}`)) return this.options.log('warn', 'transport.wrong_sender', { subject });
      await this.dispatch(message, new MessageContext([subject, undefined]));
    } catch (error) {
      this.options.log('warn', 'transport.volatile_failed', { subject, error: errorName(error) });
    }
  }

  private async dispatch(message: Message<{ readonly type: string }>, context: MessageContext): Promise<void> {
    const handler = this.getHandlerByPattern(message.header.type);
    if (handler === null) throw transportErrors.error('TRANSPORT.NO_HANDLER', { type: message.header.type });
    await this.runWithProcessingHooks(context, async (end) => {
      const result = this.transformToObservable(await handler(message, context));
      await lastValueFrom(result, { defaultValue: undefined });
      end();
    });
  }
}
