import type { SiteId } from '@cohortium/kernel';
import { MaskedSites, plainTotal, testSum, testVectors } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thresholdOf } from './scope.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);

/** How many sites, a vector shape, an order, and who is away when. */
const cases = fc
  .record({
    siteCount: fc.integer({ min: 3, max: 20 }),
    limbs: fc.constantFrom(2, 4, 8),
    length: fc.integer({ min: 1, max: 40 }),
    seed: fc.string({ minLength: 1, maxLength: 8 }),
  })
  .chain((shape) => {
    const places = Array.from({ length: shape.siteCount }, (_, i) => i);
    const spare = shape.siteCount - thresholdOf(shape.siteCount);
    return fc.record({
      shape: fc.constant(shape),
      order: fc.shuffledSubarray(places, { minLength: places.length }),
      away: fc.shuffledSubarray(places, { maxLength: spare }),
      splitAt: fc.nat({ max: spare }),
    });
  });

describe('a masked sum', () => {
  it('equals the plain integer total to the bit, in every order, over 3 to 20 sites', () => {
    fc.assert(
      fc.property(cases, ({ shape, order }) => {
        const harness = new MaskedSites({ ...shape, setCount: 1 }).ready();
        const sum = testSum(shape);
        const vectors = testVectors(harness.ids, sum, harness.random);
        const ordered = new Map(order.map((place) => harness.ids[place] as SiteId).map((id) => [id, vectors.get(id) as Uint8Array]));
        const { total, frames } = harness.sum(sum, ordered);
        expect(total).toEqual(plainTotal(sum, vectors));
        for (const id of harness.ids) expect(frames.get(id)).not.toEqual(vectors.get(id));
      }),
      { numRuns: Math.ceil(12 * scale) },
    );
  });

  it('of a partial roster equals the total of the survivors, whoever is away within the threshold, at whatever stage', () => {
    fc.assert(
      fc.property(cases, ({ shape, order, away, splitAt }) => {
        const harness = new MaskedSites({ ...shape, setCount: 1, throughJson: true }).ready();
        const sum = testSum({ ...shape, roster: 'partial' });
        const vectors = testVectors(harness.ids, sum, harness.random);
        const ordered = new Map(order.map((place) => harness.ids[place] as SiteId).map((id) => [id, vectors.get(id) as Uint8Array]));
        const [dropped, silent] = [away.slice(0, splitAt), away.slice(splitAt)].map((places) =>
          places.map((i) => harness.ids[i] as SiteId),
        );
        const { total } = harness.sum(sum, ordered, { dropped, silent });
        const survivors = new Map([...vectors].filter(([id]) => !dropped?.includes(id)));
        expect(total).toEqual(plainTotal(sum, survivors));
      }),
      { numRuns: Math.ceil(12 * scale) },
    );
  });

  it('survives a restart of every process between any two steps, and retries under the next key set', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 3 }), ({ shape, order }, attempts) => {
        const harness = new MaskedSites({ ...shape, setCount: attempts, throughJson: true }).ready();
        const vectors = testVectors(harness.ids, testSum(shape), harness.random);
        const seen = new Set<string>();
        for (let attempt = 1; attempt < attempts; attempt++) {
          // Some sites answer, then the attempt ends without being unmasked.
          const sum = testSum({ ...shape, set: attempt, attempt });
          for (const place of order.slice(1)) {
            const id = harness.ids[place] as SiteId;
            seen.add(Buffer.from(harness.mask(id, sum, vectors.get(id) as Uint8Array).frame).toString('hex'));
          }
        }
        const { total, frames } = harness.sum(testSum({ ...shape, set: attempts, attempt: attempts }), vectors);
        expect(total).toEqual(plainTotal(testSum(shape), vectors));
        // The same vector under fresh keys is another frame.
        for (const frame of frames.values()) expect(seen.has(Buffer.from(frame).toString('hex'))).toBe(false);
      }),
      { numRuns: Math.ceil(6 * scale) },
    );
  });

  it('makes the same frame when the same is asked again, also after a restart', () => {
    const harness = new MaskedSites({ siteCount: 4, throughJson: true }).ready();
    const sum = testSum();
    const vectors = testVectors(harness.ids, sum, harness.random);
    const id = harness.ids[0] as SiteId;
    const first = harness.mask(id, sum, vectors.get(id) as Uint8Array);
    const site = harness.site(id);
    site.sets = JSON.parse(JSON.stringify(site.sets)) as typeof site.sets;
    expect(harness.mask(id, sum, vectors.get(id) as Uint8Array)).toEqual(first);
  });

  it('leaves no secret behind once it is unmasked', () => {
    const harness = new MaskedSites({ siteCount: 4 }).ready();
    const id = harness.ids[1] as SiteId;
    const secrets = JSON.stringify(harness.setOf(id, testSum()));
    expect(secrets).toContain('maskSecret');
    harness.sum(testSum(), testVectors(harness.ids, testSum(), harness.random));
    expect(harness.setOf(id, testSum())).toEqual({ phase: 'spent', set: 1, sum: testSum() });
    expect(harness.site(id).state.channelSecret).toBe('');
  });
});

describe('threshold', () => {
  it.each([
    [3, 3],
    [4, 3],
    [5, 4],
    [8, 6],
    [10, 7],
    [20, 14],
  ])('of %i sites is %i', (sites, threshold) => {
    expect(thresholdOf(sites)).toBe(threshold);
    // Two survivor sets cannot both find enough shares, even with the help of a third of the sites.
    expect(2 * threshold).toBeGreaterThan(sites + Math.ceil(sites / 3) - 1);
  });
});
