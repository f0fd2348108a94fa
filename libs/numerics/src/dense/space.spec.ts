import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choleskyFactor } from '../cholesky.js';
import { SeededRandom } from '../random.js';
import { PlainSpace } from './plain-space.js';
import { denseSpace } from './space.js';
import type { DenseSpace } from './space.js';

const doubles = 40_000;
const noise = ((random) => Float64Array.from({ length: doubles }, () => random.normal()))(new SeededRandom(1));
const four = (n: number) => 4 * Math.ceil(n / 4);
const seeds = fc.integer({ min: 0, max: 2 ** 30 });
const sizes = fc.integer({ min: 1, max: 61 });

/** The same memory twice: compiled, and in the language. */
function spaces(): readonly [DenseSpace, DenseSpace] {
  const one = denseSpace(doubles);
  const other = new PlainSpace(doubles);
  expect(one).not.toBeInstanceOf(PlainSpace);
  for (const space of [one, other]) space.values.set(noise);
  return [one, other];
}

function expectSame([one, other]: readonly [DenseSpace, DenseSpace], from: number, length: number): void {
  expect(one.values.slice(from, from + length)).toEqual(other.values.slice(from, from + length));
}

/** A positive definite matrix, filled up with rows of the identity. */
function definite(random: SeededRandom, m: number, filled: number): Float64Array {
  const root = Float64Array.from({ length: m * m }, () => random.normal());
  const matrix = new Float64Array(filled * filled);
  for (let r = 0; r < filled; r++)
    for (let c = 0; c < filled; c++) {
      let sum = r === c ? 1 : 0;
      for (let k = 0; k < m && r < m && c < m; k++) sum += (root[r * m + k] as number) * (root[c * m + k] as number);
      matrix[r * filled + c] = sum;
    }
  return matrix;
}

describe('dense loops in WebAssembly', () => {
  it('project columns on vectors with the bits of the language, and as a plain sum does', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: 1, max: 5 }), (n, count, pairs) => {
        const both = spaces();
        const [rows, columns, list, vectors, out] = [four(n), four(count), 10_000, 15_000, 20_000];
        for (const space of both) {
          for (let k = 0; k < columns; k++) space.wholes[2 * list + k] = 8 * rows * ((7 * k) % columns);
          space.project(list, columns, rows, vectors, pairs, out, columns);
        }
        expectSame(both, out, 2 * pairs * columns);
        const { values } = both[0];
        const k = columns - 1;
        const column = values.subarray(rows * ((7 * k) % columns)).subarray(0, rows);
        const last = vectors + (2 * pairs - 1) * rows;
        const wanted = column.reduce((sum, x, i) => sum + x * (values[last + i] as number), 0);
        // Each of at most 64 products is near 1 and rounded a few times.
        expect(Math.abs((values[out + (2 * pairs - 1) * columns + k] as number) - wanted)).toBeLessThan(1e-12);
      }),
    );
  });

  it('add columns with the bits of the language', () => {
    fc.assert(
      fc.property(sizes, sizes, (n, count) => {
        const both = spaces();
        const [rows, columns, list, weights, into] = [four(n), four(count), 10_000, 15_000, 20_000];
        const before = both[0].values.slice(into, into + rows);
        for (const space of both) {
          for (let k = 0; k < columns; k++) space.wholes[2 * list + k] = 8 * rows * k;
          space.addColumns(list, weights, columns, rows, into);
        }
        expectSame(both, into, rows);
        const { values } = both[0];
        let wanted = before[0] as number;
        for (let k = 0; k < columns; k++) wanted += (values[weights + k] as number) * (values[rows * k] as number);
        expect(Math.abs((values[into] as number) - wanted)).toBeLessThan(1e-12);
      }),
    );
  });

  it('sweep with the bits of the language, and leave each coefficient at the minimum along it', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, m) => {
        const random = new SeededRandom(seed);
        const both = spaces();
        const size = four(m);
        const matrix = definite(random, m, size);
        const [slopes, values, l1, l2] = [10_000, 15_000, 20_000, 25_000];
        const penalties = Float64Array.from({ length: size }, () => random.uniform());
        const moved = both.map((space) => {
          space.values.set(matrix);
          for (const place of [l1, l2]) space.values.set(penalties, place);
          for (let r = m; r < size; r++) space.values[r * size + r] = space.values[slopes + r] = space.values[values + r] = 0;
          return [space.sweep(size, 0, slopes, values, l1, l2), space.sweep(size, 0, slopes, values, l1, l2)];
        });
        expect(moved[0]).toEqual(moved[1]);
        expectSame(both, slopes, size);
        expectSame(both, values, size);
        // The last coefficient that moved has no slope of the penalized objective left.
        const space = both[0].values;
        const b = space[values + m - 1] as number;
        const pull = (space[slopes + m - 1] as number) + (space[l2 + m - 1] as number) * b;
        const limit = space[l1 + m - 1] as number;
        const violation = b === 0 ? Math.max(0, Math.abs(pull) - limit) : Math.abs(pull + Math.sign(b) * limit);
        expect(violation).toBeLessThan(1e-10 * (matrix[(m - 1) * size + m - 1] as number));
      }),
    );
  });

  it('factor and solve with the bits of the language, and as the other Cholesky factor does', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, m) => {
        const random = new SeededRandom(seed);
        const both = spaces();
        const size = four(m);
        const matrix = definite(random, m, size);
        const x = 10_000;
        const right = both[0].values.slice(x, x + size);
        for (const space of both) {
          space.values.set(matrix);
          expect(space.factor(0, size, 1e-12)).toBe(true);
          space.substitute(0, size, x);
        }
        expectSame(both, 0, size * size);
        expectSame(both, x, size);
        const { values } = both[0];
        const known = choleskyFactor(matrix, size) as Float64Array;
        const scale = Math.sqrt(Math.max(...matrix));
        for (let r = 0; r < size; r++)
          for (let c = 0; c < r; c++)
            expect(Math.abs((values[r * size + c] as number) - (known[r * size + c] as number))).toBeLessThan(1e-10 * scale);
        for (let r = 0; r < size; r++) {
          let sum = -(right[r] as number);
          for (let c = 0; c < size; c++) sum += (matrix[r * size + c] as number) * (values[x + c] as number);
          expect(Math.abs(sum)).toBeLessThan(1e-9 * scale);
        }
      }),
    );
  });

  it.each([
    ['a zero on the diagonal', 0],
    ['a negative one', -1],
    ['NaN', NaN],
  ])('refuse a matrix with %s', (_, entry) => {
    for (const space of spaces()) {
      space.values.set(definite(new SeededRandom(4), 8, 8));
      space.values[5 * 8 + 5] = entry;
      expect(space.factor(0, 8, 1e-12)).toBe(false);
    }
  });

  it('grow, keep what is laid out while they do not, and leave very much data to the language', () => {
    const space = denseSpace(1000);
    space.values[999] = 5;
    expect(denseSpace(500).values[999]).toBe(5);
    expect(denseSpace(3_000_000).values.length).toBeGreaterThanOrEqual(3_000_000);
    expect(denseSpace(2 ** 24 + 1)).toBeInstanceOf(PlainSpace);
  });
});
