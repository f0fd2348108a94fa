import type { AppError } from '@cohortium/kernel';
import { isAppError } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import type { Aggregation, DiscretizedRoi, FeatureValue, Roi } from '../roi/roi.js';
import { aggregations } from '../roi/roi.js';
import { computeFeatures } from './compute-features.js';
import type { FeatureOptions } from './compute-features.js';

type Triple = [number, number, number];
interface Region {
  readonly roi: Roi;
  readonly discretized: DiscretizedRoi;
}
const options: FeatureOptions = { aggregations, ivh: { method: 'fixedBinNumber', binCount: 50 } };

/** A region from functions of the place; levels are eighths of the intensity range. */
function region(
  dimensions: Triple,
  spacingMm: Triple,
  inside: (...at: Triple) => boolean,
  intensity: (...at: Triple) => number,
  levelCount = 8,
): Region {
  const [ni, nj, nk] = dimensions;
  const places = Array.from({ length: ni * nj * nk }, (_, v): Triple => [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))]);
  const mask = Uint8Array.from(places, (place) => (inside(...place) ? 1 : 0));
  const intensities = Float64Array.from(places, (place) => intensity(...place));
  const kept = [...intensities].filter((_, v) => mask[v] === 1);
  const [low, high] = [Math.min(...kept), Math.max(...kept)];
  const level = (x: number) => (high > low ? Math.min(levelCount, Math.floor((levelCount * (x - low)) / (high - low)) + 1) : 1);
  const levels = Uint16Array.from(intensities, (x, v) => (mask[v] === 1 ? level(x) : 0));
  return {
    roi: { dimensions, spacingMm, intensities, morphologicalMask: mask, intensityMask: mask },
    discretized: { dimensions, spacingMm, levels, levelCount, binWidth: (high - low) / levelCount || null, lowerBound: low },
  };
}

