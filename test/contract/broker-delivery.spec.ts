import {
  PayloadAssembler,
  chunkMessages,
  consumers,
  decodeDownMessage,
  encodeMessage,
  maxMessageBytes,
  subjects,
} from '@cohortium/contracts';
import { equalBytes, isAppError } from '@cohortium/kernel';
import { findTestBroker, leastMs, patienceMs, startTestBroker } from '@cohortium/testkit';
import type { TestBroker } from '@cohortium/testkit';
import type { BrokerLink, ConsumeOptions, Delivery } from '@cohortium/transport';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const binary = findTestBroker();
if (binary === undefined) console.warn('skipped: no nats-server (set NATS_SERVER_BIN, or run the set-up)');

const study = 'duke';
/** So long that a busy machine does not take it for a death. */
const ackWaitMs = 3000;
const longWaitMs = 60_000;
const hour = 3_600_000;

describe.skipIf(binary === undefined)('delivery over a real broker', () => {
  let broker: TestBroker;
  let coordinator: BrokerLink;
  let site: BrokerLink;
  let log: string[] = [];

  beforeAll(async () => {
    broker = await startTestBroker({ sites: ['H1'] });
    coordinator = await broker.link('coordinator');
    await coordinator.ensureStreams({ maxBytes: 64e6, maxAgeMs: hour });
    await coordinator.ensureConsumer({ ...consumers.task('H1'), ackWaitMs, maxAckPending: 64 });
    await coordinator.ensureConsumer({ ...consumers.up, ackWaitMs, maxAckPending: 64 });
    site = await broker.link('H1', { log: (_level, event) => log.push(event) });
  });
  afterEach(async () => {
    await coordinator.purge('TASK', subjects.task(study, 'H1'));
    log = [];
  });
  afterAll(async () => {
    await site?.close();
    await coordinator?.close();
    await broker?.stop();
  });

  const send = (content: string, id = content): Promise<void> => coordinator.publish(subjects.task(study, 'H1'), bytesOf(content), id);
  const pull = (handler: (text: string, delivery: Delivery) => Promise<void> | void, options: ConsumeOptions = {}) =>
    site.consume({ stream: 'TASK', consumer: 'TASK_H1' }, async (bytes, delivery) => handler(Buffer.from(bytes).toString(), delivery), {
      nakDelayMs: 50,
      workingEveryMs: 300,
      ...options,
    });

  it('stores one message for one id', async () => {
    await send('once', 'same-id');
    await send('twice', 'same-id');
    await send('last', 'other-id');
    const got: string[] = [];
    const consumption = pull((text) => void got.push(text));
    await until(() => got.includes('last'));
    await consumption.stop();
    expect(got).toEqual(['once', 'last']);
  });

  it('repeats what a handler refused, and says how often', async () => {
    await send('a');
    const counts: number[] = [];
    const consumption = pull((_text, delivery) => {
      counts.push(delivery.deliveryCount);
      if (counts.length < 3) throw new Error('not yet');
    });
    await until(() => counts.length === 3);
    await pause(ackWaitMs + 300);
    await consumption.stop();
    expect(counts).toEqual([1, 2, 3]);
    expect(log.filter((event) => event === 'transport.handler_failed').length).toBe(2);
  });

  it('never repeats what a handler terminated', async () => {
    await send('poison');
    let deliveries = 0;
    const consumption = pull((_text, delivery) => {
      deliveries++;
      delivery.terminate('CONTRACTS.BAD_FRAME');
    });
    await pause(ackWaitMs + 500);
    await consumption.stop();
    expect(deliveries).toBe(1);
  });

  it('keeps a message while its handler takes longer than the acknowledgment wait', async () => {
    for (const name of ['slow', 'behind', 'last']) await send(name);
    const got: string[] = [];
    const consumption = pull(async (text) => {
      got.push(text);
      if (text === 'slow') await pause(2 * ackWaitMs);
    });
    await until(() => got.length >= 3);
    await pause(300);
    await consumption.stop();
    expect(got).toEqual(['slow', 'behind', 'last']);
  });

  it('finishes what it had begun when it stops, and leaves the rest to the next one', async () => {
    await coordinator.ensureConsumer({ ...consumers.task('H1'), ackWaitMs: longWaitMs, maxAckPending: 64 });
    for (const name of ['begun', 'next-1', 'next-2']) await send(name);
    const finished: string[] = [];
    let begun = false;
    const first = pull(async (text) => {
      begun = true;
      await pause(200);
      finished.push(text);
    });
    await until(() => begun);
    await first.stop();
    expect(finished).toEqual(['begun']);
    const second = pull((text, delivery) => void finished.push(`${text} ${delivery.deliveryCount}`));
    // Well before the broker would repeat what the first one had in hand.
    await until(() => finished.length === 3, longWaitMs / 2);
    await second.stop();
    await coordinator.ensureConsumer({ ...consumers.task('H1'), ackWaitMs, maxAckPending: 64 });
    expect(finished).toEqual(['begun', 'next-1 1', 'next-2 1']);
  });

  it('takes over from a receiver that died with a message in hand', async () => {
    const doomed = await broker.link('H1');
    await send('held');
    let held = false;
    const never = new Promise<void>(() => undefined);
    doomed.consume({ stream: 'TASK', consumer: 'TASK_H1' }, () => ((held = true), never), { workingEveryMs: 60_000 });
    await until(() => held);
    // What the broker sees of a kill: the connection closes, the message stays unacknowledged.
    const { connection } = doomed as unknown as { connection: { close(): Promise<void> } };
    await connection.close();
    await send('fresh');
    const got: string[] = [];
    const consumption = pull((text, delivery) => void got.push(`${text} ${delivery.deliveryCount}`));
    await until(() => got.length === 2);
    await consumption.stop();
    expect(got.sort()).toEqual(['fresh 1', 'held 2']);
  });

  it('delivers at once after a long silence', async () => {
    const got: number[] = [];
    const consumption = pull(() => void got.push(Date.now()));
    const limitMs = 500;
    const delayMs = await leastMs(limitMs, async () => {
      const before = got.length;
      await pause(6000);
      const sentMs = Date.now();
      await send(`after silence ${before}`);
      await until(() => got.length > before);
      return (got[before] as number) - sentMs;
    });
    await consumption.stop();
    expect(delayMs).toBeLessThan(limitMs);
  });

  it('waits for a consumer that is made later', async () => {
    const other = await startTestBroker({ sites: ['H1'] });
    const admin = await other.link('coordinator');
    const early = await other.link('H1');
    const got: string[] = [];
    const consumption = early.consume({ stream: 'TASK', consumer: 'TASK_H1' }, (bytes) =>
      Promise.resolve(void got.push(Buffer.from(bytes).toString())),
    );
    await pause(300);
    await admin.ensureStreams({ maxBytes: 1e6, maxAgeMs: hour });
    await admin.ensureConsumer({ ...consumers.task('H1'), ackWaitMs, maxAckPending: 8 });
    await admin.publish(subjects.task(study, 'H1'), bytesOf('hello'), 'm');
    await until(() => got.length === 1);
    await consumption.stop();
    await Promise.all([early.close(), admin.close()]);
    await other.stop();
    expect(got).toEqual(['hello']);
  });

  it('carries 2 MiB in chunks, through the codec', async () => {
    const content = new Uint8Array(2 * 1024 * 1024).map((_, i) => (i * 2654435761) >>> 13);
    const { ref, messages } = chunkMessages({ study, site: 'H1' }, content);
    for (const { header, body } of messages) {
      await coordinator.publish(subjects.task(study, 'H1'), encodeMessage(header, body), `${ref.sha256}.${header.index}.H1`);
    }
    const assembler = new PayloadAssembler(8 * 1024 * 1024);
    const consumption = site.consume({ stream: 'TASK', consumer: 'TASK_H1' }, async (bytes) => {
      const { header, body } = decodeDownMessage(bytes);
      if (header.type === 'chunk') assembler.add(header, body);
    });
    await until(() => assembler.missing(ref).length === 0);
    await consumption.stop();
    expect(ref.chunks).toBe(8);
    expect(equalBytes(assembler.take(ref) as Uint8Array, content)).toBe(true);
  });

  it('takes the longest message of the wire', async () => {
    await coordinator.publish(subjects.task(study, 'H1'), new Uint8Array(maxMessageBytes), 'longest');
    let length = 0;
    const consumption = site.consume({ stream: 'TASK', consumer: 'TASK_H1' }, async (bytes) => void (length = bytes.length));
    await until(() => length > 0);
    await consumption.stop();
    expect(length).toBe(maxMessageBytes);
  });

  it('says what the broker refused', async () => {
    await expect(site.publish(subjects.up(study, 'H2'), bytesOf('x'), 'x')).rejects.toThrow('TRANSPORT.REJECTED');
    expect(log).toContain('transport.denied');
    await expect(site.publish(subjects.up(study, 'H1'), new Uint8Array(4_000_000), 'y')).rejects.toThrow('TRANSPORT.REJECTED');
    await expect(site.ensureStreams({ maxBytes: 1, maxAgeMs: 1 })).rejects.toThrow('TRANSPORT.REJECTED');
    await expect(site.purge('UP', '>')).rejects.toThrow('TRANSPORT.REJECTED');
  });

  it('refuses aloud when a stream is full, and goes on when there is room', async () => {
    const small = await startTestBroker({ sites: ['H1'] });
    const admin = await small.link('coordinator');
    await admin.ensureStreams({ maxBytes: 100_000, maxAgeMs: hour });
    const publish = (id: string): Promise<void> => admin.publish(subjects.up(study, 'H1'), new Uint8Array(60_000), id);
    await publish('one');
    await expect(publish('two')).rejects.toThrow('TRANSPORT.REJECTED');
    await admin.ensureStreams({ maxBytes: 200_000, maxAgeMs: hour });
    await publish('two');
    expect(await admin.purge('UP', 'fl.*.up.>')).toBe(2);
    await admin.close();
    await small.stop();
  });

  it('names the server, and no secret, when there is none', async () => {
    const failure = await broker
      .link('H1', { servers: ['nats://user:secret@127.0.0.1:1'], firstConnectTimeoutMs: 700 })
      .catch((error: unknown) => error);
    expect(isAppError(failure, 'TRANSPORT.UNREACHABLE')).toBe(true);
    if (!isAppError(failure)) throw failure;
    expect(failure.exit).toBe(5);
    for (const language of ['en', 'zh'] as const) {
      expect(failure.render(language)).toContain('127.0.0.1:1');
      expect(failure.render(language)).not.toContain('secret');
    }
  });

  it('goes round quickly', async () => {
    const rounds = 300;
    const work = site.consume({ stream: 'TASK', consumer: 'TASK_H1' }, (bytes, delivery) =>
      site.publish(subjects.up(study, 'H1'), bytes, `up-${delivery.sequence}`),
    );
    let arrived: () => void = () => undefined;
    const collect = coordinator.consume({ stream: 'UP', consumer: 'UP_COORDINATOR' }, async () => arrived());
    const tookMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const answer = new Promise<void>((resolve) => (arrived = resolve));
      const startedMs = performance.now();
      await send('x'.repeat(3200), `round-${round}`);
      await answer;
      tookMs.push(performance.now() - startedMs);
    }
    const medianMs = tookMs.sort((a, b) => a - b)[rounds / 2] as number;
    await Promise.all([work.stop(), collect.stop()]);
    console.log(`a round over the broker (3.2 kB down and up, one site): ${medianMs.toFixed(2)} ms, median of ${rounds}`);
    expect(medianMs).toBeLessThan(100);
  });
});

