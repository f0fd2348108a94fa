import { findMethod, methods, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import { operationName, unpackSummary } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { SeededRandom } from '@cohortium/numerics';
import { Released } from '@cohortium/privacy';
import { characteristicsQuery, gridCountsQuery, rankCountsQuery } from '@cohortium/statistics';
import { describe, expect, it } from 'vitest';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { equivalenceCases } from '../equivalence/methods/cases.js';
import { madeTable } from '../equivalence/methods/tables.js';
import { answerOf, attackSeed, attackedProtocol, clauseFor, madePeople, rowsOf, trainingScope } from './attack-ground.js';

// A10 (dsBase nfilter.glm, kNN): a model with a parameter for everybody, a level that one person has, an order statistic, an extreme.

const people = madePeople(30, 3, attackSeed).map((person, i) => ({ ...person, covariates: { level: i === 0 ? 2 : i % 2 } }));
const rows = rowsOf(people);

describe('A10: a rare level', () => {
  const params = { characteristics: [{ column: 'level', levels: 3 }] };
  const query = characteristicsQuery;
  const request = { query, params, scope: trainingScope };

  it('works on the bare figures: one person has the third level', () => {
    expect(JSON.stringify(query.local(rows, params))).toContain('[1,29]');
  });

  it('fails: its share is withheld, and with it what would give it back', () => {
    const released = answerOf(attackedProtocol([clauseFor([operationName(query)], 'siteSummary')]), rows, request);
    if (!(released instanceof Released)) throw new Error(released);
    const [{ shares }] = unpackSummary(released.bytes) as unknown as [{ shares: { state: string; value?: number }[] }];
    expect(shares[2]).toEqual({ state: 'withheld', reason: 'smallCell' });
    expect(shares.filter(({ state }) => state === 'ok')).toEqual([]);
    expect(JSON.stringify(unpackSummary(released.bytes))).not.toContain('cells');
  });
});

describe('A10: order statistics', () => {
  const column = people.map(({ features }) => features[0] as number).sort((a, b) => a - b);
  const grid = gridCountsQuery('full');
  const exact = rankCountsQuery('full');
  const gridOf = (bins: number) => ({
    heldOut: [null],
    lows: [Float64Array.of(-4, -4, -4)],
    widths: [new Float64Array(3).fill(8 / bins)],
    bins,
  });
  const thresholds = (t: readonly number[]) => ({
    heldOut: [null],
    thresholds: [Float64Array.from([...t, ...t, ...t])],
    perFeature: t.length,
  });

  it('work on counts at chosen thresholds: the largest value, to ten digits', () => {
    let [low, high] = [-10, 10];
    for (let round = 0; round < 40; round++) {
      const middle = (low + high) / 2;
      const count = exact.local(rows, thresholds([middle]))[0] as number;
      if (count < people.length) low = middle;
      else high = middle;
    }
    expect(high).toBeCloseTo(column[column.length - 1] as number, 10);
  });

  it('fail: thresholds are answered only where the protocol says exact medians, a grid only as fine as it says', () => {
    const clauses = [clauseFor([operationName(grid), operationName(exact)], 'sum')];
    const smoothed = attackedProtocol(clauses);
    const ask = (protocol: typeof smoothed, query: typeof grid | typeof exact, params: object) =>
      answerOf(protocol, rows, { query, params, scope: trainingScope } as never);
    expect(ask(smoothed, exact, thresholds([0]))).toBe('notSmoothed');
    expect(ask(attackedProtocol(clauses, { imputation: { estimator: 'exactMedian' } }), exact, thresholds([0]))).toBeInstanceOf(Released);
    expect(ask(smoothed, grid, gridOf(64))).toBeInstanceOf(Released);
    expect(ask(smoothed, grid, gridOf(65))).toBe('notSmoothed');
    expect(ask(smoothed, grid, gridOf(1024))).toBe('notSmoothed');
    // A median smoothed over three people, under a clause whose smallest cell is five.
    expect(ask(attackedProtocol(clauses, { imputation: { smoothing: 3 } }), grid, gridOf(64))).toBe('notSmoothed');
  });
});

describe('A10: extremes', () => {
  const csv = madeTable(new SeededRandom(attackSeed), { name: 'attacked', sizes: [45, 30, 38] });
  const cells = csv
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const header = cells[0] as string[];
  /** Columns of real numbers: their extremes are unique, so that meeting one by chance is out of the question. */
  const continuous = ['x1', 'x2', 'x3', 'large', 'amount', 'weight'];
  const extremesOf = (lines: readonly string[][]) =>
    continuous.flatMap((name) => {
      const values = lines.map((line) => Number(line[header.indexOf(name)]));
      return [Math.min(...values), Math.max(...values)];
    });
  const bySite = ['S01', 'S02', 'S03'].map((code) => cells.slice(1).filter((line) => line[1] === code));
  const extremes = new Set([cells.slice(1), ...bySite].flatMap(extremesOf));

  /** Sees every vector and summary that sites compute while a method runs, before any encoding. */
  async function everythingComputed(name: string, given: unknown): Promise<{ elements: number; hits: string[] }> {
    const method = findMethod(name);
    const params = parseMethodParams(method, given);
    const found = { elements: 0, hits: [] as string[] };
    const look = (operation: string, value: number) => {
      found.elements++;
      if (extremes.has(value)) found.hits.push(operation);
    };
    const watched = {
      ...method,
      run: (context: Parameters<typeof method.run>[0], asked: unknown) =>
        method.run(
          {
            ...context,
            federation: {
              sum: (query, p, scope) => context.federation.sum(watch(query, look), p, scope),
              summaries: (query, p, scope) => context.federation.summaries(watch(query, look), p, scope),
            },
          },
          asked,
        ),
    };
    const table = readMethodTable(parseTable(csv, 'made.csv'), {
      id: 'id',
      sites: { column: 'site' },
      categories: method.categories?.(params) ?? [],
    });
    await runMethod(watched, params, table, false);
    return found;
  }

  function watch<Q>(query: Q, look: (operation: string, value: number) => void): Q {
    const asked = query as unknown as { operation: string; version: number; local: (rows: CohortRows, params: unknown) => unknown };
    const visit = (value: unknown): void => {
      if (typeof value === 'number') look(operationName(asked), value);
      else if (value instanceof Float64Array || Array.isArray(value)) value.forEach(visit);
      else if (value !== null && typeof value === 'object') Object.values(value).forEach(visit);
    };
    return {
      ...asked,
      local: (r: CohortRows, p: unknown) => {
        const result = asked.local(r, p);
        visit(result);
        return result;
      },
    } as unknown as Q;
  }

  it('would be seen: a maximum among the figures is found', () => {
    const seen: string[] = [];
    const extreme = { operation: 'attack.maximum', version: 1, local: () => Float64Array.of(0, [...extremes][1] as number) };
    watch(extreme, (operation, value) => extremes.has(value) && seen.push(operation)).local();
    expect(seen).toEqual(['attack.maximum@1']);
  });

  // One case of each method is enough: what a site computes under other settings has the same parts.
  const first = [...new Map(equivalenceCases.filter(({ table }) => !table).map((example) => [example.method, example])).values()];
  it.each(first.map((example) => [example.method, example] as const))('are not in what a site computes for %s', async (name, example) => {
    const { elements, hits } = await everythingComputed(name, example.params);
    expect(elements).toBeGreaterThan(0);
    expect(hits).toEqual([]);
  });

  it('nearly every method is looked at', () => {
    expect(first.length).toBeGreaterThan([...methods.values()].filter(({ input = 'rows' }) => input === 'rows').length * 0.6);
  });
});
