import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothedMedian } from './smoothed.js';

const bins = 16;
/** Counts below the grid, in 16 cells, and above it, such that the middle lies on the grid, as the moments guarantee. */
const histograms = fc
  .tuple(fc.array(fc.nat(9), { minLength: bins, maxLength: bins }), fc.nat(20), fc.nat(20))
  .map(([cells, below, above]) => Float64Array.from([below, ...cells, above]))
  .filter((counts) => {
    const inside = counts.slice(1, -1).reduce((n, c) => n + c, 0);
    const total = inside + (counts[0] as number) + (counts.at(-1) as number);
    return inside > 0 && (counts[0] as number) < total / 2 && (counts.at(-1) as number) < total / 2;
  });
const smoothings = fc.integer({ min: 3, max: 30 });

/** The slow twin, from its definition: widen the bracket cell by cell around rank N/2, then interpolate the cumulative counts. */
function slowMedian(counts: Float64Array, low: number, width: number, smoothing: number): { value: number; from: number; to: number } {
  const cumulative = (cells: number) => counts.subarray(0, cells + 1).reduce((n, c) => n + c, 0);
  const half = cumulative(counts.length - 1) / 2;
  let from = 1;
  while (from < bins && cumulative(from) < half) from++;
  let to = from;
  const inside = () => cumulative(to) - cumulative(from - 1);
  while (inside() < smoothing && (from > 1 || to < bins)) [from, to] = [Math.max(1, from - 1), Math.min(bins, to + 1)];
  const edges = [low + (from - 1) * width, low + to * width] as const;
  const share = (half - cumulative(from - 1)) / inside();
  return { value: edges[0] + Math.min(1, Math.max(0, share)) * (edges[1] - edges[0]), from, to };
}

describe('smoothedMedian', () => {
  it('is what its definition says', () => {
    fc.assert(
      fc.property(histograms, smoothings, (counts, smoothing) => {
        const { value } = slowMedian(counts, -3, 0.25, smoothing);
        expect(Math.abs(smoothedMedian(counts, -3, 0.25, smoothing) - value)).toBeLessThan(1e-14);
      }),
    );
  });

  it('is k-smoothed: its bracket holds as many observations as asked for, or the whole grid, and the value lies in it', () => {
    fc.assert(
      fc.property(histograms, smoothings, (counts, smoothing) => {
        const { from, to } = slowMedian(counts, 0, 1, smoothing);
        const held = counts.subarray(from, to + 1).reduce((n, c) => n + c, 0);
        expect(held >= smoothing || (from === 1 && to === bins)).toBe(true);
        const value = smoothedMedian(counts, 0, 1, smoothing);
        expect(value).toBeGreaterThanOrEqual(from - 1);
        expect(value).toBeLessThanOrEqual(to);
      }),
    );
  });

  it('lies within its bracket of a true median', () => {
    fc.assert(
      fc.property(histograms, smoothings, (counts, smoothing) => {
        const { from, to } = slowMedian(counts, 0, 1, smoothing);
        const values = [...counts].flatMap((count, cell) => new Array<number>(count).fill(cell - 0.5));
        const lower = values[Math.ceil(values.length / 2) - 1] as number;
        const value = smoothedMedian(counts, 0, 1, smoothing);
        expect(Math.abs(value - lower)).toBeLessThanOrEqual(to - from + 1);
      }),
    );
  });

  it('equals the true median to a cell width where observations are dense', () => {
    // 20 evenly spread observations per cell: the bracket is one cell.
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bins }), fc.nat(40), (cells, extra) => {
        const counts = new Float64Array(bins + 2).fill(20, 1, cells + 1);
        counts[0] = Math.min(extra, 20 * cells - 1);
        const total = 20 * cells + (counts[0] as number);
        const middle = total / 2 - (counts[0] as number);
        expect(Math.abs(smoothedMedian(counts, 0, 1, 10) - middle / 20)).toBeLessThan(1e-12);
      }),
    );
  });

  it('moves up with the middle rank inside a bracket, never down', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 10, max: 30 }), { minLength: bins, maxLength: bins }), fc.nat(200), (cells, below) => {
        const at = (shift: number) => smoothedMedian(Float64Array.from([below + shift, ...cells, 100 - shift]), 0, 1, 10);
        for (let shift = 1; shift <= 100; shift += 9) expect(at(shift)).toBeLessThanOrEqual(at(shift - 1) + 1e-12);
      }),
    );
  });

  it('follows the units of the grid', () => {
    fc.assert(
      fc.property(histograms, smoothings, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (counts, smoothing, width) => {
        const unit = smoothedMedian(counts, 0, 1, smoothing);
        expect(Math.abs(smoothedMedian(counts, 5 * width, width, smoothing) / width - 5 - unit)).toBeLessThan(1e-12);
      }),
    );
  });

  it('of a constant feature is its value, of nothing the middle of the grid', () => {
    expect(smoothedMedian(Float64Array.of(7, 0, 0, 0), 42, 0, 10)).toBe(42);
    expect(smoothedMedian(new Float64Array(bins + 2), -1, 1 / 8, 10)).toBe(0);
  });

  it('takes the upper edge of the cell in which half is reached exactly', () => {
    expect(smoothedMedian(Float64Array.of(0, 20, 0, 20, 0), 0, 1, 3)).toBe(1);
    expect(smoothedMedian(Float64Array.of(0, 0, 40, 0, 0), 0, 1, 3)).toBe(1.5);
  });
});
