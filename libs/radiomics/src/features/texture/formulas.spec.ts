import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CooccurrenceMatrix } from '../glcm/cooccurrence-matrix.js';
import { cooccurrenceFeatures } from '../glcm/features.js';
import { summarizeCooccurrence } from '../glcm/summary.js';
import { dependenceFeatures } from '../ngldm/features.js';
import { summarizeTone, toneDifferenceFeatures } from '../ngtdm/features.js';
import { runLengthFeatures } from '../glrlm/features.js';
import { summarizeLevelSize } from './level-size-matrix.js';

/** Counts of n x m cells, some of them zero, at least one not. */
const counts = (n: number, m: number) =>
  fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 })), { minLength: n * m, maxLength: n * m })
    .filter((list) => list.some((x) => x > 0));
const levelsOf = (n: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: n, maxLength: n }).map((list) => list.sort((a, b) => a - b));

const expectClose = (value: number, wanted: number, name: string) => {
  if (Number.isNaN(wanted)) return expect(value, name).toBeNaN();
  expect(Math.abs(value - wanted), `${name}: ${value} and ${wanted}`).toBeLessThan(1e-9 * (1 + Math.abs(wanted)));
};

describe('co-occurrence features', () => {
  const matrices = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.boolean())
    .chain(([n, symmetric]) => fc.tuple(levelsOf(n), counts(n, n), fc.constant(symmetric)))
    .map(([levels, list, symmetric]) => {
      const n = levels.length;
      return {
        levels,
        p: Array.from({ length: n }, (_, r) => Array.from({ length: n }, (_x, c) => list[r * n + c]! + (symmetric ? list[c * n + r]! : 0))),
      };
    });

  it('equal the double sums of the manual', () => {
    fc.assert(
      fc.property(matrices, ({ levels, p: raw }) => {
        const ng = 60;
        const total = raw.flat().reduce((sum, x) => sum + x, 0);
        const p = raw.map((row) => row.map((x) => x / total));
        const cells = p.flatMap((row, r) =>
          row.map((x, c) => ({
            i: levels[r]!,
            j: levels[c]!,
            x,
            px: p[r]!.reduce((a, b) => a + b, 0),
            py: p.reduce((a, b) => a + b[c]!, 0),
          })),
        );
        const sum = (f: (cell: (typeof cells)[number]) => number) => cells.reduce((total, cell) => total + f(cell), 0);
        const xlog = (x: number, y = x) => (x === 0 ? 0 : x * Math.log2(y));
        const spread = (kOf: (i: number, j: number) => number) => {
          const shares = new Map<number, number>();
          for (const { i, j, x } of cells) shares.set(kOf(i, j), (shares.get(kOf(i, j)) ?? 0) + x);
          const mean = [...shares].reduce((a, [k, x]) => a + k * x, 0);
          return {
            mean,
            variance: [...shares].reduce((a, [k, x]) => a + (k - mean) ** 2 * x, 0),
            entropy: -[...shares].reduce((a, [, x]) => a + xlog(x), 0),
          };
        };
        const [difference, total2] = [spread((i, j) => Math.abs(i - j)), spread((i, j) => i + j)];
        const [mux, muy] = [sum(({ i, x }) => i * x), sum(({ j, x }) => j * x)];
        const [vx, vy] = [sum(({ i, x }) => (i - mux) ** 2 * x), sum(({ j, x }) => (j - muy) ** 2 * x)];
        const entropyOf = (list: number[]) => -list.reduce((a, x) => a + xlog(x), 0);
        const hx = entropyOf(p.map((row) => row.reduce((a, b) => a + b, 0)));
        const hy = entropyOf(levels.map((_, c) => p.reduce((a, row) => a + row[c]!, 0)));
        const hxy = -sum(({ x }) => xlog(x));
        const hxy1 = -sum(({ x, px, py }) => xlog(x, px * py));
        const hxy2 = -sum(({ px, py }) => xlog(px * py));
        const isOneLevel = vx < 1e-12 || vy < 1e-12;
        const wanted = [
          Math.max(...p.flat()),
          mux,
          vx,
          hxy,
          difference.mean,
          difference.variance,
          difference.entropy,
          total2.mean,
          total2.variance,
          total2.entropy,
          sum(({ x }) => x * x),
          sum(({ i, j, x }) => (i - j) ** 2 * x),
          sum(({ i, j, x }) => Math.abs(i - j) * x),
          sum(({ i, j, x }) => x / (1 + Math.abs(i - j))),
          sum(({ i, j, x }) => x / (1 + Math.abs(i - j) / ng)),
          sum(({ i, j, x }) => x / (1 + (i - j) ** 2)),
          sum(({ i, j, x }) => x / (1 + (i - j) ** 2 / ng ** 2)),
          sum(({ i, j, x }) => (i === j ? 0 : x / (i - j) ** 2)),
          isOneLevel ? NaN : sum(({ i, j, x }) => ((i - mux) * (j - muy) * x) / Math.sqrt(vx * vy)),
          sum(({ i, j, x }) => i * j * x),
          sum(({ i, j, x }) => (i + j - mux - muy) ** 2 * x),
          sum(({ i, j, x }) => (i + j - mux - muy) ** 3 * x),
          sum(({ i, j, x }) => (i + j - mux - muy) ** 4 * x),
          Math.max(hx, hy) < 1e-12 ? NaN : (hxy - hxy1) / Math.max(hx, hy),
          Math.sqrt(Math.max(0, 1 - Math.exp(-2 * (hxy2 - hxy)))),
        ];
        const filled = raw.flatMap((row, r) => row.map((count, c) => ({ r, c, count }))).filter(({ count }) => count > 0);
        const matrix: CooccurrenceMatrix = {
          levels: Float64Array.from(levels),
          levelCount: ng,
          rows: Int32Array.from(filled, ({ r }) => r + 1),
          columns: Int32Array.from(filled, ({ c }) => c + 1),
          counts: Float64Array.from(filled, ({ count }) => count),
        };
        const summary = summarizeCooccurrence(matrix);
        cooccurrenceFeatures.forEach(({ name, compute }, f) => {
          // The root of a rounding error of 1e-16 is 1e-8.
          if (name === 'informationCorrelation2') expect(Math.abs(compute(summary) - wanted[f]!)).toBeLessThan(1e-6);
          else expectClose(compute(summary), wanted[f]!, name);
        });
      }),
    );
  });

  it('have no value for a matrix without pairs', () => {
    const none = {
      levels: Float64Array.of(3),
      levelCount: 3,
      rows: new Int32Array(0),
      columns: new Int32Array(0),
      counts: new Float64Array(0),
    };
    for (const { name, compute } of cooccurrenceFeatures) expect(compute(summarizeCooccurrence(none)), name).toBeNaN();
  });
});

