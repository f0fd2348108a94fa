import { pack, parseSiteId } from '@cohortium/kernel';
import type { Packable, Sha256, SiteId } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Federation } from '../federation.js';
import { countWords, encodeFixedPoint, statisticWords, wordBytes } from '../fixed-point.js';
import type { RosterScope, SumQuery, SummaryQuery } from '../query.js';
import type { RoundRequest } from '../rounds.js';
import { packSummary } from '../size-class.js';
import { requestHash } from '../site-answer.js';
import { chainHead, chainNext, chainStart } from './chain.js';
import type { PublishedTotal } from './chain.js';
import { flawOfTotal } from './check-total.js';
import { RunReplay } from './replay.js';

const [H1, H2] = ['H1', 'H2'].map(parseSiteId) as [SiteId, SiteId];
const scope: RosterScope = { name: 'training', sites: [H1, H2] };

interface Params {
  readonly at: number;
}
const params = z.strictObject({ at: z.number() });
const moments: SumQuery<Params, number> = {
  kind: 'sum',
  operation: 'test.moments',
  version: 1,
  words: statisticWords,
  params,
  length: () => 2,
  neverNegative: () => [1],
  local: () => new Float64Array(2),
  read: (total) => (total[0] as number) / (total[1] as number),
};
const counts: SumQuery<Params, Float64Array> = {
  ...moments,
  operation: 'test.counts',
  words: countWords,
  read: (total: Float64Array) => total,
} as unknown as SumQuery<Params, Float64Array>;
const verdict: SummaryQuery<Params, { n: number }> = {
  kind: 'siteSummary',
  operation: 'test.verdict',
  version: 1,
  params,
  value: z.strictObject({ n: z.int() }),
  local: () => ({ n: 0 }),
};

const vector = (query: SumQuery<Params, unknown>, ...values: number[]) =>
  wordBytes(encodeFixedPoint(Float64Array.from(values), query.words, query.operation));
const summaries = (values: Record<string, unknown>) => pack(values as Packable);
const asked = (query: RoundRequest['query'], at: number, round = 1): RoundRequest => {
  const request = { query, params: { at }, scope };
  return { round, ...request, hash: requestHash(request) };
};

/** Asks who takes part, then sums at a place, then at the place that the sum named; ends with it. */
const program = async (federation: Federation): Promise<number> => {
  const sites = await federation.summaries(verdict, { at: 0 }, scope);
  const first = await federation.sum(moments, { at: sites.get(H1)?.n ?? 0 }, scope);
  const second = await federation.sum(moments, { at: first.value }, scope);
  return second.value;
};
const totals: readonly PublishedTotal[] = [
  { round: 1, requestHash: asked(verdict, 0).hash, result: summaries({ H1: { n: 7 }, H2: { n: 9 } }) },
  { round: 2, requestHash: asked(moments, 7).hash, result: vector(moments, 10, 4) },
  { round: 3, requestHash: asked(moments, 2.5).hash, result: vector(moments, 1, 1) },
];

describe('the replay of a program', () => {
  it('stands still at each round with the one request that follows, and ends with the program', async () => {
    const replay = new RunReplay(program);
    for (const total of totals) {
      expect(await replay.point()).toMatchObject({ state: 'asks', request: { round: total.round, hash: total.requestHash } });
      await replay.learn(total);
    }
    expect(await replay.point()).toEqual({ state: 'ended' });
    expect(await replay.learn(totals[0] as PublishedTotal)).toEqual({ state: 'ended' });
  });

  it('asks something else when it was told something else', async () => {
    const replay = new RunReplay(program);
    await replay.learn(totals[0] as PublishedTotal);
    const point = await replay.learn({ ...(totals[1] as PublishedTotal), result: vector(moments, 11, 4) });
    expect(point).toMatchObject({ state: 'asks', request: { round: 3, hash: asked(moments, 2.75).hash } });
  });

  it.each<[string, Partial<PublishedTotal>, string]>([
    ['of another request', { requestHash: asked(moments, 1).hash }, 'FEDERATION.REPLAY_DIFFERS'],
    ['of a later round', { round: 2 }, 'FEDERATION.REPLAY_DIFFERS'],
    ['of another form', { result: Uint8Array.of(1, 2, 3) }, 'FEDERATION.IMPOSSIBLE_TOTAL'],
  ])('ends for good at a total %s', async (_, change, code) => {
    const replay = new RunReplay(program);
    const failed = await replay.learn({ ...(totals[0] as PublishedTotal), ...change });
    expect(failed).toMatchObject({ state: 'failed', error: { code } });
    expect(await replay.learn(totals[0] as PublishedTotal)).toBe(failed);
    expect(await replay.point()).toBe(failed);
  });

  it('fails where the program fails', async () => {
    const replay = new RunReplay(() => Promise.reject(new RangeError('a defect')));
    expect(await replay.point()).toMatchObject({ state: 'failed', error: { message: 'a defect' } });
  });
});

