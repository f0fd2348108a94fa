import type { AppError } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiscretizedRoi, FeatureValue, Roi } from '../roi/roi.js';
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

/** A blob of 6 x 5 x 4 voxels in a larger box, with noise. */
function blob(seed: number, spacingMm: Triple = [1, 1, 1], offset: Triple = [2, 2, 2], box: Triple = [10, 10, 10]): Region {
  const random = new SeededRandom(seed);
  const noise = new Map<string, number>();
  for (let k = 0; k < 4; k++) for (let j = 0; j < 5; j++) for (let i = 0; i < 6; i++) noise.set([i, j, k].join(), 100 * random.uniform());
  const at = (i: number, j: number, k: number) => noise.get([i - offset[0], j - offset[1], k - offset[2]].join());
  const inside = (i: number, j: number, k: number) => {
    const own = at(i, j, k);
    return own !== undefined && own > 12;
  };
  return region(box, spacingMm, inside, (i, j, k) => at(i, j, k) ?? 0);
}

/** The region seen along other axes: axis a of the new one is axis `from[a]` of the old, reversed where `flip[a]`. */
function turn({ roi, discretized }: Region, from: Triple, flip: [boolean, boolean, boolean]): Region {
  const dimensions = from.map((axis) => roi.dimensions[axis]) as Triple;
  const spacingMm = from.map((axis) => roi.spacingMm[axis]) as Triple;
  const [ni, nj] = roi.dimensions;
  const sources = Int32Array.from({ length: roi.intensities.length }, (_, v) => {
    const place = [v % dimensions[0], Math.floor(v / dimensions[0]) % dimensions[1], Math.floor(v / (dimensions[0] * dimensions[1]))];
    const old: Triple = [0, 0, 0];
    from.forEach((axis, a) => (old[axis] = flip[a] ? dimensions[a]! - 1 - place[a]! : place[a]!));
    return old[0] + ni * (old[1] + nj * old[2]);
  });
  const mask = Uint8Array.from(sources, (v) => roi.morphologicalMask[v]!);
  return {
    roi: {
      dimensions,
      spacingMm,
      intensities: Float64Array.from(sources, (v) => roi.intensities[v]!),
      morphologicalMask: mask,
      intensityMask: mask,
    },
    discretized: { ...discretized, dimensions, spacingMm, levels: Uint16Array.from(sources, (v) => discretized.levels[v]!) },
  };
}

const key = ({ family, name, aggregation }: FeatureValue) => [family, name, aggregation].join(' ');
const valuesOf = (features: readonly FeatureValue[]) => new Map(features.map((feature) => [key(feature), feature.value]));
const collect = ({ roi, discretized }: Region, changes: Partial<FeatureOptions> = {}) => {
  const errors: AppError[] = [];
  const features = computeFeatures(roi, discretized, { ...options, onUndefined: (error) => errors.push(error), ...changes });
  return { features, errors, values: valuesOf(features) };
};
function expectSame(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>, except: (key: string) => boolean = () => false): void {
  expect([...b.keys()]).toEqual([...a.keys()]);
  for (const [name, value] of a) {
    if (except(name)) continue;
    // Sums in another order differ in the last bits; differences of large sums (correlations) a little more.
    expect(Math.abs((b.get(name) as number) - value), name).toBeLessThan(1e-7 * (1 + Math.abs(value)));
  }
}

