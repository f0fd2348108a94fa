import { MemoryJournal, PooledFederation, countWords, simulatedFederation, statisticWords, wideWords } from '@cohortium/federation';
import type { Gate, ReleaseHistory, SimulatedSite, SumQuery, SummaryQuery } from '@cohortium/federation';
import { Frozen, parseSiteId } from '@cohortium/kernel';
import type { Packable, SiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { openGate, pooledFederationOf, rowsFromTable, scopeOf, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const numRuns = Math.max(1, Math.round(40 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));

type Params = { readonly power: number; readonly weights: Frozen<Packable> };
const params = z.strictObject({ power: z.int(), weights: z.instanceof(Frozen) }) as never;

/** Sum of weighted powers by feature, from a frozen vector of weights. */
function powers(words: SumQuery<Params, number[]>['words']): SumQuery<Params, number[]> {
  return {
    kind: 'sum',
    operation: 'test.powers',
    version: 1,
    words,
    params,
    length: ({ weights }) => (weights.value as Float64Array).length,
    local: (rows, { power, weights }) => {
      const own = weights.value as Float64Array;
      const out = new Float64Array(own.length);
      rows.features.forEach((x, k) => (out[k % own.length]! += (own[k % own.length] as number) * x ** power));
      return out;
    },
    read: (total) => [...total],
  };
}
const mean: SummaryQuery<Params, { n: number; mean: number }> = {
  kind: 'siteSummary',
  operation: 'test.mean',
  version: 1,
  params,
  value: z.strictObject({ n: z.int(), mean: z.number() }),
  local: (rows) => ({ n: rows.rowCount, mean: rows.features.reduce((sum, x) => sum + x, 0) / rows.features.length }),
};

function madeTable(seed: number, sizes: readonly number[]): TestTable {
  const random = new SeededRandom(seed);
  const site = sizes.flatMap((size, s) => new Array<string>(size).fill(`S${s + 1}`));
  return { site, features: { names: ['a', 'b', 'c'], values: Float64Array.from({ length: 3 * site.length }, () => random.normal()) } };
}
const asked = (power = 2): Params => ({ power, weights: new Frozen<Packable>(Float64Array.of(1, -0.5, 1e-3)) });

describe('pooled and simulated federations', () => {
  const tables = fc.tuple(fc.nat(), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 9 }));

  it('give the same sums to the rounding of doubles', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.constantFrom(statisticWords, wideWords), async ([seed, sizes], words) => {
        const table = madeTable(seed, sizes);
        const { value: found } = await simulatedFederationOf(table).sum(powers(words), asked(), scopeOf(table));
        const { value: expected } = await pooledFederationOf(table).sum(powers(words), asked(), scopeOf(table));
        found.forEach((x, j) => expect(Math.abs(x - (expected[j] as number))).toBeLessThan(1e-12));
      }),
      { numRuns },
    );
  });

  it('give the same summaries to the bit', async () => {
    const table = madeTable(1, [4, 7, 5]);
    const found = await simulatedFederationOf(table).summaries(mean, asked(), scopeOf(table));
    expect([...found]).toEqual([...(await pooledFederationOf(table).summaries(mean, asked(), scopeOf(table)))]);
    expect([...found.keys()]).toEqual(['S1', 'S2', 'S3']);
  });

  it('number their rounds alike', async () => {
    const table = madeTable(2, [3, 3]);
    for (const federation of [simulatedFederationOf(table), pooledFederationOf(table)]) {
      const rounds = [];
      rounds.push((await federation.sum(powers(wideWords), asked(), scopeOf(table))).round);
      await federation.summaries(mean, asked(), scopeOf(table));
      rounds.push((await federation.sum(powers(wideWords), asked(3), scopeOf(table))).round);
      expect(rounds).toEqual([1, 3]);
    }
  });

  it('refuse the same parameters', async () => {
    const table = madeTable(3, [3, 3]);
    for (const federation of [simulatedFederationOf(table), pooledFederationOf(table)]) {
      await expect(federation.sum(powers(wideWords), { ...asked(), power: 1.5 }, scopeOf(table))).rejects.toMatchObject({
        code: 'FEDERATION.BAD_PARAMS',
        params: { operation: 'test.powers@1', path: 'power' },
      });
    }
  });

  it('of sites in another order are the same bits', async () => {
    const table = madeTable(4, [9, 8, 7, 6]);
    const scope = scopeOf(table);
    const { value } = await simulatedFederationOf(table).sum(powers(statisticWords), asked(), scope);
    for (const order of [
      [3, 2, 1, 0],
      [1, 3, 0, 2],
    ]) {
      const sites = order.map((k) => scope.sites[k] as SiteId);
      expect((await simulatedFederationOf(table).sum(powers(statisticWords), asked(), { ...scope, sites })).value).toEqual(value);
    }
  });
});

