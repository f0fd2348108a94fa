import { Frozen, pack, parseSiteId, unpack } from '@cohortium/kernel';
import type { Json, Packable, Sha256, SiteId } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeFixedPoint, statisticWords, wordBytes } from './fixed-point.js';
import type { RosterScope, SumQuery, SummaryQuery } from './query.js';
import { MemoryJournal, RoundFederation } from './rounds.js';
import { packSummary } from './size-class.js';
import type { Exchange, RoundRequest, RunJournal, SiteAnswer } from './rounds.js';
import { requestHash } from './site-answer.js';

const [H1, H2, H3] = ['H1', 'H2', 'H3'].map(parseSiteId) as [SiteId, SiteId, SiteId];
const scope: RosterScope = { name: 'training', sites: [H1, H2, H3] };

interface Params {
  readonly factor: number;
}
const sumQuery: SumQuery<Params, number[]> = {
  kind: 'sum',
  operation: 'test.sum',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ factor: z.number() }),
  length: () => 2,
  local: () => new Float64Array(2),
  read: (total, { factor }) => [...total].map((x) => x * factor),
};
const summaryQuery: SummaryQuery<Params, { n: number }> = {
  kind: 'siteSummary',
  operation: 'test.summary',
  version: 3,
  params: z.strictObject({ factor: z.number() }),
  value: z.strictObject({ n: z.int() }),
  local: () => ({ n: 0 }),
};

const vector = (...values: number[]): SiteAnswer => ({
  state: 'released',
  bytes: wordBytes(encodeFixedPoint(Float64Array.from(values), statisticWords, 'test.sum@1')),
});
const summary = (value: unknown): SiteAnswer => ({ state: 'released', bytes: packSummary(value as Packable) });

/** Answers by site; remembers what it was asked. */
class ScriptedExchange implements Exchange {
  readonly asked: RoundRequest[] = [];
  constructor(private readonly answer: (request: RoundRequest) => Iterable<readonly [SiteId, SiteAnswer]>) {}
  ask(request: RoundRequest): Promise<ReadonlyMap<SiteId, SiteAnswer>> {
    this.asked.push(request);
    return Promise.resolve(new Map(this.answer(request)));
  }
}

const vectors: readonly (readonly [SiteId, SiteAnswer])[] = [
  [H1, vector(0.1, 1)],
  [H2, vector(0.2, -4)],
  [H3, vector(2 ** -60, 0.5)],
];
const answering = (list: readonly (readonly [SiteId, SiteAnswer])[]) => new ScriptedExchange(() => list);
const summariesOfN = (...sites: SiteId[]) => sites.map((site, k) => [site, summary({ n: 10 + k })] as const);

/** A small program: two sums and a summary, the second sum asking with the result of the first. */
async function program(federation: RoundFederation) {
  const first = await federation.sum(sumQuery, { factor: 1 }, scope);
  const bySite = await federation.summaries(summaryQuery, { factor: first.value[0] as number }, scope);
  const second = await federation.sum(sumQuery, { factor: 2 }, scope);
  return { first, bySite: [...bySite], second };
}

const mixedExchange = () => new ScriptedExchange(({ query }) => (query.kind === 'sum' ? vectors : summariesOfN(H1, H2, H3)));

describe('RoundFederation', () => {
  it('adds answers exactly and reads the total by its query', async () => {
    const total = await new RoundFederation(answering(vectors), new MemoryJournal()).sum(sumQuery, { factor: 2 }, scope);
    expect(total).toEqual({ value: [2 * (0.1 + 0.2 + 2 ** -60), -5], round: 1 });
  });

  it('learns the same bits in whatever order sites answer', async () => {
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ];
    const journals = orders.map(() => new MemoryJournal());
    for (const [k, order] of orders.entries()) {
      await new RoundFederation(answering(order.map((i) => vectors[i] as (typeof vectors)[number])), journals[k] as MemoryJournal).sum(
        sumQuery,
        { factor: 2 },
        scope,
      );
    }
    const [first, ...rest] = await Promise.all(journals.map((journal) => journal.find(1)));
    for (const other of rest) expect(other).toEqual(first);
  });

  it('asks once per round, rounds counted from 1, each named by the hash of its request', async () => {
    const exchange = mixedExchange();
    await program(new RoundFederation(exchange, new MemoryJournal()));
    expect(exchange.asked.map((request) => request.round)).toEqual([1, 2, 3]);
    for (const { query, params, scope: asked, hash } of exchange.asked) expect(hash).toBe(requestHash({ query, params, scope: asked }));
  });

  it('gives summaries in the order of the scope', async () => {
    const exchange = answering(summariesOfN(H3, H1, H2));
    const bySite = await new RoundFederation(exchange, new MemoryJournal()).summaries(summaryQuery, { factor: 1 }, scope);
    expect([...bySite]).toEqual([
      [H1, { n: 11 }],
      [H2, { n: 12 }],
      [H3, { n: 10 }],
    ]);
  });

  it('ignores answers of sites outside the scope', async () => {
    const stranger = parseSiteId('X');
    const exchange = answering([...vectors, [stranger, vector(1000, 1000)]]);
    expect((await new RoundFederation(exchange, new MemoryJournal()).sum(sumQuery, { factor: 1 }, scope)).value[1]).toBe(-2.5);
  });
});