const key = ({ family, name, aggregation }: FeatureValue) => [family, name, aggregation].join(' ');
const valuesOf = (features: readonly FeatureValue[]) => new Map(features.map((feature) => [key(feature), feature.value]));
const collect = ({ roi, discretized }: Region, changes: Partial<FeatureOptions> = {}) => {
  const errors: AppError[] = [];
  const features = computeFeatures(roi, discretized, { ...options, onUndefined: (error) => errors.push(error), ...changes });
  return { features, errors, values: valuesOf(features) };
};
describe('degenerate regions', () => {
  const codesOf = (errors: readonly AppError[]) => {
    expect(errors.every((error) => isAppError(error, 'RADIOMICS.FEATURE_UNDEFINED'))).toBe(true);
    return [...new Set(errors.map(({ params }) => `${params.code} ${params.reason}`))].sort();
  };
  const expectFinite = (features: readonly FeatureValue[]) => {
    for (const feature of features) expect(Number.isFinite(feature.value), key(feature)).toBe(true);
  };

  it('one voxel: the standard values, and an error for each feature without one', () => {
    const { features, errors, values } = collect(
      region(
        [3, 3, 3],
        [1, 2, 3],
        (i, j, k) => i === 1 && j === 1 && k === 1,
        (i) => 10 * i,
      ),
    );
    expectFinite(features);
    const morphology = [
      '7J51 oneVoxel',
      'N17B oneVoxel',
      'N365 constantIntensity',
      'NPT7 constantIntensity',
      'P9VJ oneVoxel',
      'Q3CK oneVoxel',
      'TDIC oneVoxel',
    ];
    const expected = [...morphology, '6BDE flat', 'RDD2 flat', 'GBPN noSuchIntensity', 'CNV2 noSuchIntensity'];
    const codes = codesOf(errors);
    expect(codes).toEqual(expect.arrayContaining(expected));
    // All 25 co-occurrence features, the 5 of NGTDM, and those above.
    expect(codes).toHaveLength(25 + 5 + expected.length);
    expect(values.get('intensityVolumeHistogram volumeFractionAt90PercentIntensity ')).toBe(1);
    expect(values.get('morphology volumeMesh ')).toBeCloseTo(1, 12);
    expect(values.get('morphology maximum3DDiameter ')).toBeCloseTo(3, 12);
    expect(values.get('intensityStatistics skewness ')).toBe(0);
    expect(values.get('intensityStatistics excessKurtosis ')).toBe(0);
    expect(values.get('intensityVolumeHistogram areaUnderTheIVHCurve ')).toBe(0);
    expect(values.get('glrlm runPercentage 3D:averaged')).toBe(1);
    expect(values.get('ngldm dependenceCountEnergy 3D')).toBe(1);
    expect(values.get('gldzm smallDistanceEmphasis 3D')).toBe(1);
  });

  it('one gray level: textures have values, correlation has not; coarseness is 10^6', () => {
    const { features, errors, values } = collect(
      region(
        [5, 5, 5],
        [1, 1, 1],
        (i) => i > 0,
        () => 42,
        1,
      ),
    );
    expectFinite(features);
    expect(codesOf(errors)).toEqual(
      [
        '12CE oneBin',
        '8E6O oneBin',
        'VQB3 oneBin',
        'RHQZ oneBin',
        'N365 constantIntensity',
        'NPT7 constantIntensity',
        'NI2N oneLevel',
        'R8DG oneLevel',
      ]
        .concat(['GBPN noSuchIntensity', 'CNV2 noSuchIntensity'])
        .sort(),
    );
    expect(values.get('ngtdm coarseness 3D')).toBe(1e6);
    expect(values.get('ngtdm strength 3D')).toBe(0);
    expect(values.get('glcm jointEntropy 3D:merged')).toBe(0);
    expect(values.get('glcm informationCorrelation2 3D:merged')).toBe(0);
    expect(values.get('glszm largeZoneEmphasis 3D')).toBe(100 * 100);
  });

  it('a single slice: two- and three-dimensional textures agree, and only the ellipsoid of the voxel centers has no volume', () => {
    const flat = region(
      [8, 7, 1],
      [1, 1, 5],
      (i, j) => i + j > 2,
      (i, j) => (i * 7 + j * 13) % 11,
    );
    const { features, errors, values } = collect(flat);
    expectFinite(features);
    // The ellipse of the centers has two faces, so an area.
    expect(codesOf(errors)).toEqual(['6BDE flat']);
    expect(values.get('morphology leastAxisLength ')).toBe(0);
    expect(values.get('morphology flatness ')).toBe(0);
    const pairs: [Aggregation, Aggregation][] = [
      ['2D', '3D'],
      ['2.5D', '3D'],
    ];
    for (const [a, b] of pairs) {
      for (const { family, name } of features.filter(({ aggregation }) => aggregation === a)) {
        // In three dimensions every voxel of a single slice is at the edge.
        if (family !== 'gldzm') expect(values.get(`${family} ${name} ${a}`)).toBeCloseTo(values.get(`${family} ${name} ${b}`) as number, 9);
      }
    }
    expect(values.get('gldzm largeDistanceEmphasis 3D')).toBe(1);
  });

  it('intensities that add up to zero: the features that divide by them say so', () => {
    const { errors } = collect(
      region(
        [4, 4, 4],
        [1, 1, 1],
        () => true,
        (i) => (i % 2 === 0 ? 1 : -1),
      ),
    );
    expect(codesOf(errors)).toEqual(expect.arrayContaining(['KLMA zeroIntensitySum', '7TET zeroMean', '9S40 zeroQuartileSum']));
  });

  it('scattered voxels without neighbors', () => {
    const { features, errors } = collect(
      region(
        [5, 5, 5],
        [1, 1, 1],
        (i, j, k) => i % 2 === 0 && j % 2 === 0 && k % 2 === 0,
        (i, j, k) => i + 5 * j + 25 * k,
      ),
    );
    expectFinite(features);
    expect(errors.filter(({ params }) => params.reason === 'noNeighbors').length).toBeGreaterThan(100);
  });

  it('long thin and 10:1 voxels, two voxels, and a region that fills its box', () => {
    const regions = [
      region(
        [40, 2, 2],
        [1, 1, 10],
        () => true,
        (i, j, k) => (i * 31 + j * 17 + k * 7) % 23,
      ),
      region(
        [2, 1, 1],
        [10, 1, 1],
        () => true,
        (i) => i,
      ),
      region(
        [1, 1, 9],
        [1, 1, 1],
        () => true,
        (_i, _j, k) => k * k,
      ),
      region(
        [3, 3, 3],
        [0.001, 0.001, 0.01],
        () => true,
        (i, j, k) => 1e12 * (i + j + k + 1),
      ),
      region(
        [4, 4, 4],
        [1000, 1, 1],
        (i, j, k) => (i + j + k) % 2 === 0,
        (i) => i * 1e-12,
      ),
    ];
    for (const each of regions) expectFinite(collect(each).features);
  });

  it('throws at the first feature without value unless the caller collects; the message names feature, code, aggregation and reason', () => {
    const { roi, discretized } = region(
      [4, 4, 4],
      [1, 1, 1],
      () => true,
      () => 42,
      1,
    );
    const call = (family: 'glcm' | 'morphology') => () =>
      computeFeatures(roi, discretized, { ...options, families: [family], aggregations: ['3D:merged'] });
    expect(call('glcm')).toThrow(
      'RADIOMICS.FEATURE_UNDEFINED: The feature correlation (NI2N, Co-occurrence matrix, 3D:merged) has no value for this region: it has only one gray level.',
    );
    expect(call('morphology')).toThrow('(N365, Morphology) has no value for this region: all its voxels have the same intensity.');
  });

  it('refuses regions that cannot be computed', () => {
    const whole = region(
      [3, 3, 3],
      [1, 1, 1],
      () => true,
      (i) => i,
    );
    const code = (changes: Partial<Roi>, levels: Partial<DiscretizedRoi> = {}, more: Partial<FeatureOptions> = {}) => {
      try {
        computeFeatures({ ...whole.roi, ...changes }, { ...whole.discretized, ...levels }, { ...options, ...more });
        return 'nothing';
      } catch (error) {
        return isAppError(error) ? `${error.code} ${error.params.reason ?? error.params.mask ?? error.params.count}` : String(error);
      }
    };
    const none = new Uint8Array(27);
    expect(code({ intensityMask: none })).toBe('RADIOMICS.EMPTY_ROI intensity');
    expect(code({ intensityMask: none, morphologicalMask: none })).toBe('RADIOMICS.EMPTY_ROI morphological');
    expect(code({ morphologicalMask: none })).toBe('RADIOMICS.BAD_ROI masks');
    expect(code({ intensities: new Float64Array(26) })).toBe('RADIOMICS.BAD_ROI length');
    expect(code({ spacingMm: [1, 0, 1] })).toBe('RADIOMICS.BAD_ROI spacing');
    expect(code({ spacingMm: [1, NaN, 1] })).toBe('RADIOMICS.BAD_ROI spacing');
    expect(code({ intensities: whole.roi.intensities.map((x, v) => (v % 9 === 4 ? NaN : x)) })).toBe('RADIOMICS.NOT_FINITE 3');
    expect(code({ intensities: whole.roi.intensities.map((x, v) => (v === 0 ? Infinity : x)) })).toBe('RADIOMICS.NOT_FINITE 1');
    expect(code({}, { levels: new Uint16Array(27) })).toBe('RADIOMICS.EMPTY_ROI discretized');
    expect(code({}, { levelCount: 2 })).toBe('RADIOMICS.BAD_ROI level');
    expect(code({}, { dimensions: [9, 3, 1] })).toBe('RADIOMICS.BAD_ROI dimensions');
    expect(code({}, { levels: whole.discretized.levels.map((x, v) => (v === 0 ? 0 : x)) })).toBe('RADIOMICS.BAD_ROI levels');
    expect(code({}, {}, { cooccurrenceDistance: 0 })).toBe('RADIOMICS.BAD_FEATURE_OPTION positive');
    expect(code({}, {}, { aggregations: ['3D'] })).toBe('RADIOMICS.BAD_FEATURE_OPTION aggregation');
    expect(code({}, {}, { aggregations: ['3D'], families: ['ngtdm'] })).toBe('nothing');
  });
});
