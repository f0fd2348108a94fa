import { siteInbox } from '@cohortium/contracts';
import { brokerConfig, connectLink, createNkey } from '@cohortium/transport';
import type { BrokerLink, LinkOptions, Nkey, TransportLog } from '@cohortium/transport';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, chmodSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';
import { patienceMs } from './patience.js';

/** A real nats-server of its own, on loopback, with its streams in a temporary folder. */
export interface TestBroker {
  readonly port: number;
  /** `nats://127.0.0.1:port`, or `tls://`. */
  readonly url: string;
  /** Keys by site code, and under `coordinator`. */
  readonly keys: ReadonlyMap<string, Nkey>;
  /** A link with the rights of a site, or of `coordinator`. */
  link(who: string, options?: Partial<LinkOptions>): Promise<BrokerLink>;
  /** Adds a site to the running server: a new key, a new configuration, two reloads: nats-server 2.9 connects the imports of a new account at the second. */
  enroll(site: string): Promise<void>;
  /** Takes a site out of the running server: its credential is refused from the reload on. */
  revoke(site: string): Promise<void>;
  /** SIGKILL to the server, as a crash; the streams stay on disk. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and streams, after {@link kill}. */
  restart(): Promise<void>;
  /** Ends the server and removes its streams. Safe to call twice. Links are the caller's to close. */
  stop(): Promise<void>;
}

/**
 * The nats-server to test with: `NATS_SERVER_BIN`, the PATH and the folders where Debian puts it, or what provisioning unpacked into
 * `.cache/nats`. Undefined when there is none: the test skips and says so.
 */
export function findTestBroker(): string | undefined {
  const configured = process.env['NATS_SERVER_BIN'];
  if (configured) return configured;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin'];
  const cached = join(import.meta.dirname, '..', '..', '..', '.cache', 'nats', 'nats-server');
  return [...folders.map((folder) => join(folder, 'nats-server')), cached].find(isExecutable);
}

/**
 * Starts a nats-server with the product's own configuration for these sites.
 * @throws Error when no binary was found ({@link findTestBroker}), or with the server's log when it is not ready within {@link patienceMs}
 */
export async function startTestBroker(options: {
  readonly sites: readonly string[];
  readonly maxPayloadBytes?: number;
  /** PEM files of a certificate for 127.0.0.1; left out: no TLS. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}): Promise<TestBroker> {
  const binary = findTestBroker();
  if (binary === undefined) throw new Error('no nats-server: set NATS_SERVER_BIN, install it, or run the set-up');
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-nats-'));
  chmodSync(folder, 0o700);
  const server = new Server(binary, folder, await freePort(), options);
  for (const name of ['coordinator', ...options.sites]) server.keys.set(name, createNkey());
  await server.restart();
  return server;
}

class Server implements TestBroker {
  readonly keys = new Map<string, Nkey>();
  private child: ChildProcess | undefined;
  private readonly onExit = () => this.child?.kill('SIGKILL');

  constructor(
    private readonly binary: string,
    private readonly folder: string,
    readonly port: number,
    private readonly options: { readonly maxPayloadBytes?: number; readonly tls?: { readonly certFile: string; readonly keyFile: string } },
  ) {}

  get url(): string {
    return `${this.options.tls === undefined ? 'nats' : 'tls'}://127.0.0.1:${this.port}`;
  }

  link(who: string, options: Partial<LinkOptions> = {}): Promise<BrokerLink> {
    const key = this.keys.get(who);
    if (key === undefined) throw new Error(`the broker was not started with a key for ${who}`);
    const inboxPrefix = who === 'coordinator' ? '_INBOX.coordinator' : siteInbox(who);
    const quiet: TransportLog = () => undefined;
    return connectLink({ servers: [this.url], nkeySeed: key.seed, name: who, inboxPrefix, log: quiet, ...options });
  }

  async enroll(site: string): Promise<void> {
    this.keys.set(site, createNkey());
    this.configure();
    await this.reload();
    await this.reload();
  }

  async revoke(site: string): Promise<void> {
    this.keys.delete(site);
    this.configure();
    await this.reload();
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    this.configure();
    const log = openSync(join(this.folder, 'log'), 'a');
    const child = spawn(this.binary, ['-c', join(this.folder, 'nats.conf')], { stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    process.on('exit', this.onExit);
    for (const deadline = Date.now() + patienceMs; ;) {
      if (await this.answers()) return;
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`nats-server did not become ready:\n${this.log()}`);
      }
      await pause();
    }
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private configure(): void {
    const key = (name: string): string => (this.keys.get(name) as Nkey).publicKey;
    const config = brokerConfig({
      port: this.port,
      storeDir: join(this.folder, 'store'),
      pidFile: join(this.folder, 'pid'),
      coordinator: key('coordinator'),
      sites: [...this.keys.keys()].filter((name) => name !== 'coordinator').map((site) => ({ site, nkey: key(site) })),
      ...(this.options.maxPayloadBytes === undefined ? {} : { maxPayloadBytes: this.options.maxPayloadBytes }),
      ...(this.options.tls === undefined ? {} : { tls: this.options.tls }),
    });
    writeFileSync(join(this.folder, 'nats.conf'), config, { mode: 0o600 });
  }

  private async reload(): Promise<void> {
    const seen = this.log().length;
    this.child?.kill('SIGHUP');
    for (const deadline = Date.now() + patienceMs; !this.log().slice(seen).includes('Reloaded server configuration');) {
      if (Date.now() > deadline) throw new Error(`nats-server did not reload:\n${this.log()}`);
      await pause();
    }
  }

  private log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** A server that sends its INFO line accepts clients; JetStream is recovered before it listens. */
  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      const end = (ready: boolean): void => {
        socket.destroy();
        resolve(ready);
      };
      socket.once('data', (data) => end(data.toString('latin1').startsWith('INFO ')));
      socket.once('error', () => end(false));
    });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    process.off('exit', this.onExit);
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
