import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumers, siteInbox, streams, subjects } from '@cohortium/contracts';
import { findTestBroker, freePort, patienceMs, startTestBroker } from '@cohortium/testkit';
import type { TestBroker } from '@cohortium/testkit';
import { createNkey } from '@cohortium/transport';
import type { BrokerLink, Nkey } from '@cohortium/transport';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBrokerCertificates } from '../../apps/cli/src/trust/certificates.js';

/* A20: every credential of a site against every subject there is, on a real broker. */

const binary = findTestBroker();
if (binary === undefined) console.warn('skipped: no nats-server (set NATS_SERVER_BIN, or run the set-up)');

const sites = ['H1', 'H2', 'H10', 'h1'] as const;
const study = 'duke';

/** A subject, and whose credential may use it; null: no site's. */
interface Subject {
  readonly subject: string;
  readonly own: string | null;
}

const nobody = (list: readonly string[]): Subject[] => list.map((subject) => ({ subject, own: null }));
const ofSites: Subject[] = sites.flatMap((site) => [
  { subject: subjects.up(study, site), own: site },
  { subject: subjects.heartbeat(site), own: site },
  { subject: `$JS.API.CONSUMER.MSG.NEXT.TASK.TASK_${site}`, own: site },
  { subject: `$JS.ACK.TASK.TASK_${site}.1.1.1.1.0`, own: site },
  ...nobody([
    subjects.task(study, site),
    `${siteInbox(site)}.x`,
    `fl.${study}.up.${site}.more`,
    `fl.${study}.more.up.${site}`,
    `$JS.API.CONSUMER.DURABLE.CREATE.TASK.TASK_${site}`,
    `$JS.API.CONSUMER.CREATE.TASK.TASK_${site}.fl.*.task.${site}`,
    `$JS.API.CONSUMER.INFO.TASK.TASK_${site}`,
    `$JS.API.CONSUMER.DELETE.TASK.TASK_${site}`,
    `$JS.API.CONSUMER.MSG.NEXT.UP.TASK_${site}`,
    `$JS.ACK.UP.TASK_${site}.1.1.1.1.0`,
    `$JS.FC.TASK.TASK_${site}`,
  ]),
]);
const streamVerbs = ['UPDATE', 'INFO', 'DELETE', 'PURGE', 'SNAPSHOT', 'RESTORE', 'LEADER.STEPDOWN', 'PEER.REMOVE', 'MSG.GET', 'MSG.DELETE'];
const ofBroker = nobody([
  ...['$JS.API.INFO', '$JS.API.ACCOUNT.INFO', '$JS.API.STREAM.NAMES', '$JS.API.STREAM.LIST', '$JS.API.STREAM.CREATE.MINE'],
  ...['TASK', 'UP'].flatMap((stream) => [
    ...streamVerbs.map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
    `$JS.API.DIRECT.GET.${stream}`,
    ...['CREATE', 'NAMES', 'LIST'].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}`),
    `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.MINE`,
    `$JS.EVENT.ADVISORY.STREAM.UPDATED.${stream}`,
  ]),
  ...['$JS.API.META.LEADER.STEPDOWN', '$JS.API.CONSUMER.MSG.NEXT.UP.UP_COORDINATOR', '$JS.ACK.UP.UP_COORDINATOR.1.1.1.1.0'],
  ...['$SYS.REQ.SERVER.PING', '$SYS.REQ.ACCOUNT.COHORTIUM.CONNZ', '$SYS.REQ.USER.INFO', '$G.x'],
  ...['_INBOX.coordinator.x', '_INBOX.x', '_R_.x', 'anything'],
]);
const toPublish = [...ofSites, ...ofBroker];
/** What each credential may hear: its own replies and nothing else. */
const toHear: Subject[] = [
  ...sites.map((site) => ({ subject: `${siteInbox(site)}.>`, own: site })),
  ...toPublish.map(({ subject }) => ({ subject, own: /^_INBOX\.(H1|H2|H10|h1)\.x$/.exec(subject)?.[1] ?? null })),
  ...nobody(['>', '*', '*.>', 'fl.>', 'fl.*.up.*', subjects.heartbeats, '_INBOX.>', '_INBOX.*.>', '$JS.>', '$SYS.>', '_R_.>']),
];

/** A connection that tries commands and keeps what the broker objects to. */
class Attacker {
  private readonly denied: string[] = [];

  private constructor(readonly connection: NatsConnection) {
    void (async () => {
      for await (const status of connection.status()) if (status.type === 'error') this.denied.push(status.error.message);
    })();
  }

  static async with(url: string, seed: Uint8Array, inboxPrefix: string): Promise<Attacker> {
    return new Attacker(await connect({ servers: url, authenticator: nkeyAuthenticator(seed), inboxPrefix }));
  }

  /** Tries all at once: a matrix takes a moment instead of minutes. Answers those that the broker did not refuse. */
  async allowedToPublish(list: readonly Subject[], reply: string): Promise<string[]> {
    for (const { subject } of list) this.connection.publish(subject, '{}', { reply });
    const refused = await this.refused(/Publish to "([^"]+)"/);
    return list.map(({ subject }) => subject).filter((subject) => !refused.has(subject));
  }

  async allowedToHear(list: readonly Subject[]): Promise<string[]> {
    const subscriptions = list.map(({ subject }) => this.connection.subscribe(subject, { callback: () => undefined }));
    const refused = await this.refused(/Subscription to "([^"]+)"/);
    for (const subscription of subscriptions) subscription.unsubscribe();
    return list.map(({ subject }) => subject).filter((subject) => !refused.has(subject));
  }

  async ask(subject: string, body: object): Promise<Record<string, unknown>> {
    return (await this.connection.request(subject, JSON.stringify(body), { timeout: patienceMs })).json();
  }

  /** The broker answers a connection's commands in order, so after a flush nothing is missing but what the client has still to read. */
  private async refused(pattern: RegExp): Promise<Set<string>> {
    await this.connection.flush();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return new Set(this.denied.splice(0).flatMap((text) => pattern.exec(text)?.[1] ?? []));
  }
}

const ownOf = (list: readonly Subject[], site: string) => list.filter(({ own }) => own === site).map(({ subject }) => subject);

describe.skipIf(binary === undefined)('the permission matrix of a real broker (A20)', () => {
  let broker: TestBroker;
  let coordinator: BrokerLink;

  beforeAll(async () => {
    broker = await startTestBroker({ sites });
    coordinator = await broker.link('coordinator');
    await coordinator.ensureStreams({ maxBytes: 16e6, maxAgeMs: 3_600_000 });
    for (const spec of [consumers.up, ...sites.map((site) => consumers.task(site))])
      await coordinator.ensureConsumer({ ...spec, ackWaitMs: 5000, maxAckPending: 16 });
  });
  afterAll(async () => {
    await coordinator?.close();
    await broker?.stop();
  });

  it.each(sites)('%s may publish and hear exactly what is its own', async (site) => {
    const attacker = await Attacker.with(broker.url, broker.keys.get(site)?.seed as Uint8Array, siteInbox(site));
    expect(await attacker.allowedToPublish(toPublish, `${siteInbox(site)}.x`)).toEqual(ownOf(toPublish, site));
    expect(await attacker.allowedToHear(toHear)).toEqual(ownOf(toHear, site));
    await attacker.connection.close();
  });

  it('nothing that was tried has moved anything', async () => {
    const admin = await Attacker.with(broker.url, broker.keys.get('coordinator')?.seed as Uint8Array, '_INBOX.coordinator');
    const [task, up] = [await admin.ask('$JS.API.STREAM.INFO.TASK', {}), await admin.ask('$JS.API.STREAM.INFO.UP', {})];
    expect(task).toMatchObject({ config: { subjects: streams.task.subjects }, state: { messages: 0, consumer_count: sites.length } });
    // One message of each site, on its own subject.
    expect(up).toMatchObject({ state: { messages: sites.length, consumer_count: 1 } });
    await admin.connection.close();
  });

  it('a revoked site is put out of the running broker and stays out; the others notice nothing', async () => {
    const [revoked, other] = [await broker.link('h1'), await broker.link('H2')];
    const seed = broker.keys.get('h1')?.seed as Uint8Array;
    let interruptions = 0;
    other.onStatus(() => interruptions++);
    await broker.revoke('h1');
    await until(() => !revoked.isConnected());
    await expect(broker.link('H1', { nkeySeed: seed, firstConnectTimeoutMs: 3000 })).rejects.toThrow('TRANSPORT.UNAUTHORIZED');
    await other.publish(subjects.up(study, 'H2'), Buffer.from('still here'), 'still-here');
    expect(interruptions).toBe(0);
    await Promise.all([revoked.close(), other.close()]);
  });
});

describe.skipIf(binary === undefined)('a broker as it is often set up: one account, rights to all of JetStream, replies allowed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-loose-'));
  const keys = { coordinator: createNkey(), H1: createNkey() };
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `nats://127.0.0.1:${port}`;
    writeFileSync(join(folder, 'nats.conf'), looseConfig(port, folder, keys));
    child = spawn(binary as string, ['-c', join(folder, 'nats.conf')], { stdio: 'ignore' });
  });
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets a site read the task of another through a consumer of its own, and remove what others sent', async () => {
    let admin: Attacker | undefined;
    await until(
      async () => (admin = await Attacker.with(url, keys.coordinator.seed, '_INBOX.coordinator').catch(() => undefined)) !== undefined,
    );
    const stream = { name: 'TASK', subjects: ['fl.*.task.>'], storage: 'memory', retention: 'limits' };
    expect(await admin?.ask('$JS.API.STREAM.CREATE.TASK', stream)).toMatchObject({ config: { name: 'TASK' } });
    expect(await admin?.ask(subjects.task(study, 'H2'), { secret: 'for H2' })).toMatchObject({ stream: 'TASK' });
    const site = await Attacker.with(url, keys.H1.seed, siteInbox('H1'));
    const config = { durable_name: 'MINE', ack_policy: 'explicit', filter_subject: 'fl.*.task.H2' };
    expect(await site.ask('$JS.API.CONSUMER.DURABLE.CREATE.TASK.MINE', { stream_name: 'TASK', config })).toMatchObject({ name: 'MINE' });
    // A pulled message keeps its own subject, so it is not told as the answer to a request.
    const read: unknown[] = [];
    site.connection.subscribe(`${siteInbox('H1')}.loot`, { callback: (_error, message) => void read.push(message.json()) });
    site.connection.publish('$JS.API.CONSUMER.MSG.NEXT.TASK.MINE', '{"batch":1}', { reply: `${siteInbox('H1')}.loot` });
    await until(() => read.length > 0);
    expect(read).toEqual([{ secret: 'for H2' }]);
    expect(await site.ask('$JS.API.STREAM.PURGE.TASK', {})).toMatchObject({ success: true, purged: 1 });
    await Promise.all([admin?.connection.close(), site.connection.close()]);
  });
});