describe('the journal', () => {
  it('answers a program that runs again, to the bit and without a question', async () => {
    const journal = new MemoryJournal();
    const once = await program(new RoundFederation(mixedExchange(), journal));
    const silent = answering([]);
    expect(await program(new RoundFederation(silent, journal))).toEqual(once);
    expect(silent.asked).toEqual([]);
  });

  it.each([0, 1, 2, 3])('continues at the first missing round after a crash with %i rounds committed', async (committed) => {
    const whole = await program(new RoundFederation(mixedExchange(), new MemoryJournal()));
    const journal = new MemoryJournal();
    const dies: RunJournal = {
      find: (round) => journal.find(round),
      commit: (round, hash, result) => (round > committed ? Promise.reject(new Error('killed')) : journal.commit(round, hash, result)),
    };
    if (committed < 3) await expect(program(new RoundFederation(mixedExchange(), dies))).rejects.toThrow('killed');
    else await program(new RoundFederation(mixedExchange(), dies));
    const exchange = mixedExchange();
    expect(await program(new RoundFederation(exchange, journal))).toEqual(whole);
    expect(exchange.asked.map(({ round }) => round)).toEqual([1, 2, 3].slice(committed));
  });

  it('is durable before the program learns the total', async () => {
    const log: string[] = [];
    const journal: RunJournal = {
      find: () => Promise.resolve(undefined),
      commit: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push('committed');
      },
    };
    await new RoundFederation(answering(vectors), journal).sum(sumQuery, { factor: 1 }, scope);
    log.push('learned');
    expect(log).toEqual(['committed', 'learned']);
  });

  const asked = async (params: Params, query = sumQuery, sites = scope) => {
    const journal = new MemoryJournal();
    await new RoundFederation(answering(vectors), journal).sum(sumQuery, { factor: 1 }, scope);
    return new RoundFederation(answering(vectors), journal).sum(query, params, sites);
  };

  it.each<[string, () => Promise<unknown>]>([
    ['other parameters', () => asked({ factor: 1.0000000000000002 })],
    ['another version', () => asked({ factor: 1 }, { ...sumQuery, version: 2 })],
    ['another operation', () => asked({ factor: 1 }, { ...sumQuery, operation: 'test.other' })],
    ['other sites', () => asked({ factor: 1 }, sumQuery, { ...scope, sites: [H1, H2] })],
    ['another scope', () => asked({ factor: 1 }, sumQuery, { ...scope, name: 'all' })],
  ])('refuses a replay that asks with %s', async (_, replay) => {
    await expect(replay()).rejects.toMatchObject({ code: 'FEDERATION.REPLAY_DIFFERS', params: { round: 1 } });
  });

  it('that holds a result of another length is refused', async () => {
    const journal = new MemoryJournal();
    await journal.commit(1, requestHash({ query: sumQuery, params: { factor: 1 }, scope }), new Uint8Array(31));
    await expect(new RoundFederation(answering([]), journal).sum(sumQuery, { factor: 1 }, scope)).rejects.toMatchObject({
      code: 'FEDERATION.BAD_LENGTH',
    });
  });
});

