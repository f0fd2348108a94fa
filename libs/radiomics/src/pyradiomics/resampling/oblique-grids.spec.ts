import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Geometry, Triple, Volume } from '@cohortium/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interpolator } from './interpolators.js';
import { inverseMatrix } from './inverse-matrix.js';
import type { Matrix } from './inverse-matrix.js';
import { resampleOnto } from './resample.js';

// Written by SimpleITK; test/golden/radiomics/itk_oblique_grids.py made it.
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../../test/golden/radiomics/itk-oblique-grids.json'), 'utf8'),
) as {
  readonly size: Triple;
  readonly spacingMm: Triple;
  readonly originMm: Triple;
  readonly direction: Geometry['direction'];
  readonly image: readonly number[];
  readonly inverses: readonly { readonly matrix: Matrix; readonly inverse: Matrix }[];
  readonly resampled: Readonly<
    Record<
      string,
      {
        readonly spacingMm: Triple;
        readonly by: Readonly<Record<string, { readonly size: Triple; readonly originMm: Triple; readonly values: readonly number[] }>>;
      }
    >
  >;
};

describe('the inverse of the matrix of a grid', () => {
  it('has the bits of the one of ITK', () => {
    // Comparing as numbers: ITK and we may differ in the sign of a zero.
    for (const { matrix, inverse } of golden.inverses) expect(inverseMatrix(matrix).map((x) => x + 0)).toEqual(inverse.map((x) => x + 0));
  });

  it('gives the identity with the matrix', () => {
    const angle = fc.double({ min: -3, max: 3, noNaN: true });
    const length = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(angle, angle, fc.tuple(length, length, length), (a, b, [x, y, z]) => {
        const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
        const matrix: Matrix = [ca * x, -sa * cb * y, sa * sb * z, sa * x, ca * cb * y, -ca * sb * z, 0, sb * y, cb * z];
        const inverse = inverseMatrix(matrix);
        for (let cell = 0; cell < 9; cell++) {
          const [row, column] = [Math.floor(cell / 3), cell % 3];
          const product = [0, 1, 2].reduce((sum, k) => sum + (matrix[3 * row + k] as number) * (inverse[3 * k + column] as number), 0);
          // Spacings differ a hundredfold at most.
          expect(Math.abs(product - (row === column ? 1 : 0))).toBeLessThan(1e-12);
        }
      }),
    );
  });
});

describe('resampling between oblique grids', () => {
  const geometry: Geometry = {
    dimensions: golden.size,
    spacingMm: golden.spacingMm,
    originMm: golden.originMm,
    direction: golden.direction,
  };
  const image: Volume = { geometry, values: Int16Array.from(golden.image) };
  const cases = Object.entries(golden.resampled).flatMap(([grid, { spacingMm, by }]) =>
    Object.entries(by).map(([name, { size, originMm, values }]) => ({ grid, name, spacingMm, size, originMm, values })),
  );

  it.each(cases)('$name, $grid, has the intensities of SimpleITK', ({ name, spacingMm, size, originMm, values }) => {
    const target: Geometry = { dimensions: size, spacingMm, originMm, direction: golden.direction };
    const found = resampleOnto(image, target, `sitk${name}` as Interpolator).values;
    expect([...found]).toEqual(values);
  });
});
