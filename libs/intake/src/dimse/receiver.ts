import { wrapDataSet } from '@cohortium/imaging';
import { randomUUID } from 'node:crypto';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { Writable } from 'node:stream';
import { intakeErrors } from '../errors.js';
import type { Receipt } from '../tray/tray.js';
import { defaultObjectLimitBytes } from '../tray/tray.js';
import type { Source, Way } from '../tray/tray-entry.js';
import { guardPdus } from './pdu-guard.js';
import { dimse } from './quiet.js';

/** What happened at the receiver; without participant data. */
export type ReceiverEvent =
  | { readonly kind: 'association'; readonly callingTitle: string }
  | { readonly kind: 'refused'; readonly reason: 'calledTitle' | 'callingTitle' | 'tooMany' | 'protocol' }
  | { readonly kind: 'object'; readonly outcome: Receipt['outcome'] | 'tooLarge' | 'failed'; readonly reason?: string };

/** How objects are received. */
export interface ReceiverOptions {
  /** Address to listen on; every interface by default. */
  readonly host?: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Our application entity title; other called titles are refused. */
  readonly title: string;
  /** Titles that may send; left out: any. */
  readonly callers?: readonly string[];
  readonly maxAssociations?: number;
  readonly maxObjectBytes?: number;
  /** PEM texts; left out: no TLS. With `ca`, senders must show a certificate of it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** Way that is noted with each object. */
  readonly way?: Way;
  readonly store: (bytes: Uint8Array, source: Source) => Receipt;
  readonly onEvent?: (event: ReceiverEvent) => void;
}

/** A running receiver. */
export interface Receiver {
  readonly port: number;
  /** Stops listening and ends open associations; what they had not finished was not answered for. */
  close(): Promise<void>;
}

type Scp = InstanceType<typeof dimse.Scp>;
type Association = InstanceType<typeof dimse.association.Association>;
type PresentationContext = InstanceType<typeof dimse.association.PresentationContext>;

const verification = '1.2.840.10008.1.1';
/** Composite storage (PS3.4, B.5); private classes are not taken. */
const storageRoot = '1.2.840.10008.5.1.4.1.1.';
/** Uncompressed, deflated, RLE, JPEG, JPEG lossless, JPEG-LS, JPEG 2000: data sets are stored as they come. */
const transferSyntaxes = new Set([
  '1.2.840.10008.1.2',
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.1.99',
  '1.2.840.10008.1.2.2',
  '1.2.840.10008.1.2.5',
  ...['50', '51', '57', '70', '80', '81', '90', '91'].map((last) => `1.2.840.10008.1.2.4.${last}`),
]);
/** Statuses of C-STORE (PS3.4, table B.2-1). */
const statuses = { stored: 0x0000, known: 0x0000, tooLarge: 0xa700, failed: 0xa700, rejected: 0xc000 } as const;

/**
 * Starts a C-STORE and C-ECHO receiver. An object is answered with success only after `store` has returned, which is after it is on the disk.
 * @throws `INTAKE.CANNOT_LISTEN`
 */
export function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const receiver: ReceiverContext = {
    options,
    maxAssociations: options.maxAssociations ?? 8,
    maxObjectBytes: options.maxObjectBytes ?? defaultObjectLimitBytes,
    tell: options.onEvent ?? (() => undefined),
    associations: 0,
  };
  const server = new dimse.Server(ReceivingScp);
  return new Promise((resolve, reject) => {
    server.on('networkError', (cause: Error) => {
      // Errors of single connections come the same way; they end that connection only.
      if ((netServer(server)?.listening ?? false) === false) reject(intakeErrors.error('INTAKE.CANNOT_LISTEN', { port: options.port, reason: (cause as NodeJS.ErrnoException).code ?? cause.message }, { cause })); // prettier-ignore
    });
    server.on('listening', () => {
      const port = (netServer(server)?.address() as AddressInfo).port;
      resolve({ port, close: () => closed(server) });
    });
    const tls = options.tls === undefined ? {} : { securityOptions: { ...options.tls, requestCert: options.tls.ca !== undefined, rejectUnauthorized: options.tls.ca !== undefined, minVersion: 'TLSv1.2' } }; // prettier-ignore
    // Node takes an address object where the library's type says a port.
    server.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) } as unknown as number, {
      ...tls,
      pduTimeout: 60_000,
      customOptions: { receiver },
    });
  });
}

function netServer(server: InstanceType<typeof dimse.Server>): NetServer | undefined {
  return (server as unknown as { server?: NetServer }).server;
}

function closed(server: InstanceType<typeof dimse.Server>): Promise<void> {
  const net = netServer(server);
  return new Promise((resolve) => {
    if (net === undefined || !net.listening) return resolve();
    net.once('close', () => resolve());
    server.close();
  });
}

/** The bytes of one data set as they come, up to a limit. */
class Collector extends Writable {
  readonly chunks: Uint8Array[] = [];
  private total = 0;

  constructor(private readonly limitBytes: number) {
    super({ highWaterMark: 2 ** 30 });
  }

  get isTooLarge(): boolean {
    return this.total > this.limitBytes;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.total += chunk.length;
    if (this.isTooLarge) this.chunks.length = 0;
    else this.chunks.push(new Uint8Array(chunk));
    done();
  }
}

