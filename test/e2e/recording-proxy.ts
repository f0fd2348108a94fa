import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** Everything that went over one connection. */
export interface CapturedConnection {
  /** From the one who connected. */
  readonly sent: Buffer;
  /** To it. */
  readonly received: Buffer;
}

interface Recording {
  readonly sent: Buffer[];
  readonly received: Buffer[];
  readonly sockets: readonly Socket[];
}

/** Listens on a loopback port, hands every byte on to another one, and keeps a copy of both directions. */
export class RecordingProxy {
  private readonly recordings: Recording[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** @param target loopback port of the server behind it */
  static async start(target: number): Promise<RecordingProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const proxy = new RecordingProxy(server, address.port);
    server.on('connection', (client) => proxy.join(client, connect(target, '127.0.0.1')));
    return proxy;
  }

  /** What was recorded so far, one entry a connection, in the order in which they were made. */
  connections(): CapturedConnection[] {
    return this.recordings.map(({ sent, received }) => ({ sent: Buffer.concat(sent), received: Buffer.concat(received) }));
  }

  /** Ends all connections and stops to listen. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.recordings.flatMap(({ sockets }) => sockets)) socket.destroy();
    await closed;
  }

  private join(client: Socket, server: Socket): void {
    const recording: Recording = { sent: [], received: [], sockets: [client, server] };
    this.recordings.push(recording);
    for (const [from, to, kept] of [
      [client, server, recording.sent],
      [server, client, recording.received],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        kept.push(bytes);
        to.write(bytes);
      });
      from.on('end', () => to.end());
      // A broken connection is broken on both sides; who notices reconnects.
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  }
}
