import { addFixedPoint, countWords, decodeFixedPoint, encodeFixedPoint, wordBytes } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { addMasked, addReply, collectSum, openSecrets, remainingMasks, unmaskRequest } from '@cohortium/privacy';
import type { CollectedSum, SumBinding } from '@cohortium/privacy';
import { MaskedSites, plainTotal, testSum, testVectors, totalOf } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMaskedByAll } from './colluding-peers.js';
import { difference, foldedStream, unboundFrames, wordsIn } from './naive-aggregation.js';

const zeros = (harness: MaskedSites, sum: SumBinding) => new Map(harness.ids.map((id) => [id, new Uint8Array(4 * sum.limbs * sum.length)]));

/** Pearson's statistic of byte values; 255 degrees of freedom, mean 255, SD sqrt(510) = 22.6. */
function chiSquared(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] as number) + 1;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Six standard deviations on both sides: a uniform stream leaves it about once in 10^8 times. */
const [leastChi, mostChi] = [255 - 6 * 22.6, 255 + 6 * 22.6];

describe('masked vectors', () => {
  const harness = new MaskedSites({ siteCount: 4, setCount: 2 }).ready();
  const sum = testSum({ length: 20_000, limbs: 2 });
  const { frames } = addMaskedByAll(harness, sum, zeros(harness, sum));

  it('are uniform, although the vectors are all zeros', () => {
    for (const frame of frames.values()) {
      expect(chiSquared(frame)).toBeGreaterThan(leastChi);
      expect(chiSquared(frame)).toBeLessThan(mostChi);
      // Each bit of the word, the sign bit included, is one half the time: 20 000 draws have an SD of 70.7.
      for (let bit = 0; bit < 64; bit++) {
        let ones = 0;
        for (let at = 0; at < frame.length; at += 8) ones += ((frame[at + (bit >> 3)] as number) >> (bit & 7)) & 1;
        expect(Math.abs(ones - 10_000)).toBeLessThan(6 * 70.7);
      }
    }
  });

  it('are independent of each other and of what they hide: bytes differ uniformly too', () => {
    const [a, b] = [...frames.values()] as [Uint8Array, Uint8Array];
    const xored = a.map((byte, i) => byte ^ (b[i] as number));
    expect(chiSquared(xored)).toBeLessThan(mostChi);
    // The test notices what is not uniform: the vector of zeros, and a vector of small counts.
    expect(chiSquared(new Uint8Array(160_000))).toBeGreaterThan(mostChi);
    expect(
      chiSquared(
        wordBytes(
          encodeFixedPoint(
            Float64Array.from({ length: 20_000 }, (_, i) => i % 300),
            countWords,
            't',
          ),
        ),
      ),
    ).toBeGreaterThan(mostChi);
  });

  it('are all that leaves: a statement has no field that data could move, but the hash of the frame', () => {
    const { statement } = harness.mask(
      harness.ids[0] as SiteId,
      { ...sum, set: 2, round: 2 },
      zeros(harness, sum).get(harness.ids[0] as SiteId) as Uint8Array,
    );
    expect(Object.keys(statement).sort()).toEqual(['frameSha256', 'signature', 'site']);
  });
});