describe('features of levels and sizes', () => {
  const matrices = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
    .chain(([n, m]) => fc.tuple(levelsOf(n), levelsOf(m), counts(n, m)));

  it('equal the double sums of the manual', () => {
    fc.assert(
      fc.property(matrices, ([levels, sizes, list]) => {
        const voxelCount = 5000;
        const cells = list.map((s, at) => ({ i: levels[Math.floor(at / sizes.length)]!, j: sizes[at % sizes.length]!, s }));
        const sum = (f: (cell: (typeof cells)[number]) => number) => cells.reduce((total, cell) => total + f(cell), 0);
        const ns = sum(({ s }) => s);
        const squares = (key: 'i' | 'j') =>
          [...new Set(cells.map((cell) => cell[key]))].reduce(
            (a, x) => a + cells.reduce((b, cell) => b + (cell[key] === x ? cell.s : 0), 0) ** 2,
            0,
          );
        const variance = (key: 'i' | 'j') => {
          const mean = sum((cell) => cell[key] * cell.s) / ns;
          return sum((cell) => (cell[key] - mean) ** 2 * cell.s) / ns;
        };
        const wanted = [
          sum(({ j, s }) => s / j ** 2) / ns,
          sum(({ j, s }) => s * j ** 2) / ns,
          sum(({ i, s }) => s / i ** 2) / ns,
          sum(({ i, s }) => s * i ** 2) / ns,
          sum(({ i, j, s }) => s / (i * j) ** 2) / ns,
          sum(({ i, j, s }) => (s * i ** 2) / j ** 2) / ns,
          sum(({ i, j, s }) => (s * j ** 2) / i ** 2) / ns,
          sum(({ i, j, s }) => s * (i * j) ** 2) / ns,
          squares('i') / ns,
          squares('i') / ns ** 2,
          squares('j') / ns,
          squares('j') / ns ** 2,
          ns / voxelCount,
          variance('i'),
          variance('j'),
          -sum(({ s }) => (s === 0 ? 0 : (s / ns) * Math.log2(s / ns))),
          sum(({ s }) => (s / ns) ** 2),
        ];
        const summary = summarizeLevelSize({
          levels: Float64Array.from(levels),
          sizes: Float64Array.from(sizes),
          counts: Float64Array.from(list),
          voxelCount,
        });
        // NGLDM has the sixteen that the other families share, and energy.
        dependenceFeatures.forEach(({ name, compute }, f) => expectClose(compute(summary), wanted[f]!, name));
        runLengthFeatures.forEach(({ name, compute }, f) => expectClose(compute(summary), wanted[f]!, name));
      }),
    );
  });
});

