import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extract } from './extract.js';
import type { ExtractionSettings } from './settings/resolve.js';
import { resolveExtractionSettings } from './settings/resolve.js';

/** Laws that follow from the definitions, from image to features, in both profiles. */
interface Case {
  readonly image: Volume;
  readonly mask: RoiMask;
}
type Flips = readonly [boolean, boolean, boolean];

const geometryOf = (dimensions: Triple, spacingMm: Triple): Geometry => ({
  dimensions,
  spacingMm,
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});
const placeOf = (at: number, [ni, nj]: Triple): Triple => [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];

/** A ragged blob of whole intensities from 0 to 399 in a larger image. */
function blob(seed: number, spacingMm: Triple = [1, 1.5, 2]): Case {
  const random = new SeededRandom(seed);
  const dimensions: Triple = [12, 11, 10];
  const geometry = geometryOf(dimensions, spacingMm);
  const values = Float64Array.from({ length: 12 * 11 * 10 }, () => Math.floor(400 * random.uniform()));
  const voxels = Uint8Array.from(values, (_, at) => {
    const [i, j, k] = placeOf(at, dimensions);
    return (i - 5.5) ** 2 + (j - 5) ** 2 + (k - 4.5) ** 2 < 8 + 6 * random.uniform() ? 1 : 0;
  });
  return { image: { geometry, values }, mask: { geometry, voxels } };
}

/** The case on another grid of the same spacing: each voxel is looked up in the old one, and 0 beyond it. */
function placed({ image, mask }: Case, dimensions: Triple, spacingMm: Triple, source: (place: Triple) => Triple): Case {
  const old = image.geometry.dimensions;
  const geometry = geometryOf(dimensions, spacingMm);
  const at = Array.from({ length: dimensions[0] * dimensions[1] * dimensions[2] }, (_, v) => {
    const [i, j, k] = source(placeOf(v, dimensions));
    const isInside = [i, j, k].every((index, axis) => index >= 0 && index < (old[axis] as number));
    return isInside ? i + old[0] * (j + old[1] * k) : -1;
  });
  return {
    image: { geometry, values: Float64Array.from(at, (v) => (v < 0 ? 0 : (image.values[v] as number))) },
    mask: { geometry, voxels: Uint8Array.from(at, (v) => (v < 0 ? 0 : (mask.voxels[v] as number))) },
  };
}

/** Axis a of the turned case is axis `from[a]` of the old one, reversed where `flips[a]`. */
function turned(given: Case, from: Triple, flips: Flips): Case {
  const { dimensions, spacingMm } = given.image.geometry;
  const of = <T>(values: readonly T[]) => from.map((axis) => values[axis]) as unknown as [T, T, T];
  const size = of(dimensions);
  return placed(given, size, of(spacingMm), (place) => {
    const old: [number, number, number] = [0, 0, 0];
    from.forEach((axis, a) => (old[axis] = flips[a] ? (size[a] as number) - 1 - (place[a] as number) : (place[a] as number)));
    return old;
  });
}

const withIntensities = ({ image, mask }: Case, change: (x: number) => number): Case => ({
  image: { ...image, values: Float64Array.from(image.values, change) },
  mask,
});

/** Settings without interpolation, whose grid would move with the image, not with the region. */
const standard = (document: object = {}) => resolveExtractionSettings({ intensityUnits: 'calibrated', ...document });
const pyradiomics = (setting: object = {}) => resolveExtractionSettings({ setting: { additionalInfo: false, ...setting } });
const fixedSize = (lowerBound: number, binWidth: number) =>
  standard({ resegmentation: { range: [lowerBound, 1e6] }, discretization: { method: 'FBS', binWidth, lowerBound } });

function featuresOf({ image, mask }: Case, settings: ExtractionSettings) {
  const { features } = extract(image, mask, settings);
  return new Map(features.map((feature) => [[feature.family, feature.name, feature.aggregation ?? ''].join(' '), feature]));
}
type Features = ReturnType<typeof featuresOf>;

/** Every feature of `before` is in `after` with the value that the law demands; null where it demands none. */
function expectLaw(
  before: Features,
  after: Features,
  law: (feature: { name: string; family: string; unit: string }, value: number) => number | null,
) {
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [key, feature] of before) {
    const wanted = law(feature, feature.value);
    // Sums in another order differ in the last bits; differences of large sums a little more.
    if (wanted !== null) expect(Math.abs((after.get(key)?.value as number) - wanted), key).toBeLessThan(1e-7 * (1 + Math.abs(wanted)));
  }
}
const eachBlob = (check: (seed: number) => void, numRuns = 4) => fc.assert(fc.property(fc.nat(), check), { numRuns });

/**
 * Features that depend on the order of the axes: diameters in planes, the search for the oriented box, which ties of facets may send
 * elsewhere, and the mesh of PyRadiomics, whose table cuts cubes with two ways to be cut by their orientation.
 */