describe('what goes wrong', () => {
  const failing = (list: readonly (readonly [SiteId, SiteAnswer])[]) => {
    const journal = new MemoryJournal();
    return { journal, federation: new RoundFederation(answering(list), journal) };
  };

  it('a site that withholds ends the round with its reason, and nothing is committed', async () => {
    const { federation, journal } = failing([...vectors.slice(0, 2), [H3, { state: 'withheld', reason: 'belowMinCount' }]]);
    await expect(federation.sum(sumQuery, { factor: 1 }, scope)).rejects.toMatchObject({
      code: 'FEDERATION.WITHHELD',
      params: { site: 'H3', operation: 'test.sum@1', round: 1, reason: 'belowMinCount' },
    });
    expect(await journal.find(1)).toBeUndefined();
  });

  it('a site without an answer ends the round: no total is opened over fewer sites than the scope', async () => {
    const { federation, journal } = failing(vectors.slice(0, 2));
    await expect(federation.sum(sumQuery, { factor: 1 }, scope)).rejects.toMatchObject({
      code: 'FEDERATION.WITHHELD',
      params: { site: 'H3', reason: 'no answer' },
    });
    expect(await journal.find(1)).toBeUndefined();
  });

  it('a vector of another length names its site', async () => {
    const { federation } = failing([...vectors.slice(0, 2), [H3, vector(1, 2, 3)]]);
    await expect(federation.sum(sumQuery, { factor: 1 }, scope)).rejects.toMatchObject({
      code: 'FEDERATION.BAD_LENGTH',
      params: { site: 'H3', actual: 48, expected: 32 },
    });
  });

  it.each<[string, unknown, string]>([
    ['a missing member', {}, 'n'],
    ['a wrong type', { n: 'secret' }, 'n'],
    ['a member too many', { n: 1, participants: ['secret'] }, '(root)'],
  ])('a summary with %s names site and place, and shows nothing of it', async (_, value, path) => {
    const { federation, journal } = failing([
      [H1, summary({ n: 1 })],
      [H2, summary(value)],
      [H3, summary({ n: 1 })],
    ]);
    const failure: unknown = await federation.summaries(summaryQuery, { factor: 1 }, scope).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'FEDERATION.BAD_ANSWER', params: { site: 'H2', operation: 'test.summary@3', round: 1, path } });
    expect(String(failure)).not.toContain('secret');
    expect(await journal.find(1)).toBeUndefined();
  });

  it('bytes that are no packed value are refused', async () => {
    const { federation } = failing([[H1, { state: 'released', bytes: Uint8Array.of(1, 2, 3) }], ...summariesOfN(H2, H3)]);
    await expect(federation.summaries(summaryQuery, { factor: 1 }, scope)).rejects.toMatchObject({ code: 'KERNEL.NOT_CANONICAL' });
  });

  it('a second question before the first has ended is refused, whichever verb', async () => {
    const open: ((answers: ReadonlyMap<SiteId, SiteAnswer>) => void)[] = [];
    const exchange: Exchange = { ask: () => new Promise((resolve) => open.push(resolve)) };
    const federation = new RoundFederation(exchange, new MemoryJournal());
    const first = federation.sum(sumQuery, { factor: 1 }, scope);
    await expect(federation.sum(sumQuery, { factor: 1 }, scope)).rejects.toMatchObject({ code: 'FEDERATION.CONCURRENT_SUM' });
    await expect(federation.summaries(summaryQuery, { factor: 1 }, scope)).rejects.toMatchObject({ code: 'FEDERATION.CONCURRENT_SUM' });
    expect(open.length).toBe(1);
    open[0]?.(new Map(vectors));
    expect((await first).round).toBe(1);
    // A refused question is no round.
    const second = federation.sum(sumQuery, { factor: 1 }, scope);
    await new Promise((resolve) => setTimeout(resolve, 1));
    open[1]?.(new Map(vectors));
    expect((await second).round).toBe(2);
  });
});

describe('frozen parts', () => {
  it('make a request another one when their content differs, and the same when it is equal', () => {
    const query: SumQuery<unknown, unknown> = { ...sumQuery, params: z.unknown() } as never;
    const hash = (content: Json): Sha256 => requestHash({ query, params: { recipe: new Frozen(content) }, scope });
    expect(hash({ a: 1, b: 2 })).toBe(hash({ b: 2, a: 1 }));
    expect(hash({ a: 1 })).not.toBe(hash({ a: 2 }));
  });

  it('stay named by hash in the journal of the program', () => {
    const recipe = new Frozen<Packable>({ a: Float64Array.of(1) });
    expect(unpack(pack({ recipe }), () => recipe.bytes)).toEqual({ recipe });
  });
});
