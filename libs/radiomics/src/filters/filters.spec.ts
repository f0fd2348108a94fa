import { boxSize } from '@cohortium/imaging';
import type { Box, Triple, Volume } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyFilter } from './apply.js';
import { boundaries, boundaryIndex } from './boundary.js';
import type { Boundary } from './boundary.js';
import { gaborDirections } from './gabor.js';
import { parseFilterSettings } from './settings.js';

const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;

function volumeOf(dimensions: Triple, value: (i: number, j: number, k: number) => number, spacingMm: Triple = [1, 1, 1]): Volume {
  const [ni, nj, nk] = dimensions;
  const values = new Float64Array(ni * nj * nk);
  for (let k = 0, n = 0; k < nk; k++) for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) values[n++] = value(i, j, k);
  return { geometry: { dimensions, spacingMm, originMm: [10, 20, 30], direction }, values };
}

function noise(dimensions: Triple, seed: number, spacingMm?: Triple): Volume {
  const random = new SeededRandom(seed);
  return volumeOf(dimensions, () => 100 * random.normal(), spacingMm);
}

/** The image's value at any place, continued by the boundary condition. */
function reader({ geometry: { dimensions }, values }: Volume, boundary: Boundary) {
  const [ni, nj] = dimensions;
  return (i: number, j: number, k: number) => {
    const [pi, pj, pk] = [i, j, k].map((index, axis) => boundaryIndex(index, { count: dimensions[axis] as number, boundary })) as [
      number,
      number,
      number,
    ];
    return pi < 0 || pj < 0 || pk < 0 ? 0 : (values[pi + ni * (pj + nj * pk)] as number);
  };
}

const respond = (image: Volume, settings: object, box?: Box) => applyFilter(image, parseFilterSettings(settings), box).values;

function worstGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, value, n) => Math.max(worst, Math.abs(value - (b[n] as number))), 0);
}

/** One setting of every filter and mode; those that leave open how the image goes on get every boundary condition. */
const linear: readonly Record<string, unknown>[] = [
  { name: 'mean', supportVoxels: 3 },
  { name: 'mean', supportVoxels: 5, dimensions: '2D' },
  { name: 'laplacianOfGaussian', sigmaMm: 1.2, truncationSigma: 3 },
  { name: 'laplacianOfGaussian', sigmaMm: 1.2, dimensions: '2D' },
  { name: 'laplacianOfGaussian', sigmaMm: 1, rieszOrder: [1, 0, 2] },
  { name: 'laplacianOfGaussian', sigmaMm: 1, rieszOrder: [1, 1], dimensions: '2D' },
  { name: 'laws', kernels: 'E5L5S5' },
  { name: 'laws', kernels: 'R5W5', rotationInvariance: 'average' },
  { name: 'gabor', sigmaMm: 1, wavelengthMm: 2, aspectRatio: 1.5, orientationDegrees: 20, response: 'real' },
  { name: 'gabor', sigmaMm: 1, wavelengthMm: 3, aspectRatio: 0.8, orientationDegrees: 70, response: 'imaginary', dimensions: '2D' },
  { name: 'separableWavelet', wavelet: 'db2', subband: 'LHL', level: 2 },
  { name: 'separableWavelet', wavelet: 'coif1', subband: 'HL', rotationInvariance: 'average' },
];
const nonLinear: readonly Record<string, unknown>[] = [
  { name: 'laws', kernels: 'E5L5S5', rotationInvariance: 'max', energyDistanceVoxels: 2 },
  { name: 'laws', kernels: 'L5S5', energyDistanceVoxels: 1 },
  { name: 'gabor', sigmaMm: 1, wavelengthMm: 2, aspectRatio: 1.5, orientationStepDegrees: 45 },
  { name: 'separableWavelet', wavelet: 'haar', subband: 'HHL', rotationInvariance: 'max' },
];
const spectral: readonly Record<string, unknown>[] = [
  { name: 'simoncelli', level: 1 },
  { name: 'simoncelli', level: 2, dimensions: '2D', rieszOrder: [0, 1] },
];
const everyBoundary = (filters: readonly Record<string, unknown>[]) =>
  filters.flatMap((filter) => boundaries.map((boundary): Record<string, unknown> => ({ ...filter, boundary })));
const label = (settings: object) => JSON.stringify(settings);

