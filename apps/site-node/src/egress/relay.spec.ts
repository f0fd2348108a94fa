import { wireVersion } from '@cohortium/contracts';
import type { OutboxMessage } from '@cohortium/persistence';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { SiteStatus } from '../status.js';
import { Relay } from './relay.js';
import type { TranscriptLine } from './transcript.js';

const header = JSON.stringify({
  decision: 'approved',
  protocolHash: 'a'.repeat(64),
  reason: 'withinPolicy',
  site: 'A',
  study: 's',
  type: 'approval',
  v: wireVersion,
});

function message(id: string, answerId: string): OutboxMessage {
  return {
    id,
    answerId,
    messageId: `m${id}`,
    type: 'approval',
    subject: 'fl.s.up.A',
    header,
    attempt: 1,
    sends: 0,
    sentAt: null,
  } as OutboxMessage;
}

/** A broker whose confirmations come when they are told to, and an outbox and a transcript that remember. */
class Surroundings {
  readonly published: string[] = [];
  readonly lines: string[] = [];
  readonly stored = new Map<string, OutboxMessage>();
  private readonly confirmations: (() => void)[] = [];
  /** Notes wait for this. */
  noting: Promise<void> = Promise.resolve();
  readonly relay = new Relay({
    site: 'A',
    link: {
      publish: (_subject: string, bytes: Uint8Array, id: string) => {
        this.published.push(`${id} ${Buffer.from(bytes).toString('latin1').includes('withinPolicy')}`);
        return new Promise<void>((resolve) => this.confirmations.push(resolve));
      },
    } as never,
    outbox: {
      unsent: async () => [...this.stored.values()],
      body: async () => new Uint8Array(0),
      resend: async (answerId: string, attempt?: number) => {
        const again = [...this.stored.values()]
          .filter((each) => each.answerId === answerId)
          .map((each) => ({ ...each, attempt: Math.max(each.attempt, attempt ?? each.attempt + 1), sentAt: null }));
        for (const each of again) this.stored.set(each.id, each);
        return again;
      },
      markSent: async (ids: readonly string[]) => {
        await this.noting;
        for (const id of ids)
          this.stored.set(id, { ...(this.stored.get(id) as OutboxMessage), sends: (this.stored.get(id)?.sends ?? 0) + 1 });
        return new Map(ids.map((id) => [id, this.stored.get(id)?.sends ?? 0]));
      },
    } as never,
    transcript: {
      append: async (lines: readonly TranscriptLine[]) => void this.lines.push(...lines.map(({ seq, sends }) => `${seq}:${sends}`)),
    } as never,
    status: new SiteStatus(),
    log: pino({ level: 'silent' }) as never,
  });

  store(...messages: OutboxMessage[]): OutboxMessage[] {
    for (const each of messages) this.stored.set(each.id, each);
    return messages;
  }

  /** The broker confirms the message that was published first among those it has not confirmed. */
  async confirm(): Promise<void> {
    await expect.poll(() => this.confirmations.length).toBeGreaterThan(0);
    this.confirmations.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

describe('Relay', () => {
  let around: Surroundings;
  afterEach(() => around.relay.stop());

  it('leaves an answer that still waits to its first sending, and sends it again, the same bytes, afterwards', async () => {
    around = new Surroundings();
    around.relay.send(around.store(message('1', 'x')).map((each) => ({ message: each, frame: undefined })));
    await expect.poll(() => around.published).toEqual(['A.m1.1 true']);
    expect(await around.relay.again('x')).toBe(true);
    await around.confirm();
    await around.relay.settled(5000);
    expect(around.published).toEqual(['A.m1.1 true']);
    expect(await around.relay.again('x')).toBe(true);
    await around.confirm();
    await around.relay.settled(5000);
    expect(around.published).toEqual(['A.m1.1 true', 'A.m1.2 true']);
    expect(around.lines).toEqual(['1:1', '1:2']);
  });

  it('sends what an earlier process left under its old id, which the broker may know, and what is asked for under a new one', async () => {
    around = new Surroundings();
    around.store(message('1', 'x'));
    await around.relay.start();
    expect(await around.relay.again('x', 2)).toBe(true);
    for (let i = 0; i < 2; i++) await around.confirm();
    await around.relay.settled(5000);
    expect(around.published).toEqual(['A.m1.1 true', 'A.m1.2 true']);
  });

  it('does not leave a later attempt to a repetition that waits under an id which the broker knows', async () => {
    around = new Surroundings();
    around.relay.send(around.store(message('1', 'x')).map((each) => ({ message: each, frame: undefined })));
    await around.confirm();
    await around.relay.settled(5000);
    // The task of the first attempt was delivered twice; the broker drops the second copy of its answer.
    expect(await around.relay.again('x', 1)).toBe(true);
    expect(await around.relay.again('x', 1)).toBe(true);
    expect(await around.relay.again('x', 2)).toBe(true);
    for (let i = 0; i < 2; i++) await around.confirm();
    await around.relay.settled(5000);
    expect(around.published).toEqual(['A.m1.1 true', 'A.m1.1 true', 'A.m1.2 true']);
  });

  it('numbers sendings that are noted together', async () => {
    around = new Surroundings();
    let note: () => void = () => undefined;
    around.noting = new Promise((resolve) => (note = resolve));
    const [first, other] = around.store(message('1', 'x'), message('2', 'y')) as [OutboxMessage, OutboxMessage];
    around.relay.send([{ message: other, frame: undefined }]);
    await around.confirm();
    // While that is being noted, two sendings of one message are confirmed.
    around.relay.send([{ message: first, frame: undefined }]);
    await around.confirm();
    expect(await around.relay.again('x')).toBe(true);
    await around.confirm();
    note();
    await around.relay.settled(5000);
    expect(around.lines).toEqual(['2:1', '1:1', '1:2']);
  });
});
