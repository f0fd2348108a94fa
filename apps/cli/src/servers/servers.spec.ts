import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createNkey } from '@cohortium/transport';
import { patienceMs } from '@cohortium/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertPortFree, freePort } from '../processes/ports.js';
import { Supervisor } from '../processes/supervisor.js';
import { poll } from '../processes/pause.js';
import { makeWorkFolder } from '../processes/work-folder.js';
import type { WorkFolder } from '../processes/work-folder.js';
import { Databases } from './databases.js';
import { findNatsServer } from './nats-binary.js';
import { prepareBroker, waitForBroker } from './nats.js';
import { prepareCluster, waitForPostgres, withClient } from './postgres.js';

describe('PostgreSQL of the demo', () => {
  let work: WorkFolder;
  let supervisor: Supervisor;
  let adminUrl: string;

  beforeAll(async () => {
    work = makeWorkFolder();
    supervisor = new Supervisor(work);
    const cluster = await prepareCluster(join(work.path, 'database'), { port: await freePort(), connectionCount: 20, durable: false });
    adminUrl = cluster.adminUrl;
    supervisor.start(cluster.spec);
    await waitForPostgres(adminUrl);
  });
  afterAll(async () => {
    await supervisor.stop();
    work.remove();
  });

  it('keeps apps out of each other’s database and lets nobody in without a password', async () => {
    const databases = new Databases(adminUrl, '');
    await databases.closeToPublic();
    const one = await databases.create('site_S1');
    const two = new URL(await databases.create('site_s1'));
    await withClient(one, (client) => client.query('create table t (a int)'));
    const intruder = new URL(one);
    intruder.pathname = two.pathname;
    await expect(withClient(intruder.href, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '42501' });
    intruder.pathname = '/postgres';
    await expect(withClient(intruder.href, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '42501' });
    two.password = 'wrong';
    await expect(withClient(two.href, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '28P01' });
    expect(await databases.dropAll()).toEqual([]);
    await expect(withClient(one, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '28P01' });
  });

  it('keeps what was committed when the server is killed', async () => {
    const databases = new Databases(adminUrl, 'crash_');
    const url = await databases.create('app');
    await withClient(url, async (client) => {
      await client.query('create table t (a int)');
      await client.query('insert into t values (7)');
      process.kill(supervisor.pidOf('database') as number, 'SIGKILL');
      // Backends notice the death of their server a moment later.
      expect(
        await poll(
          () =>
            client.query('select a from t').then(
              () => undefined,
              () => 'cut',
            ),
          { everyMs: 20, timeoutMs: patienceMs },
        ),
      ).toBe('cut');
    });
    await waitForPostgres(adminUrl);
    expect((await withClient(url, (client) => client.query('select a from t'))).rows).toEqual([{ a: 7 }]);
    await databases.dropAll();
  });

  it('closes its data to others', () => {
    expect(statSync(join(work.path, 'database')).mode & 0o777).toBe(0o700);
    expect(statSync(join(work.path, 'database', 'data')).mode & 0o777).toBe(0o700);
  });

  it('names what is wrong with a server that refuses the user', async () => {
    const url = new URL(adminUrl);
    url.password = 'wrong';
    await expect(waitForPostgres(url.href)).rejects.toMatchObject({ code: 'CLI.DATABASE_FAILED' });
  });
});

describe('nats-server of the demo', () => {
  it('comes up on loopback alone, for the listed keys alone, and again after a kill', async () => {
    const work = makeWorkFolder();
    const supervisor = new Supervisor(work);
    try {
      const port = await freePort();
      const { path } = await findNatsServer();
      supervisor.start(
        prepareBroker({
          binary: path,
          folder: work.folder('broker'),
          port,
          coordinator: createNkey().publicKey,
          sites: [{ site: 'S1', nkey: createNkey().publicKey }],
        }),
      );
      await waitForBroker(port);
      expect(statSync(join(work.path, 'broker', 'nats.conf')).mode & 0o777).toBe(0o600);
      const pid = supervisor.pidOf('broker') as number;
      process.kill(pid, 'SIGKILL');
      await poll(async () => (supervisor.pidOf('broker') !== pid ? supervisor.pidOf('broker') : undefined), {
        everyMs: 20,
        timeoutMs: patienceMs,
      });
      await waitForBroker(port);
      if (process.platform === 'linux')
        expect(listeners(supervisor.pidOf('broker') as number)).toEqual([`0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`]);
    } finally {
      await supervisor.stop();
      work.remove();
    }
  });

  it('is found where NATS_SERVER_BIN says, or the error says what is wrong', async () => {
    await expect(findNatsServer({ NATS_SERVER_BIN: '/bin/false' })).rejects.toMatchObject({ code: 'CLI.BROKER_ABSENT', exit: 5 });
    await expect(findNatsServer({ NATS_SERVER_BIN: '/does/not/exist', PATH: process.env['PATH'] })).rejects.toThrow(/ENOENT/);
  });
});

describe('ports', () => {
  it('names a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(assertPortFree(port)).rejects.toMatchObject({ code: 'CLI.PORT_TAKEN', params: { port: String(port) } });
    await new Promise((resolve) => server.close(resolve));
    await expect(assertPortFree(port)).resolves.toBeUndefined();
  });
});

/** Listening TCP sockets of a process from /proc: IPv4 and IPv6 addresses in the kernel's hexadecimal form. */
function listeners(pid: number): string[] {
  const inodes = new Set(execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).match(/(?<=socket:\[)\d+/g) ?? []);
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] as string))
      .map((fields) => fields[1] as string),
  );
}