describe('gray tone difference features', () => {
  it('equal the double sums of the manual', () => {
    const tables = fc
      .integer({ min: 2, max: 6 })
      .chain((n) =>
        fc.tuple(levelsOf(n), counts(n, 1), fc.array(fc.double({ min: 0.01, max: 50, noNaN: true }), { minLength: n, maxLength: n })),
      );
    fc.assert(
      fc.property(tables, ([levels, list, differences]) => {
        const nvc = list.reduce((a, b) => a + b, 0);
        const kept = levels.map((i, at) => ({ i, p: list[at]! / nvc, s: differences[at]! })).filter(({ p }) => p > 0);
        const sum = (f: (a: (typeof kept)[number]) => number) => kept.reduce((total, a) => total + f(a), 0);
        const sum2 = (f: (a: (typeof kept)[number], b: (typeof kept)[number]) => number) => sum((a) => sum((b) => f(a, b)));
        const n = kept.length;
        const spread = sum2((a, b) => Math.abs(a.i * a.p - b.i * b.p));
        const wanted = [
          Math.min(1e6, 1 / sum(({ p, s }) => p * s)),
          n === 1 ? 0 : (sum2((a, b) => a.p * b.p * (a.i - b.i) ** 2) / (n * (n - 1))) * (sum(({ s }) => s) / nvc),
          n === 1 ? 0 : spread < 1e-9 ? NaN : sum(({ p, s }) => p * s) / spread,
          sum2((a, b) => (Math.abs(a.i - b.i) * (a.p * a.s + b.p * b.s)) / (a.p + b.p)) / nvc,
          sum2((a, b) => (a.p + b.p) * (a.i - b.i) ** 2) / sum(({ s }) => s),
        ];
        const tone = summarizeTone({
          levels: Float64Array.from(levels),
          counts: Float64Array.from(list),
          differences: Float64Array.from(differences, (s, at) => (list[at]! > 0 ? s : 0)),
        });
        toneDifferenceFeatures.forEach(({ name, compute }, f) => expectClose(compute(tone), wanted[f]!, name));
      }),
    );
  });

  it('have the values that the manual prescribes for one level without differences', () => {
    const tone = summarizeTone({ levels: Float64Array.of(7), counts: Float64Array.of(12), differences: Float64Array.of(0) });
    expect(toneDifferenceFeatures.map(({ compute }) => compute(tone))).toEqual([1e6, 0, 0, 0, 0]);
  });

  it('have no value where no voxel has a neighbor', () => {
    const tone = summarizeTone({ levels: Float64Array.of(7), counts: Float64Array.of(0), differences: Float64Array.of(0) });
    for (const { name, compute } of toneDifferenceFeatures) expect(compute(tone), name).toBeNaN();
  });
});
