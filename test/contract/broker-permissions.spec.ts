import { consumers, siteInbox, streams, subjects } from '@cohortium/contracts';
import { findTestBroker, patienceMs, startTestBroker } from '@cohortium/testkit';
import type { TestBroker } from '@cohortium/testkit';
import { createNkey } from '@cohortium/transport';
import type { BrokerLink } from '@cohortium/transport';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const binary = findTestBroker();
if (binary === undefined) console.warn('skipped: no nats-server (set NATS_SERVER_BIN, or run the set-up)');

/** Everything a site must not reach: other sites, the coordinator's side, the broker's administration. */
const forbiddenToPublish = [
  subjects.up('duke', 'H2'),
  subjects.heartbeat('H2'),
  subjects.task('duke', 'H1'),
  subjects.task('duke', 'H2'),
  'fl.duke.up.H1.more',
  'fl.duke.up.H10',
  'fl.up.H1',
  `${siteInbox('H2')}.x`,
  '_INBOX.coordinator.x',
  '_R_.x.y',
  '$JS.API.INFO',
  '$JS.API.STREAM.CREATE.MINE',
  '$JS.API.STREAM.UPDATE.UP',
  '$JS.API.STREAM.INFO.UP',
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.PURGE.UP',
  '$JS.API.STREAM.DELETE.TASK',
  '$JS.API.STREAM.SNAPSHOT.UP',
  '$JS.API.STREAM.MSG.GET.TASK',
  '$JS.API.STREAM.MSG.DELETE.UP',
  '$JS.API.DIRECT.GET.TASK',
  '$JS.API.CONSUMER.CREATE.TASK',
  '$JS.API.CONSUMER.CREATE.TASK.MINE.fl.duke.task.H2',
  '$JS.API.CONSUMER.DURABLE.CREATE.TASK.MINE',
  '$JS.API.CONSUMER.DELETE.TASK.TASK_H1',
  '$JS.API.CONSUMER.DELETE.TASK.TASK_H2',
  '$JS.API.CONSUMER.LIST.TASK',
  '$JS.API.CONSUMER.INFO.TASK.TASK_H1',
  '$JS.API.CONSUMER.INFO.TASK.TASK_H2',
  '$JS.API.CONSUMER.MSG.NEXT.TASK.TASK_H2',
  '$JS.API.CONSUMER.MSG.NEXT.UP.UP_COORDINATOR',
  '$JS.ACK.TASK.TASK_H2.1.1.1.1.0',
  '$JS.ACK.UP.UP_COORDINATOR.1.1.1.1.0',
  '$JS.FC.TASK.TASK_H1',
  '$SYS.REQ.SERVER.PING',
  '$SYS.REQ.USER.INFO',
  'anything',
];
const forbiddenToHear = [
  '>',
  '*',
  'fl.>',
  subjects.up('duke', 'H1'),
  subjects.up('duke', 'H2'),
  subjects.task('duke', 'H1'),
  subjects.task('duke', 'H2'),
  subjects.heartbeats,
  '_INBOX.>',
  `${siteInbox('H2')}.>`,
  '_INBOX.coordinator.>',
  '_R_.>',
  '$JS.>',
  '$JS.EVENT.>',
  '$SYS.>',
];