describe('computeFeatures', () => {
  it('does not depend on where in its box a region lies, nor on the size of the box', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const here = collect(blob(seed, [1, 1.5, 2])).values;
        // Local intensity averages over whatever the box holds around the region.
        const isLocal = (name: string) => name.startsWith('localIntensity');
        expectSame(here, collect(blob(seed, [1, 1.5, 2], [0, 0, 0], [6, 5, 4])).values, isLocal);
        expectSame(here, collect(blob(seed, [1, 1.5, 2], [4, 1, 3], [12, 8, 9])).values, isLocal);
      }),
      { numRuns: 8 },
    );
  });

  it('does not change when the region is turned by 90 degrees or mirrored, for everything that is computed in 3-D', () => {
    const turns: [Triple, [boolean, boolean, boolean]][] = [
      [
        [1, 0, 2],
        [true, false, false],
      ],
      [
        [0, 2, 1],
        [false, false, true],
      ],
      [
        [2, 1, 0],
        [true, true, true],
      ],
      [
        [0, 1, 2],
        [true, false, false],
      ],
      [
        [0, 1, 2],
        [false, false, true],
      ],
      [
        [1, 2, 0],
        [false, true, false],
      ],
    ];
    const spatial: Partial<FeatureOptions> = { aggregations: ['3D:averaged', '3D:merged', '3D'] };
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...turns), (seed, [from, flip]) => {
        const original = blob(seed, [1, 1.5, 2]);
        // The search for the oriented box starts from facets in the order of their area, which ties may change.
        expectSame(collect(original, spatial).values, collect(turn(original, from, flip), spatial).values, (name) => name.includes('OMBB'));
      }),
      { numRuns: 12 },
    );
  });

  it('does not change when the region is turned within its slices, for all aggregations', () => {
    const original = blob(5, [1, 1, 3]);
    expectSame(collect(original).values, collect(turn(original, [1, 0, 2], [true, false, false])).values, (name) => name.includes('OMBB'));
  });

  it('scales with the voxels: lengths, areas and volumes by their powers, ratios and textures not at all', () => {
    const factor = 3;
    const powers: Readonly<Record<string, number>> = { mm: 1, mm2: 2, mm3: 3, '1/mm': -1, 'intensity mm3': 3 };
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const small = collect(blob(seed, [1, 1.5, 2]));
        const large = collect(blob(seed, [3, 4.5, 6])).values;
        for (const feature of small.features) {
          if (feature.family === 'localIntensity') continue;
          const wanted = feature.value * factor ** (powers[feature.unit] ?? 0);
          expect(Math.abs((large.get(key(feature)) as number) - wanted), key(feature)).toBeLessThan(1e-6 * (1 + Math.abs(wanted)));
        }
      }),
      { numRuns: 6 },
    );
  });

  it('intensities times a factor: statistics follow, what is discretized with a fixed bin number does not change', () => {
    const original = blob(11);
    const scaled = { ...original, roi: { ...original.roi, intensities: original.roi.intensities.map((x) => 4 * x) } };
    const before = collect(original);
    const after = collect(scaled).values;
    for (const feature of before.features) {
      const factor = { intensity: 4, intensity2: 16, 'intensity mm3': 4 }[feature.unit] ?? 1;
      // The volume histogram of a fixed bin number reports bin numbers.
      const wanted = feature.value * (feature.family === 'intensityVolumeHistogram' ? 1 : factor);
      expect(Math.abs((after.get(key(feature)) as number) - wanted), key(feature)).toBeLessThan(1e-9 * (1 + Math.abs(wanted)));
    }
  });

  it('uses the intensity mask for intensities and the morphological mask for shape and distances', () => {
    const { roi, discretized } = blob(7);
    const holes = roi.intensityMask.map((x, v) => (v % 5 === 0 ? 0 : x));
    const cut: Region = {
      roi: { ...roi, intensityMask: holes },
      discretized: { ...discretized, levels: discretized.levels.map((x, v) => (holes[v] === 1 ? x : 0)) },
    };
    const [whole, part] = [collect({ roi, discretized }).values, collect(cut).values];
    for (const name of ['volumeMesh', 'volumeVoxelCounting', 'maximum3DDiameter', 'majorAxisLength'])
      expect(part.get(`morphology ${name} `)).toBe(whole.get(`morphology ${name} `));
    for (const name of ['morphology moransIIndex ', 'intensityStatistics mean ', 'glcm jointEntropy 3D:merged', 'gldzm zonePercentage 3D'])
      expect(part.get(name)).not.toBe(whole.get(name));
  });

  it('computes what is asked for only, in the order of the manual', () => {
    const { roi, discretized } = blob(1);
    const some = computeFeatures(roi, discretized, {
      ...options,
      families: ['ngtdm', 'morphology'],
      aggregations: ['3D'],
      select: ({ name }) => /olume|usy/.test(name),
    });
    expect(some.map(({ name }) => name)).toEqual([
      'volumeMesh',
      'volumeVoxelCounting',
      'surfaceToVolumeRatio',
      'volumeDensityAABB',
      'volumeDensityOMBB',
      'volumeDensityAEE',
      'volumeDensityMVEE',
      'volumeDensityConvexHull',
      'busyness',
    ]);
    expect(some[8]).toMatchObject({ family: 'ngtdm', ibsiCode: 'NQ30', aggregation: '3D', unit: '1' });
    expect('aggregation' in some[0]!).toBe(false);
  });
});