const followsAxes = (name: string) => /2DDiameter|OMBB|^original_shape_(MeshVolume|Surface|Sphericity)/.test(name);
const turns: readonly (readonly [Triple, Flips])[] = [
  [
    [1, 0, 2],
    [true, false, false],
  ],
  [
    [0, 2, 1],
    [false, true, false],
  ],
  [
    [2, 1, 0],
    [false, false, true],
  ],
  [
    [1, 2, 0],
    [true, true, false],
  ],
  [
    [0, 1, 2],
    [true, false, true],
  ],
];
const profiles = [
  ['the standard, fixed bin number', standard()],
  ['the standard, fixed bin size', fixedSize(-50, 25)],
  ['PyRadiomics', pyradiomics()],
] as const;

describe.each(profiles)('%s', (_, settings) => {
  it('features do not depend on where the region lies', () => {
    eachBlob((seed) => {
      const given = blob(seed);
      const moved = placed(given, [17, 18, 19], [1, 1.5, 2], ([i, j, k]) => [i - 2, j - 5, k - 7]);
      // The image is larger, and local intensity averages over what lies around the region.
      const law = ({ family }: { family: string }, value: number) => (family === 'localIntensity' ? null : value);
      expectLaw(featuresOf(given, settings), featuresOf(moved, settings), law);
    });
  });

  it('features do not change when image and region are mirrored or turned by right angles', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...turns), (seed, [from, flips]) => {
        const given = blob(seed);
        const law = ({ name }: { name: string }, value: number) => (followsAxes(name) ? null : value);
        expectLaw(featuresOf(given, settings), featuresOf(turned(given, from, flips), settings), law);
      }),
      { numRuns: 8 },
    );
  });

  it('lengths, areas and volumes scale with the voxels by their powers, the others not at all', () => {
    const powers: Readonly<Record<string, number>> = { mm: 1, mm2: 2, mm3: 3, '1/mm': -1, 'intensity mm3': 3, 'intensity2 mm3': 3 };
    eachBlob((seed) => {
      const small = featuresOf(blob(seed, [1, 1.5, 2]), settings);
      const large = featuresOf(blob(seed, [2, 3, 4]), settings);
      // Local intensity looks 6.2 mm around a voxel, whatever its size.
      expectLaw(small, large, ({ family, unit }, value) => (family === 'localIntensity' ? null : value * 2 ** (powers[unit] ?? 0)));
    });
  });
});

describe('a constant added to all intensities', () => {
  const added = 75;
  const shifts =
    /^(mean|median|minimum|maximum|\d0thPercentile|localIntensityPeak|globalIntensityPeak|Mean|Median|Minimum|Maximum|\d0Percentile)$/;
  const hasNoLaw =
    /^(centreOfMassShift|integratedIntensity|coefficientOfVariation|quartileCoefficientOfDispersion|energy|rootMeanSquare|Energy|TotalEnergy|RootMeanSquared)$/;
  const law = ({ name, family }: { name: string; family: string }, value: number) => {
    const short = name.replace(/^original_[a-z]+_/, '');
    if (family === 'intensityHistogram' || family === 'intensityVolumeHistogram') return value;
    if (/gl|ngtdm/.test(family)) return value;
    return hasNoLaw.test(short) ? null : value + (shifts.test(short) ? added : 0);
  };

  it.each([
    ['fixed bin number', standard(), standard()],
    ['fixed bin size, the bound moved too', fixedSize(-50, 25), fixedSize(-50 + added, 25)],
    ['PyRadiomics, by a multiple of the bin width', pyradiomics(), pyradiomics()],
  ] as const)('moves locations and changes neither spread nor texture: %s', (_, before, after) => {
    eachBlob((seed) => {
      const given = blob(seed);
      expectLaw(
        featuresOf(given, before),
        featuresOf(
          withIntensities(given, (x) => x + added),
          after,
        ),
        law,
      );
    });
  });
});

describe('intensities times a factor', () => {
  const factor = 4;
  const powers: Readonly<Record<string, number>> = { intensity: 1, intensity2: 2, 'intensity mm3': 1, 'intensity2 mm3': 2 };

  it.each([
    ['fixed bin number', standard(), standard()],
    ['fixed bin size, bound and width times the factor too', fixedSize(-50, 25), fixedSize(-50 * factor, 25 * factor)],
    ['PyRadiomics, bin width times the factor too', pyradiomics(), pyradiomics({ binWidth: 25 * factor })],
  ] as const)('scale what is measured in them and change no texture: %s', (_, before, after) => {
    eachBlob((seed) => {
      const given = blob(seed);
      const scaled = withIntensities(given, (x) => x * factor);
      expectLaw(featuresOf(given, before), featuresOf(scaled, after), ({ family, unit }, value) =>
        // Volume histograms of a fixed bin number report bins.
        family === 'intensityVolumeHistogram' ? value : value * factor ** (powers[unit] ?? 0),
      );
    });
  });
});