describe.skipIf(binary === undefined)('what the credential of a site may do at a real broker', () => {
  let broker: TestBroker;
  let coordinator: BrokerLink;
  let raw: NatsConnection;
  const denied: string[] = [];

  beforeAll(async () => {
    broker = await startTestBroker({ sites: ['H1', 'H2', 'H10'] });
    coordinator = await broker.link('coordinator');
    await coordinator.ensureStreams({ maxBytes: 16e6, maxAgeMs: 3_600_000 });
    for (const site of ['H1', 'H2']) await coordinator.ensureConsumer({ ...consumers.task(site), ackWaitMs: 5000, maxAckPending: 16 });
    await coordinator.ensureConsumer({ ...consumers.up, ackWaitMs: 5000, maxAckPending: 16 });
    raw = await rawConnection(broker, 'H1');
    void (async () => {
      for await (const status of raw.status()) if (status.type === 'error') denied.push(status.error.message);
    })();
  });
  afterAll(async () => {
    await raw?.close();
    await coordinator?.close();
    await broker?.stop();
  });

  /** What the broker said about the last commands. */
  async function denials(): Promise<string[]> {
    await raw.flush();
    await new Promise((resolve) => setTimeout(resolve, 5));
    return denied.splice(0);
  }

  it.each(forbiddenToPublish)('not publish on %s', async (subject) => {
    raw.publish(subject, '{}', { reply: `${siteInbox('H1')}.x` });
    expect(await denials()).toEqual([`Permissions Violation for Publish to "${subject}"`]);
  });

  it.each(forbiddenToHear)('not listen on %s', async (subject) => {
    const subscription = raw.subscribe(subject, { callback: () => undefined });
    const said = await denials();
    subscription.unsubscribe();
    expect(said).toEqual([`Permissions Violation for Subscription to "${subject}"`]);
  });

  it('publish, pull, acknowledge and hear replies of its own', async () => {
    const site = await broker.link('H1');
    const heard: string[] = [];
    const beats = coordinator.subscribeVolatile(subjects.heartbeats, (_bytes, subject) => heard.push(subject));
    await site.publish(subjects.up('duke', 'H1'), text('hello'), 'up-1');
    await coordinator.publish(subjects.task('duke', 'H1'), text('for one'), 'task-1');
    await coordinator.publish(subjects.task('duke', 'H2'), text('for two'), 'task-2');
    const got: string[] = [];
    const consumption = site.consume({ stream: streams.task.name, consumer: consumers.task('H1').name }, (bytes, delivery) => {
      got.push(`${delivery.subject} ${Buffer.from(bytes).toString()}`);
      return Promise.resolve();
    });
    site.publishVolatile(subjects.heartbeat('H1'), text('beat'));
    await until(() => got.length > 0 && heard.length > 0);
    await consumption.stop();
    await beats.stop();
    await site.close();
    expect(got).toEqual(['fl.duke.task.H1 for one']);
    expect(heard).toEqual(['fl.hb.H1']);
    expect(await denials()).toEqual([]);
  });

  // A reply subject needs no permission of the sender, and JetStream answers there with the rights of the account it lives in.
  it.each([
    'fl.duke.up.H2',
    'fl.duke.task.H2',
    `${siteInbox('H2')}.x`,
    '$JS.API.STREAM.PURGE.UP',
    '$JS.API.STREAM.DELETE.UP',
    '$JS.API.STREAM.MSG.DELETE.UP',
    '$JS.API.CONSUMER.DELETE.UP.UP_COORDINATOR',
    '$JS.API.CONSUMER.DELETE.TASK.TASK_H2',
  ])('not make JetStream send to %s on its behalf', async (reply) => {
    await coordinator.publish(subjects.up('duke', 'H2'), text('keep me'), `keep-${reply}`);
    const admin = await rawConnection(broker, 'coordinator');
    const seen: string[] = [];
    admin.subscribe(reply, { callback: (_error, message) => void seen.push(message.subject) });
    const victim = await rawConnection(broker, 'H2');
    victim.subscribe(`${siteInbox('H2')}.x`, { callback: (_error, message) => void seen.push(message.subject) });
    await Promise.all([admin.flush(), victim.flush()]);
    const before = await streamState(admin, 'UP');
    // The answers a site can provoke: an acknowledgment, a status without content, a confirmed acknowledgment.
    raw.publish(subjects.up('duke', 'H1'), 'bait', { reply });
    raw.publish('$JS.API.CONSUMER.MSG.NEXT.TASK.TASK_H1', '{"batch":1,"no_wait":true}', { reply });
    raw.publish('$JS.ACK.TASK.TASK_H1.1.1.1.1795343735106490107.0', '+ACK', { reply });
    await raw.flush();
    await until(async () => (await streamState(admin, 'UP')).messages > before.messages);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await streamState(admin, 'UP');
    expect(seen).toEqual([]);
    expect(after).toEqual({ messages: before.messages + 1, first: before.first, consumers: before.consumers });
    expect((await streamState(admin, 'TASK')).consumers).toBe(2);
    await admin.close();
    await victim.close();
  });

  it('a site enrolled at a running broker works at once, and the others notice nothing', async () => {
    const site = await broker.link('H1');
    let interruptions = 0;
    for (const link of [site, coordinator]) link.onStatus(() => interruptions++);
    await broker.enroll('H3');
    const late = await broker.link('H3');
    await coordinator.ensureConsumer({ ...consumers.task('H3'), ackWaitMs: 5000, maxAckPending: 16 });
    await coordinator.publish(subjects.task('duke', 'H3'), text('welcome'), 'welcome');
    const got: string[] = [];
    const work = late.consume({ stream: 'TASK', consumer: 'TASK_H3' }, async (bytes) => {
      got.push(Buffer.from(bytes).toString());
      await late.publish(subjects.up('duke', 'H3'), text('thanks'), 'thanks');
    });
    await until(() => got.length === 1);
    await site.publish(subjects.up('duke', 'H1'), text('still here'), 'still here');
    await work.stop();
    expect(got).toEqual(['welcome']);
    expect(interruptions).toBe(0);
    await Promise.all([site.close(), late.close()]);
  });

  it('a replaced key is put out at the reload, and the new one gets in', async () => {
    const stolen = await broker.link('H10');
    await broker.enroll('H10');
    await until(() => !stolen.isConnected());
    const rightful = await broker.link('H10');
    await rightful.publish(subjects.up('duke', 'H10'), text('mine'), 'rotated');
    expect(stolen.isConnected()).toBe(false);
    await Promise.all([stolen.close(), rightful.close()]);
  });

  it('nobody else gets in', async () => {
    const anonymous = connect({ servers: broker.url, reconnect: false });
    await expect(anonymous).rejects.toThrow();
    const stranger = createNkey();
    await expect(broker.link('H1', { nkeySeed: stranger.seed, firstConnectTimeoutMs: 3000 })).rejects.toThrow('TRANSPORT.UNAUTHORIZED');
  });

  it('the coordinator does not reach the system account', async () => {
    const admin = await rawConnection(broker, 'coordinator');
    const said: string[] = [];
    void (async () => {
      for await (const status of admin.status()) if (status.type === 'error') said.push(status.error.message);
    })();
    admin.publish('$SYS.REQ.SERVER.PING', '');
    admin.subscribe('$SYS.>', { callback: () => undefined });
    await admin.flush();
    await until(() => said.length >= 2);
    await admin.close();
    expect(said).toEqual([
      'Permissions Violation for Publish to "$SYS.REQ.SERVER.PING"',
      'Permissions Violation for Subscription to "$SYS.>"',
    ]);
  });
});

function rawConnection(broker: TestBroker, who: string): Promise<NatsConnection> {
  const seed = broker.keys.get(who)?.seed as Uint8Array;
  return connect({ servers: broker.url, authenticator: nkeyAuthenticator(seed), inboxPrefix: `_INBOX.${who}` });
}

async function streamState(admin: NatsConnection, stream: string): Promise<{ messages: number; first: number; consumers: number }> {
  const reply = await admin.request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: patienceMs });
  const { state } = reply.json<{ state: { messages: number; first_seq: number; consumer_count: number } }>();
  return { messages: state.messages, first: state.first_seq, consumers: state.consumer_count };
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await condition());) {
    if (Date.now() > deadline) throw new Error(`did not come about within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
