import type { Json } from '@cohortium/kernel';
import { draftAnswer, unpackSummary } from '@cohortium/federation';
import type { SummaryQuery } from '@cohortium/federation';
import { createGate, Released } from '@cohortium/privacy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attackedProtocol, clauseFor, madePeople, nothingYet, rowsOf, site, trainingScope } from './attack-ground.js';

// A9 (EHDEN CatalogueExport#37): a table whose small cells are suppressed, but not the margins that give them back.

/** Counts of a table of outcome and group by row. */
type Counts = readonly (readonly number[])[];

const minCell = 5;
const ok = (value: number, ...cells: number[]): Json => ({ state: 'ok', value, cells });

/** A summary of a table: its cells and its margins, each a figure with its own counts, as a careless query would write it. */
function summaryOf(table: Counts): Json {
  const rows = table.map((row) => row.reduce((s, x) => s + x, 0));
  const columns = (table[0] as readonly number[]).map((_, c) => table.reduce((s, row) => s + (row[c] as number), 0));
  return Object.fromEntries([
    ...table.flatMap((row, r) => row.map((count, c) => [`cell${r}${c}`, ok(count, count)])),
    ...rows.map((count, r) => [`row${r}`, ok(count, count)]),
    ...columns.map((count, c) => [`column${c}`, ok(count, count)]),
    [
      'all',
      ok(
        rows.reduce((s, x) => s + x, 0),
        ...rows,
      ),
    ],
  ]);
}

/** What the site releases of a table, through the product's gate. */
function released(table: Counts): Readonly<Record<string, { state: string; value?: number }>> {
  const n = table.flat().reduce((s, x) => s + x, 0);
  const query: SummaryQuery<object, Json> = {
    kind: 'siteSummary',
    operation: 'attack.table',
    version: 1,
    params: z.strictObject({}),
    value: z.json() as never,
    local: () => summaryOf(table),
  };
  const protocol = attackedProtocol([clauseFor(['attack.table@1'], 'siteSummary', { minCell })]);
  const draft = draftAnswer(site, rowsOf(madePeople(n, 1, 1)), { query, params: {}, scope: trainingScope });
  const outcome = createGate({ protocol, site }).decide(draft, nothingYet);
  if (!(outcome.state === 'released' && outcome.released instanceof Released)) throw new Error('withheld');
  return unpackSummary(outcome.released.bytes) as never;
}

/**
 * The interval of each cell that shown figures leave, by propagating sums until nothing changes: the linear program of a two-way table,
 * relaxed to bounds. A cell whose bounds meet is known.
 */
function boundsOf(table: Counts, shown: Readonly<Record<string, number>>): { low: number; high: number }[][] {
  const n = table.flat().reduce((s, x) => s + x, 0);
  const width = (table[0] as readonly number[]).length;
  const bounds = table.map((row, r) =>
    row.map((_, c) => {
      const known = shown[`cell${r}${c}`];
      return known === undefined ? { low: 0, high: n } : { low: known, high: known };
    }),
  );
  const lines = [
    ...table.map((_, r) => ({ total: shown[`row${r}`], cells: (bounds[r] as { low: number; high: number }[]).map((b) => b) })),
    ...Array.from({ length: width }, (_, c) => ({
      total: shown[`column${c}`],
      cells: bounds.map((row) => row[c] as { low: number; high: number }),
    })),
    { total: n, cells: bounds.flat() },
  ];
  for (let pass = 0; pass < 50; pass++) {
    for (const { total, cells } of lines) {
      if (total === undefined) continue;
      for (const cell of cells) {
        const others = cells.filter((other) => other !== cell);
        cell.high = Math.min(cell.high, total - others.reduce((s, o) => s + o.low, 0));
        cell.low = Math.max(cell.low, total - others.reduce((s, o) => s + o.high, 0));
      }
    }
  }
  return bounds;
}

/** Small cells that are known exactly. */
function recovered(table: Counts, shown: Readonly<Record<string, number>>): number {
  const bounds = boundsOf(table, shown);
  return table.flatMap((row, r) => row.filter((count, c) => count < minCell && bounds[r]?.[c]?.low === bounds[r]?.[c]?.high)).length;
}

const tables = fc
  .tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 2, max: 4 }))
  .chain(([r, c]) => fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: c, maxLength: c }), { minLength: r, maxLength: r }))
  .filter((table) => table.flat().reduce((s, x) => s + x, 0) >= 10);

describe('A9: cells from margins', () => {
  it('works where only the small cells themselves are suppressed, or figures are rounded before they are looked at', () => {
    const table = [
      [20, 3],
      [15, 12],
    ];
    const all = summaryOf(table) as Readonly<Record<string, { value: number; cells: number[] }>>;
    const cellsOnly = Object.fromEntries(
      Object.entries(all).flatMap(([name, f]) => (f.cells.every((x) => x >= minCell) ? [[name, f.value]] : [])),
    );
    expect(recovered(table, cellsOnly)).toBe(1);
    // Rounded to fives first, the three looks like a five and is shown; its row, shown exactly, gives it back.
    const rounded = Object.fromEntries(
      Object.entries(all).map(([name, f]) => [name, name.startsWith('cell') && f.value < 10 ? undefined : f.value]),
    );
    expect(recovered(table, rounded as never)).toBe(1);
  });

  it('fails: in no table of up to 3 x 4 is a small cell known', () => {
    let small = 0;
    fc.assert(
      fc.property(tables, (table) => {
        const shown = Object.fromEntries(
          Object.entries(released(table)).flatMap(([name, f]) => (f.state === 'ok' && f.value !== undefined ? [[name, f.value]] : [])),
        );
        if (table.flat().some((count) => count < minCell)) small++;
        expect(recovered(table, shown)).toBe(0);
      }),
      { numRuns: 1500 },
    );
    expect(small).toBeGreaterThan(100);
  });
});
