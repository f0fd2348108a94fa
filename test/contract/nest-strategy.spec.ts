import 'reflect-metadata';
import { consumers, decodeDownMessage, decodeHeartbeat, decodeUpMessage, encodeMessage, subjects } from '@cohortium/contracts';
import type { AnyMessage } from '@cohortium/contracts';
import { findTestBroker, patienceMs, startTestBroker } from '@cohortium/testkit';
import type { TestBroker } from '@cohortium/testkit';
import { JetStreamServer } from '@cohortium/transport';
import type { BrokerLink, Message, MessageContext, TransportLog } from '@cohortium/transport';
import { Controller, Module } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { concat, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { ignoreElements, tap } from 'rxjs/operators';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const binary = findTestBroker();
if (binary === undefined) console.warn('skipped: no nats-server (set NATS_SERVER_BIN, or run the set-up)');

/** What the handlers below saw and when they were done. */
const seen: string[] = [];
/** Handlers throw as long as this is above zero. */
let failures = 0;
/** Calls of the `hello` handler. */
let begun = 0;

class Handlers {
  async hello(message: Message<AnyMessage & { site: string }>, context: MessageContext): Promise<void> {
    begun++;
    if (failures-- > 0) throw new Error('database down');
    await new Promise((resolve) => setTimeout(resolve, 30));
    seen.push(`hello of ${message.header.site} on ${context.subject}, delivery ${context.delivery?.deliveryCount}`);
  }
  approval(): Observable<unknown> {
    return concat(timer(30).pipe(ignoreElements()), timer(1).pipe(tap(() => seen.push('approval done'))));
  }
  heartbeat(message: Message<AnyMessage & { site: string }>): void {
    seen.push(`heartbeat of ${message.header.site}`);
  }
}
class AppModule {}

// Decorators by hand: test files are compiled without the metadata that Nest reads from decorated classes.
const descriptor = (name: keyof Handlers): PropertyDescriptor =>
  Object.getOwnPropertyDescriptor(Handlers.prototype, name) as PropertyDescriptor;
for (const name of ['hello', 'approval', 'heartbeat'] as const) {
  EventPattern<string>(name)(Handlers.prototype, name, descriptor(name) as never);
  Payload()(Handlers.prototype, name, 0);
  Ctx()(Handlers.prototype, name, 1);
}
Controller()(Handlers);
Module({ controllers: [Handlers] })(AppModule);

describe.skipIf(binary === undefined)('Nest strategy over a real broker', () => {
  let broker: TestBroker;
  let coordinator: BrokerLink;
  let site: BrokerLink;
  let app: INestMicroservice;
  const log: string[] = [];
  const note: TransportLog = (_level, event, fields) =>
    log.push(`${event} ${String(fields['reason'] ?? fields['error'] ?? fields['subject'])}`);

  beforeAll(async () => {
    broker = await startTestBroker({ sites: ['H1', 'H2'] });
    coordinator = await broker.link('coordinator', { log: note });
    await coordinator.ensureStreams({ maxBytes: 16e6, maxAgeMs: 3_600_000 });
    await coordinator.ensureConsumer({ ...consumers.up, ackWaitMs: 60_000, maxAckPending: 16 });
    site = await broker.link('H1');
    const strategy = new JetStreamServer({
      link: coordinator,
      stream: 'UP',
      consumer: 'UP_COORDINATOR',
      decode: decodeUpMessage,
      consume: { nakDelayMs: 50, workingEveryMs: 500 },
      volatile: { subject: subjects.heartbeats, decode: decodeHeartbeat },
      log: note,
    });
    app = await NestFactory.createMicroservice(AppModule, { strategy, logger: false });
    await app.listen();
  });
  beforeEach(() => {
    seen.length = 0;
    log.length = 0;
    failures = 0;
    begun = 0;
  });
  afterAll(async () => {
    await app?.close();
    await Promise.all([site?.close(), coordinator?.close()]);
    await broker?.stop();
  });

  const hello = (claimed = 'H1'): AnyMessage => ({
    v: 2,
    study: 'duke',
    site: claimed,
    type: 'hello',
    release: '0.1.0',
    operations: [],
    nkey: '',
  });
  const approval: AnyMessage = {
    v: 2,
    study: 'duke',
    site: 'H1',
    type: 'approval',
    protocolHash: '0'.repeat(64),
    decision: 'approved',
    reason: 'withinPolicy',
  };
  const send = (bytes: Uint8Array, id: string): Promise<void> => site.publish(subjects.up('duke', 'H1'), bytes, id);

  it('dispatches by type, one after the other, waiting for promises and observables', async () => {
    await send(encodeMessage(hello()), 'a1');
    await send(encodeMessage(approval), 'a2');
    await send(encodeMessage(hello()), 'a3');
    await until(() => seen.length === 3);
    expect(seen).toEqual(['hello of H1 on fl.duke.up.H1, delivery 1', 'approval done', 'hello of H1 on fl.duke.up.H1, delivery 1']);
    expect(log).toEqual([]);
  });

  it('lets the broker repeat a message whose handler failed', async () => {
    failures = 2;
    await send(encodeMessage(hello()), 'b1');
    await until(() => seen.length === 1);
    expect(seen).toEqual(['hello of H1 on fl.duke.up.H1, delivery 3']);
    expect(log.length).toBe(2);
  });

  it('drops what it cannot read, by code, and goes on', async () => {
    await send(new Uint8Array([1, 2, 3]), 'c1');
    await send(encodeMessage({ v: 2, study: 'duke', site: 'H1', type: 'runClosed', run: 'r', state: 'finished' }), 'c2');
    await send(encodeMessage(hello()), 'c3');
    await until(() => seen.length === 1);
    expect(log).toEqual(['transport.terminated CONTRACTS.BAD_FRAME', 'transport.terminated CONTRACTS.BAD_HEADER']);
  });

  it('drops what a site sends in the name of another', async () => {
    await send(encodeMessage(hello('H2')), 'd1');
    site.publishVolatile(subjects.heartbeat('H1'), beat('H2'));
    await until(() => log.length === 2);
    expect(seen).toEqual([]);
    expect([...log].sort()).toEqual(['transport.terminated CONTRACTS.WRONG_ADDRESS', 'transport.wrong_sender fl.hb.H1']);
  });

  it('keeps a message that no handler knows', async () => {
    const chunk: AnyMessage = { v: 2, study: 'duke', site: 'H1', type: 'chunk', sha256: '0'.repeat(64), index: 0, chunks: 1, bytes: 1 };
    await send(encodeMessage(chunk, Uint8Array.of(0)), 'e1');
    await until(() => log.length >= 2);
    expect(new Set(log)).toEqual(new Set(['transport.handler_failed TRANSPORT.NO_HANDLER']));
    await coordinator.purge('UP', subjects.up('duke', 'H1'));
  });

  it('hears heartbeats', async () => {
    site.publishVolatile(subjects.heartbeat('H1'), beat('H1'));
    site.publishVolatile(subjects.heartbeat('H1'), new Uint8Array([9]));
    await until(() => seen.length === 1 && log.length === 1);
    expect(seen).toEqual(['heartbeat of H1']);
    expect(log).toEqual(['transport.volatile_failed CONTRACTS.BAD_FRAME']);
  });

  it('finishes the message at work before it closes', async () => {
    const quick = await NestFactory.createMicroservice(AppModule, {
      strategy: new JetStreamServer({ link: site, stream: 'TASK', consumer: 'TASK_H1', decode: decodeDownMessage, log: () => undefined }),
      logger: false,
    });
    await quick.listen();
    expect(quick.unwrap<BrokerLink>()).toBe(site);
    await quick.close();
    await send(encodeMessage(hello()), 'f1');
    await until(() => begun === 1);
    await app.close();
    expect(seen).toEqual(['hello of H1 on fl.duke.up.H1, delivery 1']);
    await send(encodeMessage(hello()), 'f2');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(begun).toBe(1);
    expect(site.isConnected()).toBe(true);
  });
});

function beat(claimed: string): Uint8Array {
  return encodeMessage({ v: 2, site: claimed, type: 'heartbeat', state: 'idle', run: null, round: null, sentAt: 0 });
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !condition();) {
    if (Date.now() > deadline) throw new Error(`did not come about within ${patienceMs} ms; seen: ${seen.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