describe('mean', () => {
  it('is the sum of the definition', () => {
    for (const boundary of boundaries) {
      const image = noise([5, 4, 3], 1);
      const f = reader(image, boundary);
      const wanted = volumeOf([5, 4, 3], (i, j, k) => {
        let sum = 0;
        for (let c = -2; c <= 2; c++) for (let b = -2; b <= 2; b++) for (let a = -2; a <= 2; a++) sum += f(i + a, j + b, k + c);
        return sum / 125;
      });
      expect(worstGap(respond(image, { name: 'mean', supportVoxels: 5, boundary }), wanted.values)).toBeLessThan(1e-11);
    }
  });
});

describe('Laplacian of Gaussian', () => {
  it('is the kernel of the standard, summed in space and by slice', () => {
    for (const [dimensions, axes] of [
      ['3D', 3],
      ['2D', 2],
    ] as const) {
      const image = noise([9, 7, 8], 2, [2, 2, 2]);
      const f = reader(image, 'mirror');
      const sigma = 1.5 / 2;
      const radius = Math.floor(4 * sigma + 0.5);
      const wanted = volumeOf([9, 7, 8], (i, j, k) => {
        let sum = 0;
        const depth = axes === 3 ? radius : 0;
        for (let c = -depth; c <= depth; c++)
          for (let b = -radius; b <= radius; b++)
            for (let a = -radius; a <= radius; a++) {
              const squared = (a * a + b * b + c * c) / (sigma * sigma);
              const weight = ((-1 / sigma ** 2) * (axes - squared) * Math.exp(-squared / 2)) / (Math.sqrt(2 * Math.PI) * sigma) ** axes;
              sum += weight * f(i + a, j + b, k + c);
            }
        return sum;
      });
      expect(worstGap(respond(image, { name: 'laplacianOfGaussian', sigmaMm: 1.5, dimensions }), wanted.values)).toBeLessThan(1e-11);
    }
  });

  it('keeps its shape in millimeters where voxels are not cubes', () => {
    // A round blob looks the same along every axis in the patient, whatever the voxels.
    const blob = (spacingMm: Triple, n: Triple) =>
      volumeOf(
        n,
        (i, j, k) => {
          const [x, y, z] = [i, j, k].map((index, axis) => (index - ((n[axis] as number) - 1) / 2) * (spacingMm[axis] as number)) as [
            number,
            number,
            number,
          ];
          return Math.exp(-(x * x + y * y + z * z) / (2 * 16));
        },
        spacingMm,
      );
    const fine = blob([1, 1, 2], [41, 41, 21]);
    const response = respond(fine, { name: 'laplacianOfGaussian', sigmaMm: 3 });
    const value = (i: number, j: number, k: number) => response[i + 41 * (j + 41 * k)] as number;
    // 6 mm from the center along i, j and k. Sampling at 1.5 voxels a sigma along k leaves an error of about a thousandth.
    const center = Math.abs(value(20, 20, 10));
    expect(Math.abs(value(26, 20, 10) - value(20, 26, 10)) / center).toBeLessThan(1e-12);
    expect(Math.abs(value(26, 20, 10) - value(20, 20, 13)) / center).toBeLessThan(2e-3);
  });
});

describe('Laws', () => {
  it('energy is the mean of the absolute response', () => {
    for (const boundary of boundaries) {
      const image = noise([6, 5, 4], 3);
      const response = respond(image, { name: 'laws', kernels: 'E5L5S5', rotationInvariance: 'max', boundary });
      const magnitude = { ...image, values: Float64Array.from(response, Math.abs) };
      const wanted = respond(magnitude, { name: 'mean', supportVoxels: 5, boundary });
      const energy = respond(image, { name: 'laws', kernels: 'E5L5S5', rotationInvariance: 'max', boundary, energyDistanceVoxels: 2 });
      expect(worstGap(energy, wanted)).toBeLessThan(1e-10);
    }
  });
});

