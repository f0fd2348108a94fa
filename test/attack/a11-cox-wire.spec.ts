import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import type { AnyQuery } from '@cohortium/federation';
import { MemoryJournal, bytesToWords, columnOf, decodeFixedPoint, operationName, simulatedFederation } from '@cohortium/federation';
import type { SimulatedSite } from '@cohortium/federation';
import type { SiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { openGate } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { madeTable } from '../equivalence/methods/tables.js';
import { attackSeed } from './attack-ground.js';

// A11 (WebDISCO): sums over risk sets of a common baseline need every event time at every site. With a baseline of each site's own,
// risk sets stay there: what leaves is a likelihood, a score and an information matrix, whatever the times are.

interface WireVector {
  readonly site: SiteId;
  readonly operation: string;
  readonly params: string;
  readonly values: Float64Array;
}

/** Everything that sites send while a Cox model is fitted, decoded from the wire. */
async function wireOf(params: object, seed: number): Promise<{ vectors: WireVector[]; eventTimes: Map<SiteId, readonly number[]> }> {
  const csv = irregularTimes(madeTable(new SeededRandom(seed), { name: 'cox', sizes: [40, 45, 50] }), seed);
  const method = findMethod('cox');
  const asked = parseMethodParams(method, params);
  const table = readMethodTable(parseTable(csv, 'cox.csv'), {
    id: 'id',
    sites: { column: 'site' },
    categories: method.categories?.(asked) ?? [],
  });
  const sites = new Map<SiteId, SimulatedSite>();
  for (const [site, rows] of table.sites)
    sites.set(site, { rows, gate: openGate, history: { find: () => undefined, countInRun: () => 0 } });
  const vectors: WireVector[] = [];
  const federation = simulatedFederation(sites, new MemoryJournal(), (site, { query, params: sent }, answer) => {
    if (query.kind !== 'sum' || answer.state !== 'released') return;
    const sum = query as Extract<AnyQuery, { kind: 'sum' }>;
    const words = bytesToWords(answer.bytes, sum.words, answer.bytes.length / 4 / sum.words.limbs, operationName(sum), site);
    vectors.push({ site, operation: operationName(sum), params: JSON.stringify(sent), values: decodeFixedPoint(words, sum.words) });
  });
  await method.run({ federation, scope: { name: 'training', sites: [...table.sites.keys()] }, table: table.shape }, asked);
  const eventTimes = new Map([...table.sites].map(([site, rows]) => [site, [...(columnOf(rows, 'time') as Float64Array)]] as const));
  return { vectors, eventTimes };
}

/** Times as no clock would give them: one that is met on the wire was sent. */
function irregularTimes(csv: string, seed: number): string {
  const random = new SeededRandom(seed + 1);
  const [head, ...lines] = csv.trim().split('\n') as [string, ...string[]];
  const at = head.split(',').indexOf('time');
  return [
    head,
    ...lines.map((line) =>
      line
        .split(',')
        .map((cell, c) => (c === at ? String(Number(cell) + random.uniform()) : cell))
        .join(','),
    ),
  ].join('\n');
}

const timesIn = (numbers: readonly number[], times: readonly number[]) => {
  const known = new Set(numbers);
  return times.filter((time) => known.has(time)).length;
};

/** Numbers that stand in the parameters of requests: thresholds that counts have closed in on. */
function askedNumbers(vectors: readonly WireVector[]): number[] {
  return vectors.flatMap(({ params }) => (params.match(/-?\d+\.\d+/g) ?? []).map(Number));
}

describe('A11: event times from a Cox model', () => {
  it('works with a common baseline on observed times: counts close in on every one of them', async () => {
    const { vectors, eventTimes } = await wireOf(
      { formula: 'Surv(time, event) ~ x1', exact_times: true, concordance: false, zph: 'none' },
      attackSeed,
    );
    const all = [...eventTimes.values()].flat();
    const near = askedNumbers(vectors);
    const found = all.filter((time) => near.some((x) => Math.abs(x - time) < 1e-6)).length;
    // 60 percent of rows are events; their times are known to a millionth.
    expect(found).toBeGreaterThan(0.4 * all.length);
  });

  const stratified = { formula: 'Surv(time, event) ~ x1 + x2', zph: 'identity' };

  it('fails with the baseline of each site: no time is on the wire, neither sent nor asked', async () => {
    const { vectors, eventTimes } = await wireOf(stratified, attackSeed);
    expect(vectors.length).toBeGreaterThan(6);
    for (const [site, times] of eventTimes) {
      const sent = vectors.filter((v) => v.site === site).flatMap(({ values }) => [...values]);
      expect(timesIn(sent, times)).toBe(0);
      expect(
        timesIn(
          sent.map((x) => Math.abs(x)),
          times,
        ),
      ).toBe(0);
    }
    expect(timesIn(askedNumbers(vectors), [...eventTimes.values()].flat())).toBe(0);
  });

  it('the length of what is sent does not tell how many events there are', async () => {
    const shapes = await Promise.all(
      [0, 1, 2].map(async (k) => {
        const { vectors } = await wireOf(stratified, attackSeed + 10 * k);
        return [...new Set(vectors.map(({ operation, values }) => `${operation} ${values.length}`))].sort();
      }),
    );
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
  });
});