describe('the simulated federation', () => {
  const table = madeTable(5, [4, 4, 4]);

  it('tells its observer every answer, and sends a frozen part once for all sites', async () => {
    const seen: string[] = [];
    const federation = simulatedFederationOf(table, (site, request, answer) => seen.push(`${site} ${request.round} ${answer.state}`));
    await federation.sum(powers(statisticWords), asked(), scopeOf(table));
    await federation.summaries(mean, asked(), scopeOf(table));
    expect(seen).toEqual(['S1 1 released', 'S2 1 released', 'S3 1 released', 'S1 2 released', 'S2 2 released', 'S3 2 released']);
  });

  it('ends a round with the reason of the site whose gate withholds', async () => {
    const shut: Gate = { decide: () => ({ state: 'withheld', reason: 'belowMinCount', clauseId: null }) };
    const history: ReleaseHistory = { find: () => undefined, countInRun: () => 0 };
    const sites = scopeOf(table).sites.map((site): [SiteId, SimulatedSite] => [
      site,
      { rows: rowsFromTable(tableOfSites(table, [site])), gate: site === 'S2' ? shut : openGate, history },
    ]);
    const failing = simulatedFederation(new Map(sites), new MemoryJournal());
    await expect(failing.sum(powers(wideWords), asked(), scopeOf(table))).rejects.toMatchObject({
      code: 'FEDERATION.WITHHELD',
      params: { site: 'S2', reason: 'belowMinCount' },
    });
    await expect(
      simulatedFederation(new Map(sites.slice(1)), new MemoryJournal()).summaries(mean, asked(), scopeOf(table)),
    ).rejects.toMatchObject({
      code: 'FEDERATION.WITHHELD',
      params: { site: 'S1', reason: 'no answer' },
    });
  });

  it('refuses a count that is none', async () => {
    await expect(simulatedFederationOf(table).sum(powers(countWords), asked(), scopeOf(table))).rejects.toMatchObject({
      code: 'FEDERATION.NOT_A_COUNT',
    });
  });
});

describe('the pooled federation', () => {
  const table = madeTable(6, [4, 4]);
  const history: ReleaseHistory = { find: () => undefined, countInRun: () => 0 };
  const gated = (gate: Gate) =>
    new PooledFederation(
      (sites) => rowsFromTable(tableOfSites(table, sites)),
      new Map(scopeOf(table).sites.map((site) => [site, { gate, history }])),
    );

  it('sends summaries through the gates it is given, and sums through none', async () => {
    const shut: Gate = { decide: () => ({ state: 'withheld', reason: 'tooLarge', clauseId: 'x' }) };
    await expect(gated(shut).summaries(mean, asked(), scopeOf(table))).rejects.toMatchObject({
      code: 'FEDERATION.WITHHELD',
      params: { site: 'S1', operation: 'test.mean@1', reason: 'tooLarge' },
    });
    expect((await gated(shut).sum(powers(wideWords), asked(), scopeOf(table))).round).toBe(1);
  });

  it('asks its gates about one site at a time', async () => {
    const drafts: { site: SiteId; participantCount: number }[] = [];
    const noting: Gate = { decide: (draft, given) => (drafts.push(draft), openGate.decide(draft, given)) };
    await gated(noting).summaries(mean, asked(), scopeOf(table));
    expect(drafts.map(({ site, participantCount }) => [site, participantCount])).toEqual([
      [parseSiteId('S1'), 4],
      [parseSiteId('S2'), 4],
    ]);
  });
});