/** What the connections of one receiver share. */
interface ReceiverContext {
  readonly options: ReceiverOptions;
  readonly maxAssociations: number;
  readonly maxObjectBytes: number;
  readonly tell: (event: ReceiverEvent) => void;
  associations: number;
}

/** One connection; the library makes an object of this class for each and hands it the options of the listener. */
class ReceivingScp extends dimse.Scp {
  private readonly push = randomUUID();
  private readonly context: ReceiverContext;
  private callingTitle = '';
  private counted = false;
  private readonly connection: Socket;
  private received: { readonly collector: Collector; readonly transferSyntax: string } | undefined;

  constructor(socket: Socket, settings?: ConstructorParameters<typeof dimse.Scp>[1]) {
    super(socket, settings);
    this.connection = socket;
    this.context = settings?.customOptions?.['receiver'] as ReceiverContext;
    guardPdus(socket, () => this.context.tell({ kind: 'refused', reason: 'protocol' }));
    socket.once('close', () => {
      if (this.counted) this.context.associations--;
      this.counted = false;
    });
  }

  override associationRequested(association: Association): void {
    const reason = this.refusal(association);
    if (reason !== undefined) {
      this.context.tell({ kind: 'refused', reason });
      // Permanent by the service user: called title 7, calling title 3; transient by the provider: local limit 2 (PS3.8, table 9-21).
      const [result, source, why] = reason === 'tooMany' ? [2, 3, 2] : [1, 1, reason === 'calledTitle' ? 7 : 3];
      this.sendAssociationReject(result, source, why);
      return;
    }
    this.callingTitle = association.getCallingAeTitle().trim();
    this.counted = true;
    this.context.associations++;
    this.context.tell({ kind: 'association', callingTitle: this.callingTitle });
    for (const { context } of association.getPresentationContexts()) negotiate(context);
    this.sendAssociationAccept();
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }

  override cEchoRequest(request: Parameters<Scp['cEchoRequest']>[0], callback: Parameters<Scp['cEchoRequest']>[1]): void {
    const response = dimse.responses.CEchoResponse.fromRequest(request);
    response.setStatus(0x0000);
    callback(response);
  }

  override createStoreWritableStream(): Writable {
    return new Collector(this.context.maxObjectBytes);
  }

  override createDatasetFromStoreWritableStream(
    writable: Writable,
    context: PresentationContext,
    callback: (dataset: InstanceType<typeof dimse.Dataset>) => void,
  ): void {
    // The data set is kept as it came; the library's own form of it is never used.
    this.received = { collector: writable as Collector, transferSyntax: context.getAcceptedTransferSyntaxUid() ?? '' };
    callback(new dimse.Dataset());
  }

  override cStoreRequest(request: Parameters<Scp['cStoreRequest']>[0], callback: Parameters<Scp['cStoreRequest']>[1]): void {
    const response = dimse.responses.CStoreResponse.fromRequest(request);
    const event = this.stored(request.getAffectedSopClassUid(), request.getAffectedSopInstanceUid());
    this.context.tell(event);
    response.setStatus(statuses[event.outcome]);
    callback(response);
  }

  override abort(): void {
    this.received = undefined;
    // Whoever aborts waits for the other side to close (PS3.8, 9.2.1).
    this.connection.end();
  }

  private stored(sopClassUid: string, sopInstanceUid: string): Extract<ReceiverEvent, { kind: 'object' }> {
    const { received } = this;
    this.received = undefined;
    if (received === undefined) return { kind: 'object', outcome: 'failed' };
    if (received.collector.isTooLarge) return { kind: 'object', outcome: 'tooLarge' };
    try {
      const header = { sopClassUid, sopInstanceUid, transferSyntax: received.transferSyntax, sourceTitle: this.callingTitle };
      const receipt = this.context.options.store(wrapDataSet(header, received.collector.chunks), {
        way: this.context.options.way ?? 'store',
        push: this.push,
      });
      return { kind: 'object', outcome: receipt.outcome, ...(receipt.reason === undefined ? {} : { reason: receipt.reason }) };
    } catch (error) {
      return { kind: 'object', outcome: 'failed', reason: (error as NodeJS.ErrnoException).code ?? 'UNEXPECTED' };
    }
  }

  private refusal(association: Association): 'calledTitle' | 'callingTitle' | 'tooMany' | undefined {
    if (association.getCalledAeTitle().trim() !== this.context.options.title) return 'calledTitle';
    if (this.context.options.callers !== undefined && !this.context.options.callers.includes(association.getCallingAeTitle().trim()))
      return 'callingTitle';
    return this.context.associations >= this.context.maxAssociations ? 'tooMany' : undefined;
  }
}

function negotiate(context: PresentationContext): void {
  const { Accept, RejectAbstractSyntaxNotSupported, RejectTransferSyntaxesNotSupported } = dimse.constants.PresentationContextResult;
  const abstractSyntax = context.getAbstractSyntaxUid();
  if (abstractSyntax !== verification && !abstractSyntax.startsWith(storageRoot))
    return context.setResult(RejectAbstractSyntaxNotSupported);
  const chosen = context.getTransferSyntaxUids().find((uid) => transferSyntaxes.has(uid));
  if (chosen === undefined) context.setResult(RejectTransferSyntaxesNotSupported);
  else context.setResult(Accept, chosen);
}
