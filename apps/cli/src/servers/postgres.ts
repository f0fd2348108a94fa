import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { cliErrors } from '../errors.js';
import { minimalEnvironment } from '../processes/child-spec.js';
import type { ChildSpec } from '../processes/child-spec.js';
import { poll } from '../processes/pause.js';
import { runToEnd } from '../processes/run-to-end.js';
import { findPostgres, postgresUser, reachablePostgres } from './postgres-binaries.js';

const readyTimeoutMs = 60_000;
const durableGraceMs = 60_000;
const superuser = 'postgres';

/** A cluster that is made but not yet running. */
export interface PreparedCluster {
  readonly spec: ChildSpec;
  /** URL of the superuser. */
  readonly adminUrl: string;
}

/**
 * Makes a PostgreSQL cluster (initdb, scram passwords, loopback only) in a folder of its own. As root it belongs to, and runs
 * as, `nobody`. Commits reach the disk: what was told durable is there after a kill.
 * @param folder made here; its parents must be traversable by that user
 * @param connectionCount most connections at one time
 * @param durable the data are wanted after the server has been stopped; kills lose nothing either way
 * @throws `CLI.DATABASE_FAILED`
 */
export async function prepareCluster(
  folder: string,
  { port, connectionCount, durable }: { readonly port: number; readonly connectionCount: number; readonly durable: boolean },
): Promise<PreparedCluster> {
  const user = postgresUser();
  const found = findPostgres();
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const binaries = reachablePostgres(found, user, join(folder, 'programs'));
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(folder, 'superuser-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
  const data = join(folder, 'data');
  const common = { cwd: folder, env: minimalEnvironment(folder), ...user };
  const args = [
    '-D',
    data,
    '-U',
    superuser,
    '-A',
    'scram-sha-256',
    '--pwfile',
    passwordFile,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const made = await runToEnd(binaries.initdb, args, common);
  rmSync(passwordFile, { force: true });
  if (made.code !== 0) throw initdbError(folder, made.stderr);
  const spec: ChildSpec = {
    name: 'database',
    kind: 'database',
    file: binaries.postgres,
    args: ['-D', data, ...settings(port, connectionCount)],
    env: common.env,
    cwd: folder,
    ...(user ? { user } : {}),
    // Fast shutdown (SIGTERM would wait for connections to close by themselves); immediate where nobody will read the data again.
    stopSignal: durable ? 'SIGINT' : 'SIGQUIT',
    // Its last checkpoint waits for the disk; a server that is killed there leaves a process behind that still writes.
    ...(durable ? { graceMs: durableGraceMs } : {}),
  };
  return { spec, adminUrl: `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres` };
}

/** What initdb complained of: its last lines only tell what it takes away again. */
function initdbError(folder: string, stderr: string): Error {
  if (/No space left on device|Disk quota exceeded|File too large/.test(stderr)) return cliErrors.error('CLI.DISK_FULL', { path: folder });
  const lines = stderr.trim().split('\n');
  return cliErrors.error('CLI.DATABASE_FAILED', {
    reason: `initdb: ${lines.find((line) => /error|FATAL/.test(line)) ?? lines.at(-1) ?? ''}`,
  });
}

function settings(port: number, connectionCount: number): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: connectionCount,
    shared_buffers: '32MB',
    fsync: 'on',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
    // One process fewer per query, and no segment in /dev/shm that a kill would leave behind.
    max_parallel_workers: 0,
    dynamic_shared_memory_type: 'mmap',
    log_min_messages: 'warning',
    // Statements may hold values; keep them out of the log.
    log_min_error_statement: 'panic',
  };
  return Object.entries(values).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/** Waits until a server answers. @throws `CLI.DATABASE_FAILED`, `CLI.NOT_READY` */
export async function waitForPostgres(adminUrl: string, signal?: AbortSignal): Promise<void> {
  let refused: unknown;
  const ready = await poll(
    async () => {
      try {
        await withClient(adminUrl, (client) => client.query('select 1'));
        return true;
      } catch (error) {
        refused = error;
        // 28xxx: it answers, and does not let us in; waiting would not help.
        return /^28/.test((error as { code?: string }).code ?? '') ? false : undefined;
      }
    },
    { everyMs: 50, timeoutMs: readyTimeoutMs, signal },
  );
  if (ready === true) return;
  if (ready === false) throw cliErrors.error('CLI.DATABASE_FAILED', { reason: 'the server refused user or password' }, { cause: refused });
  throw cliErrors.error('CLI.NOT_READY', { what: 'PostgreSQL', seconds: readyTimeoutMs / 1000 }, { cause: refused });
}

/** Opens one connection, works, closes it. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A server that dies under an idle connection must not end our process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