describe('one mask for several vectors', () => {
  it('works where masks belong to pairs of sites: the difference of two frames is that of two vectors', () => {
    const harness = new MaskedSites({ siteCount: 3 });
    const sum = testSum();
    const [weights, extra] = [testVectors(harness.ids, sum, harness.random), testVectors(harness.ids, sum, harness.random)];
    const [a, b] = [unboundFrames(sum, weights), unboundFrames(sum, extra)];
    for (const id of harness.ids) {
      const own = (vectors: ReadonlyMap<SiteId, Uint8Array>) => wordsIn(vectors.get(id) as Uint8Array);
      expect(difference(own(a), own(b), sum)).toEqual(difference(own(weights), own(extra), sum));
    }
  });

  it('fails here: rounds, attempts, vectors and requests have masks of their own, even under one key set', () => {
    const vectorsDiffer: readonly Partial<SumBinding>[] = [
      { round: 2 },
      { attempt: 2 },
      { vectorId: 'second' },
      { requestHash: sha256('another') },
      { set: 2 },
      { roster: 'partial' },
    ];
    for (const over of vectorsDiffer) {
      // Two cohorts of the same secrets: as if a site had been rolled back to the state before it masked.
      const [before, after] = [new MaskedSites({ siteCount: 3 }).ready(), new MaskedSites({ siteCount: 3 }).ready()];
      const [sum, other] = [testSum(), testSum(over)];
      const [one, two] = [testVectors(before.ids, sum, before.random), testVectors(before.ids, sum, before.random)];
      const id = before.ids[0] as SiteId;
      const first = wordsIn(before.mask(id, sum, one.get(id) as Uint8Array).frame);
      const second = wordsIn(after.mask(id, other, two.get(id) as Uint8Array).frame);
      const truth = difference(wordsIn(one.get(id) as Uint8Array), wordsIn(two.get(id) as Uint8Array), sum);
      expect(difference(first, second, sum)).not.toEqual(truth);
    }
  });

  it('and a key set that has masked takes no other vector, round, attempt or request', () => {
    const harness = new MaskedSites({ siteCount: 3 }).ready();
    const vectors = testVectors(harness.ids, testSum(), harness.random);
    const id = harness.ids[0] as SiteId;
    const vector = vectors.get(id) as Uint8Array;
    harness.mask(id, testSum(), vector);
    for (const over of [{ round: 2 }, { attempt: 2 }, { vectorId: 'second' }, { requestHash: sha256('another') }])
      expect(() => harness.mask(id, testSum(over), vector)).toThrow('boundToAnotherSum');
    expect(() => harness.mask(id, testSum(), vectors.get(harness.ids[1] as SiteId) as Uint8Array)).toThrow('boundToAnotherVector');
    // A known constant under a used mask would give the mask away.
    expect(() => harness.mask(id, testSum({ vectorId: 'validation' }), new Uint8Array(64))).toThrow('boundToAnotherSum');
  });
});

describe('A5: different parameters to different sites', () => {
  /** What a site would send on a model: the victim's true vector, or nothing, under a model made to silence it. */
  const suppressed = (harness: MaskedSites, sum: SumBinding) => {
    const vectors = testVectors(harness.ids, sum, harness.random);
    const victim = harness.ids[0] as SiteId;
    return {
      victim,
      vectors: new Map(harness.ids.map((id) => [id, id === victim ? (vectors.get(id) as Uint8Array) : new Uint8Array(64)])),
    };
  };

  it('work where masks do not know what was asked: the total is the vector of one site', () => {
    const harness = new MaskedSites({ siteCount: 5 });
    const { victim, vectors } = suppressed(harness, testSum());
    expect(plainTotal(testSum(), unboundFrames(testSum(), vectors))).toEqual(wordsIn(vectors.get(victim) as Uint8Array));
  });

  it('leave noise here, and no site unmasks it', () => {
    const harness = new MaskedSites({ siteCount: 5 }).ready();
    const [model, silencing] = [testSum(), testSum({ requestHash: sha256('silencing model') })];
    const { victim, vectors } = suppressed(harness, model);
    const sumOf = (id: SiteId) => (id === victim ? model : silencing);
    const sent = new Map([...vectors].map(([id, vector]) => [id, harness.mask(id, sumOf(id), vector)]));
    const statements = harness.ids.map((id) => sent.get(id)?.statement as NonNullable<ReturnType<typeof sent.get>>['statement']);
    for (const id of harness.ids)
      expect(() => harness.unmask(id, { sum: sumOf(id), statements, dropped: [], agreements: [] })).toThrow('wrongSignature');
    // Even with every selfMask seed known, what remains is pairwiseMasks that do not cancel.
    const seeds = Object.fromEntries(harness.ids.map((id) => [id, (harness.setOf(id, model) as { seed: string }).seed]));
    const frames = new Map([...sent].map(([id, { frame }]) => [id, frame]));
    const own = (which: SumBinding, ids: readonly SiteId[]) =>
      remainingMasks(harness.collected, collectSum(which), {
        seeds: Object.fromEntries(ids.map((id) => [id, seeds[id] as string])),
        maskSecrets: {},
      });
    let total = totalOf(model, frames, own(model, [victim]));
    total = difference(
      total,
      own(
        silencing,
        harness.ids.filter((id) => id !== victim),
      ),
      model,
    );
    expect(total).not.toEqual(wordsIn(vectors.get(victim) as Uint8Array));
  });
});