describe.skipIf(binary === undefined)('kill -9 of the broker in mid-stream', () => {
  const seed = Number(process.env['COHORTIUM_SEED'] ?? Date.now() % 1_000_000);

  it(`nothing is lost and both sides go on by themselves (COHORTIUM_SEED=${seed})`, { timeout: 3 * patienceMs }, async () => {
    const broker = await startTestBroker({ sites: ['H1'] });
    const coordinator = await broker.link('coordinator');
    await coordinator.ensureStreams({ maxBytes: 64e6, maxAgeMs: hour });
    await coordinator.ensureConsumer({ ...consumers.task('H1'), ackWaitMs, maxAckPending: 64 });
    await coordinator.ensureConsumer({ ...consumers.up, ackWaitMs, maxAckPending: 64 });
    const site = await broker.link('H1');
    const statuses: string[] = [];
    site.onStatus((status) => statuses.push(status));
    const total = 400;
    const answered = new Map<string, number>();
    const work = site.consume({ stream: 'TASK', consumer: 'TASK_H1' }, async (bytes) => {
      const text = Buffer.from(bytes).toString();
      await pause(3);
      await site.publish(subjects.up(study, 'H1'), bytes, `answer-${text}`, { timeoutMs: patienceMs });
    });
    const collect = coordinator.consume({ stream: 'UP', consumer: 'UP_COORDINATOR' }, async (bytes) => {
      const text = Buffer.from(bytes).toString();
      answered.set(text, (answered.get(text) ?? 0) + 1);
    });
    const publishing = (async () => {
      for (let i = 0; i < total; i++)
        await coordinator.publish(subjects.task(study, 'H1'), bytesOf(`task ${i}`), `task-${i}`, { timeoutMs: patienceMs });
    })();
    const downMs: number[] = [];
    for (let kill = 0, state = seed; kill < 3; kill++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      await until(() => answered.size > ((kill + (state % 1000) / 1000) * total) / 3.5);
      await broker.kill();
      await until(() => !site.isConnected());
      await broker.restart();
      const upMs = Date.now();
      const before = answered.size;
      await until(() => answered.size > before);
      downMs.push(Date.now() - upMs);
    }
    await publishing;
    await until(() => answered.size === total);
    await Promise.all([work.stop(), collect.stop()]);
    const repeated = [...answered.values()].filter((count) => count > 1).length;
    console.log(`3 kills: first answer ${downMs.join(', ')} ms after the restart; ${repeated} of ${total} answers seen more than once`);
    expect(new Set(answered.keys())).toEqual(new Set(Array.from({ length: total }, (_, i) => `task ${i}`)));
    expect(statuses.filter((status) => status === 'disconnected').length).toBeGreaterThanOrEqual(3);
    await Promise.all([site.close(), coordinator.close()]);
    await broker.stop();
  });

  it('a publisher gives up with a typed error after its time, and succeeds under the same id later', async () => {
    const broker = await startTestBroker({ sites: ['H1'] });
    const coordinator = await broker.link('coordinator');
    await coordinator.ensureStreams({ maxBytes: 64e6, maxAgeMs: hour });
    await broker.kill();
    const failure = await coordinator
      .publish(subjects.task(study, 'H1'), bytesOf('x'), 'id', { timeoutMs: 800 })
      .catch((error: unknown) => error);
    expect(isAppError(failure, 'TRANSPORT.UNREACHABLE')).toBe(true);
    await broker.restart();
    for (let i = 0; i < 2; i++) await coordinator.publish(subjects.task(study, 'H1'), bytesOf('x'), 'id', { timeoutMs: patienceMs });
    expect(await coordinator.purge('TASK', subjects.task(study, 'H1'))).toBe(1);
    await coordinator.close();
    await broker.stop();
  });

  it('closing while the broker is down does not hang', async () => {
    const limitMs = 3000;
    const closingMs = await leastMs(limitMs, async () => {
      const broker = await startTestBroker({ sites: ['H1'] });
      const site = await broker.link('H1');
      site.consume({ stream: 'TASK', consumer: 'TASK_H1' }, () => Promise.resolve());
      await pause(100);
      await broker.kill();
      const startedMs = Date.now();
      await site.close();
      await broker.stop();
      return Date.now() - startedMs;
    });
    expect(closingMs).toBeLessThan(limitMs);
  });
});

function bytesOf(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(condition: () => boolean, timeoutMs = patienceMs): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !condition();) {
    if (Date.now() > deadline) throw new Error(`did not come about within ${timeoutMs} ms`);
    await pause(5);
  }
}
