import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adcUnitOf, adcUnits, parseAdcUnit } from './adc-unit.js';
import type { AdcUnit } from './adc-unit.js';
import { groupByB, traceImages } from './b-groups.js';

const units = Object.keys(adcUnits) as AdcUnit[];
const problemOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return (error as { params: { problem?: string } }).params.problem;
  }
  return 'none';
};

describe('the unit of a map of a scanner', () => {
  it('is found from the voxels alone, whichever it is, for every plausible tissue', () => {
    fc.assert(
      fc.property(fc.constantFrom(...units), fc.double({ min: 401, max: 3299, noNaN: true }), (unit, adc) => {
        const stored = [0, 0.9, 1, 1, 1.3].map((share) => (share * adc) / adcUnits[unit]);
        expect(adcUnitOf(stored)).toMatchObject({ unit, basis: 'range' });
      }),
    );
  });

  it.each([
    ['mm2/s', 'mm^2/s'],
    ['10^-6 mm^2/s', '10^-6 mm^2/s'],
    ['10*-6.mm2/s', '10^-6 mm^2/s'],
    ['1E-3 mm²/s', '10^-3 mm^2/s'],
    ['um2/s', '10^-6 mm^2/s'],
    ['µm2/ms', '10^-3 mm^2/s'],
    ['x 10-5 mm2/sec', '10^-5 mm^2/s'],
  ])('"%s" is read as %s', (text, unit) => expect(parseAdcUnit(text)).toBe(unit));

  it('is refused where header and voxels contradict, nothing fits, or nothing is there', () => {
    expect(problemOf(() => adcUnitOf([1100], 'mm2/s'))).toBe('contradiction');
    expect(problemOf(() => adcUnitOf([1100], 'furlong/s'))).toBe('unknown');
    expect(problemOf(() => adcUnitOf([9]))).toBe('median');
    expect(problemOf(() => adcUnitOf([0, -3]))).toBe('empty');
    expect(adcUnitOf([1100], 'US')).toMatchObject({ basis: 'range', factor: 1 });
    expect(adcUnitOf([9], undefined, '10^-5 mm^2/s')).toMatchObject({ basis: 'named', factor: 10 });
  });
});

describe('groups of b-values', () => {
  it('directions belong together though their b-values differ a little, small b-values do not', () => {
    const groups = groupByB([800, 0, 805, 1, 2, 798, 400]);
    expect(groups.map(({ b, images }) => [Math.round(b), images])).toEqual([
      [0, [1]],
      [1, [3]],
      [2, [4]],
      [400, [6]],
      [801, [0, 2, 5]],
    ]);
    expect(problemOf(() => groupByB([0, -1]))).toBe('negative');
  });

  it('their image is the geometric mean; 0 where one of them is', () => {
    const images = [
      [7, 7],
      [2, 0],
      [8, 5],
    ];
    const [first, second] = traceImages(images, groupByB([0, 500, 500])) as [ArrayLike<number>, ArrayLike<number>];
    expect([...Array.from(first), ...Array.from(second)]).toEqual([7, 7, expect.closeTo(4, 12), 0]);
  });
});