describe('Gabor', () => {
  it('is the sum of the definition, in each plane, in millimeters', () => {
    for (const boundary of boundaries) {
      const spacingMm: Triple = [1, 1.25, 2];
      const image = noise([6, 5, 4], 4, spacingMm);
      const f = reader(image, boundary);
      const steps = [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ] as const;
      const modulus = (i: number, j: number, k: number, u: 0 | 1 | 2, v: 0 | 1 | 2, theta: number) => {
        let re = 0;
        let im = 0;
        for (let b = -14; b <= 14; b++)
          for (let a = -14; a <= 14; a++) {
            const along = a * spacingMm[u] * Math.cos(theta) + b * spacingMm[v] * Math.sin(theta);
            const aside = b * spacingMm[v] * Math.cos(theta) - a * spacingMm[u] * Math.sin(theta);
            const envelope = Math.exp(-(along ** 2 + (0.75 * aside) ** 2) / (2 * 1.3 ** 2));
            const place = [0, 1, 2].map((axis) => (steps[u][axis] as number) * a + (steps[v][axis] as number) * b) as [
              number,
              number,
              number,
            ];
            const value = f(i - place[0], j - place[1], k - place[2]);
            re += value * envelope * Math.cos((2 * Math.PI * along) / 3);
            im += value * envelope * Math.sin((2 * Math.PI * along) / 3);
          }
        return Math.sqrt(re * re + im * im);
      };
      const wanted = volumeOf([6, 5, 4], (i, j, k) => {
        let sum = 0;
        for (const [u, v] of [
          [0, 1],
          [0, 2],
          [1, 2],
        ] as const)
          for (let n = 0; n < 6; n++) sum += modulus(i, j, k, u, v, ((10 + 60 * n) * Math.PI) / 180);
        return sum / 18;
      });
      const settings = {
        name: 'gabor',
        sigmaMm: 1.3,
        wavelengthMm: 3,
        aspectRatio: 0.75,
        orientationDegrees: 10,
        orientationStepDegrees: 60,
        boundary,
      };
      // The envelope is cut at exp(-18).
      expect(worstGap(respond(image, settings), wanted.values)).toBeLessThan(1e-4);
    }
  }, 120_000);

  it('computes opposite directions once, unless they differ', () => {
    const step = (degrees: number, response: 'modulus' | 'imaginary') =>
      gaborDirections({ orientationDegrees: 0, orientationStepDegrees: degrees, response }).map(({ weight }) => weight);
    expect(step(45, 'modulus')).toEqual([2, 2, 2, 2]);
    expect(step(120, 'modulus')).toEqual([1, 1, 1]);
    expect(step(90, 'imaginary')).toEqual([1, 1, 1, 1]);
  });

  it('pooled over directions and planes does not change when the image is turned by right angles', () => {
    const image = noise([8, 8, 8], 5);
    const at = (values: ArrayLike<number>, i: number, j: number, k: number) => values[i + 8 * (j + 8 * k)] as number;
    const turned = volumeOf([8, 8, 8], (i, j, k) => at(image.values, k, 7 - i, 7 - j));
    const settings = { name: 'gabor', sigmaMm: 1.5, wavelengthMm: 2.5, aspectRatio: 1.5, orientationStepDegrees: 22.5 };
    const response = respond(image, settings);
    const wanted = volumeOf([8, 8, 8], (i, j, k) => at(response, k, 7 - i, 7 - j));
    expect(worstGap(respond(turned, settings), wanted.values)).toBeLessThan(1e-9);
  });
});

