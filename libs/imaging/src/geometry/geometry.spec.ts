import { isAppError } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Geometry } from '../volume.js';
import { assertSameGeometry, cornerDistanceMm, geometryFromSteps, indexToPatient, isSameGeometry, patientToIndex } from './geometry.js';

const grid = (change: Partial<Geometry> = {}): Geometry => ({
  dimensions: [11, 11, 5],
  spacingMm: [1, 1, 2],
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  ...change,
});

describe('geometry', () => {
  it('index and patient position are inverse to each other', () => {
    const c = Math.SQRT1_2;
    const turned = geometryFromSteps(
      [9, 8, 7],
      [
        [2 * c, 2 * c, 0],
        [-c, c, 0],
        [0, 0, -3],
      ],
      [5, -6, 7],
    );
    expect(turned.spacingMm.map((value) => value.toFixed(12))).toEqual(['2.000000000000', '1.000000000000', '3.000000000000']);
    fc.assert(
      fc.property(fc.tuple(...[fc.double, fc.double, fc.double].map((d) => d({ min: -50, max: 50, noNaN: true }))), ([i, j, k]) => {
        const back = patientToIndex(turned, indexToPatient(turned, [i as number, j as number, k as number]));
        [i, j, k].forEach((value, axis) => expect(back[axis as 0 | 1 | 2]).toBeCloseTo(value as number, 9));
      }),
    );
  });

  it('same means that every corner agrees within a thousandth of a millimeter', () => {
    expect(isSameGeometry(grid(), grid({ originMm: [0.0009, 0, 0] }))).toBe(true);
    expect(isSameGeometry(grid(), grid({ originMm: [0.0011, 0, 0] }))).toBe(false);
    // The far corner moves ten times as far as the spacing changes.
    expect(isSameGeometry(grid(), grid({ spacingMm: [1.00009, 1, 2] }))).toBe(true);
    expect(isSameGeometry(grid(), grid({ spacingMm: [1.00011, 1, 2] }))).toBe(false);
    expect(cornerDistanceMm(grid(), grid({ dimensions: [11, 11, 6] }))).toBe(Infinity);
    expect(isSameGeometry(grid(), grid({ direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] }))).toBe(false);
  });

  it('a difference is refused with both geometries', () => {
    expect(() => assertSameGeometry(grid(), grid())).not.toThrow();
    try {
      assertSameGeometry(grid(), grid({ originMm: [0, 0.5, 0] }));
      expect.unreachable();
    } catch (error) {
      expect(isAppError(error, 'IMAGING.GEOMETRY_DIFFERS')).toBe(true);
      expect((error as Error).message).toContain('0.5000 mm');
      expect((error as Error).message).toContain('11x11x5, 1x1x2 mm, @(0, 0, 0)');
      expect((error as Error).message).toContain('11x11x5, 1x1x2 mm, @(0, 0.5, 0)');
    }
  });

  it('axes must be perpendicular, spacings positive, numbers finite', () => {
    const make =
      (first: readonly [number, number, number], origin = 0) =>
      () =>
        geometryFromSteps([2, 2, 2], [first, [0, 1, 0], [0, 0, 1]], [origin, 0, 0]);
    expect(make([1, 0.00005, 0])).not.toThrow();
    expect(make([1, 0.001, 0])).toThrow('not at right angles');
    expect(make([0, 0, 0])).toThrow('spacing');
    expect(make([NaN, 0, 0])).toThrow('spacing');
    expect(make([1, 0, 0], Infinity)).toThrow('not a number');
  });
});