describe('A12: replayed, repeated and reordered messages', () => {
  it('change nothing: the first of each counts, and the total is the same', () => {
    const harness = new MaskedSites({ siteCount: 5, setCount: 1 }).ready();
    const sum = testSum();
    const scene = addMaskedByAll(harness, sum, testVectors(harness.ids, sum, harness.random));
    const replies = harness.ids.map((id) => harness.unmask(id, scene.request));
    const frames = [...scene.frames].map(([id, frame], i) => ({
      id,
      frame,
      statement: scene.state.statements[i] as CollectedSum['statements'][number],
    }));
    const truth = plainTotal(sum, scene.vectors);
    const twice = <T>(all: readonly T[]) => fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length, maxLength: 2 * all.length });
    fc.assert(
      fc.property(twice(frames), twice(replies), (masked, revealed) => {
        let state = collectSum(sum);
        for (const { statement, frame } of masked) state = addMasked(harness.collected, state, statement, frame, harness.roster);
        for (const reply of revealed) state = addReply(harness.collected, state, reply, harness.roster);
        expect(totalOf(sum, scene.frames, remainingMasks(harness.collected, state, openSecrets(harness.collected, state)))).toEqual(truth);
      }),
      { numRuns: 5 },
    );
  });

  it('of an earlier round are refused by the collector and by sites', () => {
    const harness = new MaskedSites({ siteCount: 3 }).ready();
    const [one, two] = [testSum(), testSum({ set: 2, round: 2 })];
    const first = addMaskedByAll(harness, one, testVectors(harness.ids, one, harness.random));
    const [statement] = first.state.statements;
    const frame = first.frames.get(statement?.site as SiteId) as Uint8Array;
    expect(() => addMasked(harness.collected, collectSum(two), statement as never, frame, harness.roster)).toThrow('wrongSignature');
    const replies = harness.ids.map((id) => harness.unmask(id, first.request));
    const second = addMaskedByAll(harness, two, testVectors(harness.ids, two, harness.random));
    expect(() => addReply(harness.collected, second.state, replies[0] as never, harness.roster)).toThrow('wrongSignature');
    const mixed = { ...unmaskRequest(harness.collected, second.state), statements: first.request.statements };
    expect(() => harness.unmask(harness.ids[0] as SiteId, mixed)).toThrow('wrongSignature');
  });
});

describe('pitfalls of keys and numbers', () => {
  it('a key folded to 32 bits repeats its mask for a key that is another; keys here keep their 256 bits', () => {
    const key = new Uint8Array(32).fill(7);
    const swapped = key.slice();
    swapped.set([1, 2, 3, 4], 0);
    const other = key.slice();
    other.set([1, 2, 3, 4], 4);
    expect(foldedStream(swapped, 64)).toEqual(foldedStream(other, 64));
    const frames = [swapped, other].map((seed) => {
      const harness = new MaskedSites({ siteCount: 3, seed: Buffer.from(seed).toString('hex') }).ready();
      return harness.mask(harness.ids[0] as SiteId, testSum(), new Uint8Array(64)).frame;
    });
    expect(frames[0]).not.toEqual(frames[1]);
  });

  it('seeds of different rounds have nothing in common', () => {
    const harness = new MaskedSites({ siteCount: 3, setCount: 32 }).ready();
    const seeds = harness.site(harness.ids[0] as SiteId).sets.flatMap((set) => (set.phase === 'spent' ? [] : [set.seed, set.maskSecret]));
    expect(new Set(seeds).size).toBe(64);
    const xors = new Set<string>();
    for (const a of seeds) for (const b of seeds) if (a < b) xors.add((BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(16));
    // No two pairs are linked by the same difference, as seeds made from one key and a counter are.
    expect(xors.size).toBe((64 * 63) / 2);
    for (const seed of seeds) expect(seed).not.toMatch(/(00){4}/);
  });

  it('values at the limit of a word neither wrap nor are clipped, over as many sites as there may be', () => {
    const limit = 2 ** 53;
    expect(() => encodeFixedPoint(Float64Array.of(limit), countWords, 'test')).toThrow('FEDERATION.OVERFLOW');
    const harness = new MaskedSites({ siteCount: 12, setCount: 1 }).ready();
    const sum = testSum({ length: 2 });
    const values = Float64Array.of(limit - 1, -(limit - 1));
    const vectors = new Map(harness.ids.map((id) => [id, wordBytes(encodeFixedPoint(values, countWords, 'test'))]));
    const { total } = harness.sum(sum, vectors);
    const expected = new Uint32Array(4);
    for (const vector of vectors.values()) addFixedPoint(expected, wordsIn(vector), countWords);
    expect(total).toEqual(expected);
    expect([...decodeFixedPoint(total, countWords)]).toEqual([...values].map((value) => value * 12));
  });
});