describe('every filter', () => {
  const all = [...everyBoundary([...linear, ...nonLinear]), ...spectral];

  it.each(all.map((settings) => [label(settings), settings] as const))('of a block is that of the whole: %s', (_, settings) => {
    const image = noise([8, 7, 6], 6, [1, 1, 1.5]);
    const whole = applyFilter(image, parseFilterSettings(settings));
    const box: Box = { from: [1, 0, 2], to: [4, 7, 4] };
    const block = applyFilter(image, parseFilterSettings(settings), box);
    expect(block.geometry).toMatchObject({ dimensions: boxSize(box), originMm: [11, 20, 33], spacingMm: [1, 1, 1.5] });
    const wanted = volumeOf(boxSize(box), (i, j, k) => whole.values[i + 1 + 8 * (j + 7 * (k + 2))] as number);
    expect(worstGap(block.values, wanted.values)).toBeLessThan(1e-9);
  });

  it('is finite on images of one voxel, one row and one slice', () => {
    for (const settings of all)
      for (const dimensions of [
        [1, 1, 1],
        [5, 1, 1],
        [1, 4, 3],
        [6, 5, 1],
      ] as const) {
        const response = respond(noise(dimensions, 7), settings);
        expect(response.every(Number.isFinite), `${label(settings)} on ${dimensions.join('x')}`).toBe(true);
      }
  });

  it('that is linear adds and scales', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...everyBoundary(linear), ...spectral),
        fc.nat(),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (settings, seed, factor) => {
          const a = noise([7, 6, 4], seed);
          const b = noise([7, 6, 4], seed + 1);
          const sum = { ...a, values: Float64Array.from(a.values, (value, n) => value + factor * (b.values[n] as number)) };
          const [ra, rb] = [respond(a, settings), respond(b, settings)];
          expect(
            worstGap(
              respond(sum, settings),
              Float64Array.from(ra, (value, n) => value + factor * (rb[n] as number)),
            ),
          ).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('moves with a periodic image', () => {
    const periodic = [...linear, ...nonLinear, ...spectral].map((settings): Record<string, unknown> => ({
      ...settings,
      boundary: 'periodic',
    }));
    fc.assert(
      fc.property(fc.constantFrom(...periodic), fc.nat(), fc.tuple(fc.nat(6), fc.nat(5), fc.nat(3)), (settings, seed, [si, sj, sk]) => {
        // By slice, slices move as wholes.
        const n: Triple = [7, 6, 4];
        const move = ({ values }: Pick<Volume, 'values'>) =>
          volumeOf(n, (i, j, k) => values[((i + si) % 7) + 7 * (((j + sj) % 6) + 6 * ((k + sk) % 4))] as number);
        const image = noise(n, seed);
        const response = { ...image, values: Float64Array.from(respond(image, settings)) };
        expect(worstGap(respond(move(image), settings), move(response).values)).toBeLessThan(1e-8);
      }),
      { numRuns: 60 },
    );
  });

  it('of a constant image: the mean keeps it, the others find nothing', () => {
    const image = volumeOf([16, 16, 16], () => 1000);
    expect(worstGap(respond(image, { name: 'mean', supportVoxels: 5 }), image.values)).toBeLessThan(1e-10);
    const blind: readonly (readonly [object, number])[] = [
      [{ name: 'laws', kernels: 'E5L5S5' }, 1e-9],
      [{ name: 'laws', kernels: 'L5W5E5', rotationInvariance: 'max', energyDistanceVoxels: 1 }, 1e-9],
      // The coefficients of wavelets are tabulated to about twelve digits.
      [{ name: 'separableWavelet', wavelet: 'db3', subband: 'LLH', level: 2 }, 1e-7],
      [{ name: 'separableWavelet', wavelet: 'bior2.2', subband: 'HL' }, 1e-7],
      // The standard truncates without making the sum 0: what is left at six standard deviations is 1e-6 of the intensity.
      [{ name: 'laplacianOfGaussian', sigmaMm: 2, truncationSigma: 6 }, 1e-3],
      [{ name: 'simoncelli', level: 1 }, 1e-9],
      [{ name: 'simoncelli', level: 1, rieszOrder: [1, 0, 0] }, 1e-9],
    ];
    for (const [settings, allowed] of blind) {
      const largest = Math.max(...Array.from(respond(image, settings), Math.abs));
      expect(largest, label(settings)).toBeLessThan(allowed);
    }
    const zero = volumeOf([6, 6, 6], () => 0);
    for (const settings of all)
      expect(
        respond(zero, settings).every((value) => value === 0),
        label(settings),
      ).toBe(true);
  });

  it('keeps voxels of any storage apart from the response', () => {
    const doubles = volumeOf([5, 4, 3], (i, j, k) => i * j - k);
    for (const settings of all) {
      const wanted = respond(doubles, settings);
      for (const Storage of [Int16Array, Float32Array, Int8Array]) {
        const image = { ...doubles, values: Storage.from(doubles.values) };
        expect(respond(image, settings)).toEqual(wanted);
        expect(image.values).toEqual(Storage.from(doubles.values));
      }
    }
  });
});

describe('voxels that are not finite', () => {
  const spoiled = () => {
    const image = noise([12, 6, 6], 8);
    image.values[11] = NaN;
    image.values[23] = -Infinity;
    return image;
  };
  const near: Box = { from: [8, 0, 0], to: [10, 6, 6] };
  const far: Box = { from: [0, 0, 0], to: [6, 6, 6] };

  it('are refused where the filter reads them, with their number', () => {
    for (const settings of [...linear, ...nonLinear, ...spectral]) {
      let code = '';
      let count: unknown;
      try {
        respond(spoiled(), settings);
      } catch (error) {
        if (!isAppError(error)) throw error;
        code = error.code;
        count = error.params.count;
      }
      expect([code, Number(count) > 0], label(settings)).toEqual(['RADIOMICS.FILTER_NOT_FINITE', true]);
    }
    expect(() => respond(spoiled(), { name: 'mean', supportVoxels: 5 }, near)).toThrow(/2 voxels/);
  });

  it('do not matter where it does not', () => {
    expect(respond(spoiled(), { name: 'mean', supportVoxels: 5 }, far).every(Number.isFinite)).toBe(true);
  });
});

describe('blocks', () => {
  it('that are empty or leave the image are refused', () => {
    const image = noise([4, 4, 4], 9);
    for (const box of [
      { from: [0, 0, 0], to: [0, 4, 4] },
      { from: [-1, 0, 0], to: [2, 4, 4] },
      { from: [0, 0, 0], to: [4, 4, 5] },
    ] as const)
      expect(() => respond(image, { name: 'mean', supportVoxels: 3 }, box)).toThrow(/4x4x4/);
  });
});