describe('the check of a total', () => {
  const own = (bytes: Uint8Array, site = H1) => ({ site, bytes });

  it('holds sums to their length and to what a site alone has counted', () => {
    const request = asked(counts as never, 0);
    expect(flawOfTotal(request, vector(counts, 5, 5), own(vector(counts, 5, 4)))).toBeUndefined();
    expect(flawOfTotal(request, vector(counts, 5, 3), own(vector(counts, 5, 4)))).toBe('belowOwnContribution');
    // Without a contribution of its own a site knows nothing of counts.
    expect(flawOfTotal(request, vector(counts, 5, 3), undefined)).toBeUndefined();
    expect(flawOfTotal(request, vector(counts, 5), undefined)).toBe('form');
  });

  it('holds other sums to the elements that cannot be negative', () => {
    const request = asked(moments, 0);
    expect(flawOfTotal(request, vector(moments, -80, 2.5), own(vector(moments, 3, 2.5)))).toBeUndefined();
    expect(flawOfTotal(request, vector(moments, 80, 2.25), own(vector(moments, 3, 2.5)))).toBe('belowOwnContribution');
  });

  it('holds summaries to their sites, their form and what the site has said itself', () => {
    const request = asked(verdict, 0);
    const flaw = (values: Record<string, unknown>) => flawOfTotal(request, summaries(values), own(packSummary({ n: 7 })));
    expect(flaw({ H1: { n: 7 }, H2: { n: 9 } })).toBeUndefined();
    expect(flaw({ H1: { n: 8 }, H2: { n: 9 } })).toBe('ownSummaryDiffers');
    expect(flaw({ H1: { n: 7 } })).toBe('form');
    expect(flaw({ H1: { n: 7 }, H3: { n: 9 } })).toBe('form');
    expect(flaw({ H1: { n: 7 }, H2: { n: 'nine' } })).toBe('form');
    expect(flaw({ H1: { n: 7 }, H2: { n: 9 }, H4: { n: 1 } })).toBe('form');
  });

  it('calls bytes that nobody can read a flaw, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(verdict, moments, counts as never), (bytes, query) => {
        const flaw = flawOfTotal(asked(query, 0), bytes, own(bytes));
        expect(flaw === undefined || ['form', 'belowOwnContribution', 'ownSummaryDiffers'].includes(flaw)).toBe(true);
        if (query.kind === 'siteSummary') expect(flaw).toBe('form');
      }),
    );
  });
});

describe('the chain of totals', () => {
  const protocol = 'a'.repeat(64);

  it('has the same head after the same totals, and another one after any other history', () => {
    const head = chainHead('r1', protocol, totals);
    expect(head).toBe(totals.reduce((previous: Sha256, total) => chainNext(previous, total), chainStart('r1', protocol)));
    expect(chainHead('r2', protocol, totals)).not.toBe(head);
    expect(chainHead('r1', 'b'.repeat(64), totals)).not.toBe(head);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.constantFrom('drop', 'bit', 'request', 'repeat'), (at, change) => {
        const [total] = totals.slice(at) as [PublishedTotal];
        const flipped = total.result.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
        const others: Record<string, PublishedTotal[]> = {
          drop: [],
          bit: [{ ...total, result: flipped }],
          request: [{ ...total, requestHash: 'c'.repeat(64) as Sha256 }],
          repeat: [total, total],
        };
        expect(
          chainHead('r1', protocol, [...totals.slice(0, at), ...(others[change] as PublishedTotal[]), ...totals.slice(at + 1)]),
        ).not.toBe(head);
      }),
    );
  });
});
