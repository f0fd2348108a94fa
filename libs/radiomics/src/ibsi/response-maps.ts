import type { Volume } from '@cohortium/imaging';
import { applyFilter } from '../filters/apply.js';
import { filterCodes, parseFilterSettings } from '../filters/settings.js';
import type { FilterSettings } from '../filters/settings.js';
import type { CheckedRow } from './checked-rows.js';

/** A test of IBSI chapter 2, phase 1: which filter responds to which phantom. */
export interface ResponseMapTest {
  readonly phantom: string;
  readonly filter: FilterSettings;
}

/** Every voxel of a response map lies within this part of the reference map's range. */
const mapTolerance = 0.01;

const test = (phantom: string, filter: Readonly<Record<string, unknown>>): ResponseMapTest => ({
  phantom,
  filter: parseFilterSettings(filter),
});
const mean = (dimensions: '2D' | '3D', boundary: string) => ({ name: 'mean', dimensions, supportVoxels: 15, boundary });
const log = (dimensions: '2D' | '3D', sigmaMm: number, boundary: string) => ({
  name: 'laplacianOfGaussian',
  dimensions,
  sigmaMm,
  truncationSigma: 4,
  boundary,
});
const laws = (kernels: string, boundary: string, step: 1 | 2 | 3) => ({
  name: 'laws',
  kernels,
  boundary,
  rotationInvariance: step === 1 ? 'none' : 'max',
  energyDistanceVoxels: step === 3 ? 7 : null,
});
const gabor = (sigmaMm: number, wavelengthMm: number, aspectRatio: number, boundary: string) => ({
  name: 'gabor',
  sigmaMm,
  wavelengthMm,
  aspectRatio,
  boundary,
});
const wavelet = (family: string, level: number, subband: string, boundary: string, rotationInvariance: 'none' | 'average') => ({
  name: 'separableWavelet',
  wavelet: family,
  level,
  subband,
  boundary,
  rotationInvariance,
});
const simoncelli = (level: number) => ({ name: 'simoncelli', dimensions: '3D', level });

/** The tests with a published response map (IBSI chapter 2, doi 10.1148/radiol.231319; manual arXiv 2006.05470, section 4.1). */
export const responseMapTests: Readonly<Record<string, ResponseMapTest>> = {
  '1.a.1': test('checkerboard', mean('3D', 'zero')),
  '1.a.2': test('checkerboard', mean('3D', 'nearest')),
  '1.a.3': test('checkerboard', mean('3D', 'periodic')),
  '1.a.4': test('checkerboard', mean('3D', 'mirror')),
  '1.b.1': test('impulse', mean('2D', 'zero')),
  '2.a': test('impulse', log('3D', 3, 'zero')),
  '2.b': test('checkerboard', log('3D', 5, 'mirror')),
  '2.c': test('checkerboard', log('2D', 5, 'mirror')),
  '3.a.1': test('impulse', laws('E5L5S5', 'zero', 1)),
  '3.a.2': test('impulse', laws('E5L5S5', 'zero', 2)),
  '3.a.3': test('impulse', laws('E5L5S5', 'zero', 3)),
  '3.b.1': test('checkerboard', laws('E3W5R5', 'mirror', 1)),
  '3.b.2': test('checkerboard', laws('E3W5R5', 'mirror', 2)),
  '3.b.3': test('checkerboard', laws('E3W5R5', 'mirror', 3)),
  '3.c.1': test('checkerboard', laws('L5S5', 'mirror', 1)),
  '3.c.2': test('checkerboard', laws('L5S5', 'mirror', 2)),
  '3.c.3': test('checkerboard', laws('L5S5', 'mirror', 3)),
  '4.a.1': test('impulse', { ...gabor(10, 4, 0.5, 'zero'), dimensions: '2D', orientationDegrees: 60 }),
  '4.a.2': test('impulse', { ...gabor(10, 4, 0.5, 'zero'), dimensions: '3D', orientationStepDegrees: 45 }),
  '4.b.1': test('sphere', { ...gabor(20, 8, 2.5, 'mirror'), dimensions: '2D', orientationDegrees: 225 }),
  '4.b.2': test('sphere', { ...gabor(20, 8, 2.5, 'mirror'), dimensions: '3D', orientationStepDegrees: 22.5 }),
  '5.a.1': test('impulse', wavelet('db2', 1, 'LHL', 'zero', 'none')),
  '5.a.2': test('impulse', wavelet('db2', 1, 'LHL', 'zero', 'average')),
  '6.a.1': test('sphere', wavelet('coif1', 1, 'HHL', 'periodic', 'none')),
  '6.a.2': test('sphere', wavelet('coif1', 1, 'HHL', 'periodic', 'average')),
  '7.a.1': test('checkerboard', wavelet('haar', 2, 'LLL', 'mirror', 'average')),
  '7.a.2': test('checkerboard', wavelet('haar', 2, 'HHH', 'mirror', 'average')),
  '8.a.1': test('checkerboard', simoncelli(1)),
  '8.a.2': test('checkerboard', simoncelli(2)),
  '8.a.3': test('checkerboard', simoncelli(3)),
  '9.a': test('impulse', { ...log('3D', 3, 'zero'), rieszOrder: [1, 0, 0] }),
  '9.b.1': test('sphere', { ...log('3D', 3, 'zero'), rieszOrder: [0, 2, 0] }),
  '10.b.1': test('pattern_1', { ...simoncelli(1), rieszOrder: [0, 2, 0] }),
};

/**
 * Compares the response of a filter with a published map.
 * @param id such as `3.a.1`; one without definition gives a failed row
 * @returns a row whose value is the largest deviation as a part of the reference map's range
 */
export function checkResponseMap(id: string, phantom: Volume, reference: Volume): CheckedRow {
  const { filter } = responseMapTests[id] as ResponseMapTest;
  return mapRow(id, filterCodes[filter.name], largestDeviation(applyFilter(phantom, filter), reference));
}

/** A failed row for a map that no test is defined for. */
export function unknownResponseMap(id: string): CheckedRow {
  return mapRow(id, '', null);
}

function mapRow(id: string, ibsiCode: string, value: number | null): CheckedRow {
  return {
    dataset: 'IBSI 2 phase 1',
    family: 'Response map',
    feature: id,
    ibsiCode,
    aggregation: '',
    aggregationCode: '',
    value,
    reference: 0,
    tolerance: mapTolerance,
    consensus: '',
    compared: true,
    pass: value !== null && value <= mapTolerance,
  };
}

/** Null for maps on different grids or with voxels that are no numbers. */
function largestDeviation(response: Volume, reference: Volume): number | null {
  if (response.geometry.dimensions.some((size, axis) => size !== reference.geometry.dimensions[axis])) return null;
  let [low, high, gap] = [Infinity, -Infinity, 0];
  for (let at = 0; at < reference.values.length; at++) {
    const wanted = reference.values[at] as number;
    const here = Math.abs((response.values[at] as number) - wanted);
    if (Number.isNaN(here)) return null;
    low = Math.min(low, wanted);
    high = Math.max(high, wanted);
    gap = Math.max(gap, here);
  }
  return gap / (high - low);
}
