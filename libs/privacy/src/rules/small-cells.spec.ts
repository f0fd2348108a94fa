import type { Json } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suppressSmallCells } from './small-cells.js';

const withheld = { state: 'withheld', reason: 'smallCell' };
const ok = (value: number, ...cells: number[]): Json => ({ state: 'ok', value, cells });

/** Counts of one 2 x 2 table. */
interface Table {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
  readonly tn: number;
}

/** Figures made from a table: their cells by name. */
type Layout = (t: Table) => Readonly<Record<string, readonly number[]>>;

const sensitivity = ({ tp, fn }: Table) => [tp, fn];
const specificity = ({ tn, fp }: Table) => [tn, fp];
const classes = ({ tp, fn, fp, tn }: Table) => [tp + fn, fp + tn];
const everyone = ({ tp, fn, fp, tn }: Table) => [tp + fn + fp + tn];

const layouts: Readonly<Record<string, Layout>> = {
  'n, sensitivity, specificity': (t) => ({ n: everyone(t), sensitivity: sensitivity(t), specificity: specificity(t) }),
  'site performance with Brier by class': (t) => ({
    auc: classes(t),
    brier: classes(t),
    sensitivity: sensitivity(t),
    specificity: specificity(t),
  }),
  'site performance with Brier over all': (t) => ({
    auc: classes(t),
    brier: everyone(t),
    sensitivity: sensitivity(t),
    specificity: specificity(t),
  }),
  'with predictive values': (t) => ({
    auc: classes(t),
    sensitivity: sensitivity(t),
    specificity: specificity(t),
    ppv: [t.tp, t.fp],
    npv: [t.tn, t.fn],
  }),
  'predictive values without AUC': (t) => ({
    sensitivity: sensitivity(t),
    specificity: specificity(t),
    ppv: [t.tp, t.fp],
    npv: [t.tn, t.fn],
  }),
  'AUC, specificity': (t) => ({ auc: classes(t), brier: everyone(t), specificity: specificity(t) }),
  'with predicted classes': (t) => ({ auc: classes(t), predicted: [t.tp + t.fp, t.fn + t.tn], specificity: specificity(t) }),
  'histogram of four bins': (t) => ({ bins0: [t.tp], bins1: [t.fn], bins2: [t.fp], bins3: [t.tn] }),
};

/** What the receiver may know at most: which figures are withheld, and every cell of those that are shown. */
function seen(cells: Readonly<Record<string, readonly number[]>>, minCell: number, n: number): string {
  const value = Object.fromEntries(Object.entries(cells).map(([name, counts]) => [name, ok(0.5, ...counts)]));
  const shown = suppressSmallCells(value, minCell, n) as Readonly<Record<string, { state: string }>>;
  return JSON.stringify(Object.entries(cells).map(([name, counts]) => (shown[name]?.state === 'ok' ? counts : null)));
}

function* tablesOf(n: number): Generator<Table> {
  for (let tp = 0; tp <= n; tp++)
    for (let fn = 0; tp + fn <= n; fn++) for (let fp = 0; tp + fn + fp <= n; fp++) yield { tp, fn, fp, tn: n - tp - fn - fp };
}

/** Tables whose small listed cells the receiver can work out, n and the rules known to them, by looking at every table of n. */
function deducible(layout: Layout, minCell: number, n: number): string[] {
  const classesOfTables = new Map<string, Table[]>();
  for (const table of tablesOf(n)) {
    const key = seen(layout(table), minCell, n);
    classesOfTables.set(key, [...(classesOfTables.get(key) ?? []), table]);
  }
  const found: string[] = [];
  for (const tables of classesOfTables.values()) {
    const first = layout(tables[0] as Table);
    for (const [name, counts] of Object.entries(first)) {
      counts.forEach((count, index) => {
        const alike = tables.every((table) => layout(table)[name]?.[index] === count);
        if (count < minCell && alike) found.push(`${name}[${index}] = ${count} of ${JSON.stringify(tables[0])}`);
      });
    }
  }
  return found;
}