function looseConfig(port: number, folder: string, { coordinator, H1 }: { coordinator: Nkey; H1: Nkey }): string {
  const rights = '{ publish: ["fl.*.up.H1", "$JS.API.>", "$JS.ACK.>"], subscribe: ["_INBOX.H1.>"], allow_responses: true }';
  return `host: 127.0.0.1
port: ${port}
jetstream { store_dir: "${folder}" }
authorization { users: [ { nkey: "${coordinator.publicKey}" }, { nkey: "${H1.publicKey}", permissions: ${rights} } ] }
`;
}

describe.skipIf(binary === undefined)('TLS with a private CA', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-tls-'));
  let broker: TestBroker;
  let ca: string;
  const impatient = { firstConnectTimeoutMs: 2000 };

  beforeAll(async () => {
    const made = await makeBrokerCertificates(['127.0.0.1'], 2, new Date());
    ca = made.ca;
    const tls = { certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server.key') };
    writeFileSync(tls.certFile, made.server);
    writeFileSync(tls.keyFile, made.serverKey, { mode: 0o600 });
    broker = await startTestBroker({ sites: ['H1'], tls });
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('carries messages for whoever trusts the CA', async () => {
    const coordinator = await broker.link('coordinator', { ca });
    await coordinator.ensureStreams({ maxBytes: 16e6, maxAgeMs: 3_600_000 });
    const site = await broker.link('H1', { ca });
    await site.publish(subjects.up(study, 'H1'), Buffer.from('x'), 'x');
    await Promise.all([coordinator.close(), site.close()]);
  });

  it('is refused by a site that trusts another CA, or only those of the system', async () => {
    const other = (await makeBrokerCertificates(['127.0.0.1'], 2, new Date())).ca;
    for (const options of [{ ca: other }, {}]) await expect(broker.link('H1', { ...options, ...impatient })).rejects.toThrow('TRANSPORT.');
  });

  it('is refused where the certificate is of another name', async () => {
    const servers = [`tls://localhost:${broker.port}`];
    await expect(broker.link('H1', { ca, servers, ...impatient })).rejects.toThrow('TRANSPORT.');
  });

  it('is not given up where a broker, or somebody in its place, offers none', async () => {
    const plain = await startTestBroker({ sites: ['H1'] });
    await expect(plain.link('H1', { ca, servers: [plain.url.replace('nats:', 'tls:')], ...impatient })).rejects.toThrow('TRANSPORT.');
    await plain.stop();
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await condition());) {
    if (Date.now() > deadline) throw new Error(`did not come about within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
