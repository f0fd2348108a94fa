import type { StoredDownMessage } from '@cohortium/persistence';
import { transportErrors } from '@cohortium/transport';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboxRelay } from './outbox-relay.js';
import type { Outgoing } from './outbox-relay.js';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const message = (messageId: string, subject: string, more: Partial<Outgoing> = {}): Outgoing => ({
  messageId,
  subject,
  run: 'r',
  head: bytes(1),
  slice: null,
  ...more,
});
const stored = (id: string, subject: string, more: Partial<Outgoing> = {}): Outgoing & StoredDownMessage => ({
  ...message(`m${id}`, subject, more),
  id,
});

/** A broker and an outbox that remember, and fail as told. */
class Surroundings {
  readonly published: [string, number[]][] = [];
  readonly sent: string[] = [];
  unsent: StoredDownMessage[] = [];
  readonly payload = bytes(7, 8, 9);
  failures = new Map<string, number>();
  readonly relay = new OutboxRelay(
    {
      publish: async (_subject, frame, messageId) => {
        const left = this.failures.get(messageId) ?? 0;
        this.failures.set(messageId, left - 1);
        if (left > 0)
          throw transportErrors.error('TRANSPORT.UNREACHABLE', { servers: 's', reason: 'gone', waitedMs: 1, purpose: 'publish' });
        this.published.push([messageId, [...frame]]);
      },
    },
    {
      outbox: {
        unsent: async () => this.unsent,
        body: async ({ slice }: StoredDownMessage) =>
          slice?.sha256 === 'known' ? this.payload.subarray(slice.from, slice.from + slice.bytes) : undefined,
        markSent: async (ids: readonly string[]) => void this.sent.push(...ids),
      } as never,
    },
    pino({ level: 'silent' }),
  );
}

describe('OutboxRelay', () => {
  let around: Surroundings;
  afterEach(() => around.relay.stop());

  it('sends what a former process left, in order, with bodies from the database, and skips what nobody needs any more', async () => {
    around = new Surroundings();
    around.unsent = [
      stored('1', 'A', { slice: { sha256: 'known', from: 1, bytes: 2 } }),
      stored('2', 'A', { slice: { sha256: 'forgotten', from: 0, bytes: 1 } }),
      stored('3', 'A'),
    ];
    await around.relay.start();
    await expect.poll(() => around.sent).toEqual(['1', '2', '3']);
    expect(around.published).toEqual([
      ['m1', [1, 8, 9]],
      ['m3', [1]],
    ]);
  });

  it('tries a stored message until the broker takes it, before anything behind it, and holds up no other site', async () => {
    around = new Surroundings();
    around.failures.set('m1', 2);
    around.relay.push([stored('1', 'A'), stored('2', 'A'), stored('3', 'B')]);
    await expect.poll(() => around.published.map(([id]) => id)).toEqual(['m3', 'm1', 'm2']);
    await expect.poll(() => [...around.sent].sort()).toEqual(['1', '2', '3']);
  });

  it('drops what is stored nowhere when the broker is away or the site is backed up', async () => {
    around = new Surroundings();
    around.failures.set('lost', 1).set('m1', 1);
    around.relay.offer([message('lost', 'A'), message('kept', 'A')]);
    const many = Array.from({ length: 20 }, (_, i) => stored(String(i + 1), 'B'));
    around.relay.push(many);
    around.relay.offer([message('late', 'B')]);
    await expect.poll(() => around.published.map(([id]) => id)).toEqual(['kept', ...many.map(({ messageId }) => messageId)]);
    expect(around.sent).not.toContain('lost');
  });

  it('sends what is stored nowhere after another message to the same site that is still on its way', async () => {
    around = new Surroundings();
    around.relay.offer([message('witness', 'A')]);
    around.relay.offer([message('task', 'A')]);
    await expect.poll(() => around.published.map(([id]) => id)).toEqual(['witness', 'task']);
  });

  it('takes nothing after it was stopped', async () => {
    around = new Surroundings();
    await around.relay.stop();
    around.relay.push([stored('1', 'A')]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(around.published).toEqual([]);
  });
});