describe('suppressSmallCells', () => {
  it('withholds a figure with a small cell, a zero counts as small, and removes cells everywhere', () => {
    const value = {
      a: ok(0.8, 12, 4),
      b: { deep: [ok(1, 0, 20), ok(0.5, 50)] },
      c: ok(0.9, 20, 30),
      verdict: 'eligible',
      d: { state: 'ok', value: 3 },
    };
    expect(suppressSmallCells(value, 5, 50)).toEqual({
      a: withheld,
      b: { deep: [withheld, { state: 'ok', value: 0.5 }] },
      c: { state: 'ok', value: 0.9 },
      verdict: 'eligible',
      d: { state: 'ok', value: 3 },
    });
  });

  it('looks at a summary that is a figure itself', () => {
    expect(suppressSmallCells(ok(3, 3), 5, 3)).toEqual(withheld);
    expect(suppressSmallCells(ok(30, 30), 5, 30)).toEqual({ state: 'ok', value: 30 });
  });

  it('keeps specificity and AUC when only a cell of sensitivity is small', () => {
    const value = { auc: ok(0.7, 11, 47), specificity: ok(0.6, 28, 19), sensitivity: ok(0.8, 9, 2), brier: ok(0.15, 58) };
    const shown = suppressSmallCells(value, 5, 58) as Record<string, { state: string }>;
    expect(Object.entries(shown).map(([name, figure]) => [name, figure.state])).toEqual([
      ['auc', 'ok'],
      ['specificity', 'ok'],
      ['sensitivity', 'withheld'],
      ['brier', 'ok'],
    ]);
  });

  it('withholds specificity when there are too few positives, since n less the negatives would show them', () => {
    for (const positives of [0, 1, 3, 4]) {
      const value = {
        auc: ok(0.7, positives, 50),
        specificity: ok(0.6, 30, 20),
        sensitivity: ok(1, positives, 0),
        brier: ok(0.1, positives + 50),
      };
      expect(suppressSmallCells(value, 5, positives + 50)).toEqual({
        auc: withheld,
        specificity: withheld,
        sensitivity: withheld,
        brier: withheld,
      });
    }
  });

  it('withholds a lone figure whose complement is small, and one whose cells overlap', () => {
    expect(suppressSmallCells({ specificity: ok(0.5, 20, 20) }, 5, 43)).toEqual({ specificity: withheld });
    expect(suppressSmallCells({ odd: ok(0.5, 43, 41) }, 5, 43)).toEqual({ odd: withheld });
    expect(suppressSmallCells({ specificity: ok(0.5, 20, 20) }, 5, 45)).toEqual({ specificity: { state: 'ok', value: 0.5 } });
  });

  it.each([['text'], [{ 0: 5 }], [[]], [[1.5]], [[-1]], [[null]], [[Number.NaN]], [null]])(
    'throws for cells that are not counts: %j',
    (cells) => {
      expect(() => suppressSmallCells({ a: { state: 'ok', value: 1, cells } as Json }, 5, 50)).toThrow(TypeError);
    },
  );

  it.each(Object.keys(layouts))('no small cell can be worked out from %s, over every 2 x 2 table', (name) => {
    for (const minCell of [2, 3, 5]) {
      for (const n of [3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20, 23].filter((count) => count > minCell)) {
        expect({ minCell, n, found: deducible(layouts[name] as Layout, minCell, n) }).toEqual({ minCell, n, found: [] });
      }
    }
  });

  it('the check above finds what primary suppression alone gives away', () => {
    const primaryOnly = (table: Table, minCell: number) =>
      JSON.stringify([sensitivity(table), specificity(table)].map((cells) => (cells.some((count) => count < minCell) ? null : cells)));
    const byView = new Map<string, Set<number>>();
    for (const table of tablesOf(20)) {
      const key = primaryOnly(table, 5);
      byView.set(key, (byView.get(key) ?? new Set()).add(table.tp + table.fn));
    }
    const given = [...byView.values()].filter((positives) => positives.size === 1 && [...positives].every((count) => count < 5));
    expect(given.length).toBeGreaterThan(0);
  });

  it('shows nothing made from a small cell and no cells at all, whatever the summary', () => {
    const cells = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });
    const leaf = fc.oneof(
      fc.record({ state: fc.constant('ok'), value: fc.double({ noNaN: true, noDefaultInfinity: true }), cells }),
      fc.constantFrom<Json>('eligible', null, true, { state: 'not-done' }),
    );
    const { node } = fc.letrec<{ node: Json }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 3 }), tie('node'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(node, fc.nat(8), fc.nat(60), (value, minCell, n) => {
        const marked = JSON.stringify(suppressSmallCells(value as Json, minCell, n));
        expect(marked).not.toContain('"cells"');
        const small = countFigures(value as Json, (counts) => counts.some((count) => count < minCell));
        expect((marked.match(/"smallCell"/g) ?? []).length).toBeGreaterThanOrEqual(small);
      }),
    );
  });
});

function countFigures(value: Json, matches: (cells: readonly number[]) => boolean): number {
  if (value === null || typeof value !== 'object') return 0;
  const record = value as { readonly [key: string]: Json };
  const own = record['state'] === 'ok' && Array.isArray(record['cells']) && matches(record['cells'] as readonly number[]) ? 1 : 0;
  return Object.values(record).reduce<number>((sum, item) => sum + countFigures(item, matches), own);
}
