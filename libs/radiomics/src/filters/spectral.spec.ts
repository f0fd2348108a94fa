import type { Triple, Volume } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { applyFilter } from './apply.js';
import { frequencyGrid } from './frequency-response.js';
import { PlaneTransform } from './plane-transform.js';
import { parseFilterSettings } from './settings.js';

function noise(dimensions: Triple, seed: number): Volume {
  const random = new SeededRandom(seed);
  const values = Float64Array.from({ length: dimensions[0] * dimensions[1] * dimensions[2] }, () => random.normal());
  return { geometry: { dimensions, spacingMm: [1, 1, 1], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] }, values };
}

const respond = (image: Volume, settings: object) => applyFilter(image, parseFilterSettings(settings)).values;

interface Complex {
  readonly re: number;
  readonly im: number;
}

/** The sum of the definition over all axes; slow. */
function slowTransform(values: readonly Complex[], [ni, nj, nk]: Triple, sign: 1 | -1): Complex[] {
  const places = Array.from({ length: ni * nj * nk }, (_, n) => [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))] as const);
  return places.map(([fi, fj, fk]) => {
    let re = 0;
    let im = 0;
    places.forEach(([i, j, k], n) => {
      const angle = sign * 2 * Math.PI * ((fi * i) / ni + (fj * j) / nj + (fk * k) / nk);
      const value = values[n] as Complex;
      re += value.re * Math.cos(angle) - value.im * Math.sin(angle);
      im += value.re * Math.sin(angle) + value.im * Math.cos(angle);
    });
    return { re, im };
  });
}

/** The filter as the standard writes it: multiply the spectrum, transform back, keep the real part. */
function slowRiesz(image: Volume, level: number, order: readonly number[]): number[] {
  const { dimensions } = image.geometry;
  const [ni, nj] = dimensions;
  const nu = (count: number, f: number) => (((f + Math.floor(count / 2)) % count) - (count - 1) / 2) / ((count - 1) / 2);
  const total = order.reduce((sum, l) => sum + l, 0);
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const scale = Math.sqrt(factorial(total) / order.map(factorial).reduce((product, value) => product * value, 1));
  const highest = 2 ** (1 - level);
  const spectrum = slowTransform(
    Array.from(image.values, (re) => ({ re, im: 0 })),
    dimensions,
    -1,
  ).map(({ re, im }, n) => {
    const place = [nu(ni, n % ni), nu(nj, Math.floor(n / ni) % nj), nu(dimensions[2], Math.floor(n / (ni * nj)))];
    const length = Math.sqrt(place.reduce((sum, x) => sum + x * x, 0));
    const band = length >= highest / 4 && length <= highest ? Math.cos((Math.PI / 2) * Math.log2((2 * length) / highest)) : 0;
    const gain = band === 0 ? 0 : band * scale * place.reduce((product, x, axis) => product * (x / length) ** (order[axis] ?? 0), 1);
    // Times (-i)^L.
    let turned = { re: gain * re, im: gain * im };
    for (let l = 0; l < total; l++) turned = { re: turned.im, im: -turned.re };
    return turned;
  });
  return slowTransform(spectrum, dimensions, 1).map(({ re }) => re / image.values.length);
}

function worstGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, value, n) => Math.max(worst, Math.abs(value - (b[n] as number))), 0);
}

describe('frequencyGrid', () => {
  it('is the grid of the reference maps', () => {
    expect([...frequencyGrid(5)]).toEqual([0, 0.5, 1, -1, -0.5]);
    expect([...frequencyGrid(4)].map((nu) => Math.round(3 * nu))).toEqual([1, 3, -3, -1]);
    expect([...frequencyGrid(1)]).toEqual([0]);
  });
});

describe('Simoncelli and Riesz', () => {
  it('equal the slow sum, with even and odd numbers of voxels', () => {
    const orders = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
      [1, 1, 1],
      [2, 0, 2],
      [0, 1, 4],
    ] as const;
    for (const dimensions of [
      [6, 5, 4],
      [5, 7, 3],
      [8, 4, 2],
    ] as const)
      for (const order of orders)
        for (const level of [1, 2]) {
          const image = noise(dimensions, level);
          const rieszOrder = order.some((l) => l > 0) ? order : null;
          const found = respond(image, { name: 'simoncelli', level, rieszOrder });
          expect(worstGap(found, slowRiesz(image, level, order)), `${dimensions}, order ${order}, level ${level}`).toBeLessThan(1e-12);
        }
  });

  it('by slice are those of each slice alone', () => {
    const image = noise([7, 6, 5], 3);
    const found = respond(image, { name: 'simoncelli', dimensions: '2D', rieszOrder: [1, 1] });
    for (let k = 0; k < 5; k++) {
      const slice = {
        ...image,
        geometry: { ...image.geometry, dimensions: [7, 6, 1] as const },
        values: image.values.slice(k * 42, (k + 1) * 42),
      };
      const alone = respond(slice, { name: 'simoncelli', rieszOrder: [1, 1, 0] });
      expect(worstGap(found.slice(k * 42, (k + 1) * 42), alone)).toBeLessThan(1e-12);
    }
  });

  it('of all orders of one sum share out the energy of the band (the transform is all-pass)', () => {
    // On an odd grid, which is symmetric around frequency 0.
    const image = noise([9, 7, 5], 4);
    const energy = (settings: object) => Array.from(respond(image, settings)).reduce((sum, value) => sum + value * value, 0);
    const band = energy({ name: 'simoncelli' });
    for (const total of [1, 2, 3]) {
      let sum = 0;
      for (let a = 0; a <= total; a++)
        for (let b = 0; a + b <= total; b++) sum += energy({ name: 'simoncelli', rieszOrder: [a, b, total - a - b] });
      expect(Math.abs(sum / band - 1)).toBeLessThan(1e-12);
    }
  });

  it('of the first order twice is the second order along the axis', () => {
    // R1 R1 = (-i)^2 nu1^2 / |nu|^2 is the second order (2, 0, 0), whose factor sqrt(2! / 2!) is 1.
    const image = noise([15, 15, 15], 5);
    const once = applyFilter(image, parseFilterSettings({ name: 'simoncelli', rieszOrder: [1, 0, 0] }));
    const twice = respond(once, { name: 'simoncelli', rieszOrder: [1, 0, 0] });
    const second = applyFilter(image, parseFilterSettings({ name: 'simoncelli' }));
    expect(worstGap(twice, respond(second, { name: 'simoncelli', rieszOrder: [2, 0, 0] }))).toBeLessThan(1e-12);
  });
});

describe('filters that are the same in all directions', () => {
  it.each([
    { name: 'simoncelli', level: 1 },
    { name: 'simoncelli', level: 2 },
    { name: 'laplacianOfGaussian', sigmaMm: 1.1, boundary: 'nearest' },
    { name: 'mean', supportVoxels: 3, boundary: 'mirror' },
  ])('turn with the image: $name', (settings) => {
    // An odd grid is symmetric around frequency 0. (i, j, k) -> (k, n - 1 - i, n - 1 - j) is a rotation by right angles.
    const n = 9;
    const image = noise([n, n, n], 8);
    const turn = (values: ArrayLike<number>) => {
      const out = new Float64Array(n * n * n);
      for (let k = 0, at = 0; k < n; k++)
        for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) out[at++] = values[k + n * (n - 1 - i + n * (n - 1 - j))] as number;
      return out;
    };
    expect(worstGap(respond({ ...image, values: turn(image.values) }, settings), turn(respond(image, settings)))).toBeLessThan(1e-12);
  });
});

describe('Riesz-transformed Laplacian of Gaussian', () => {
  it('of a plane wave is the Laplacian a quarter period on', () => {
    // Periodic, odd length: the Riesz transform along the wave is a Hilbert transform.
    const n = 15;
    const wave = (phase: number): Volume => ({
      ...noise([n, 3, 3], 0),
      values: Float64Array.from({ length: n * 9 }, (_, at) => Math.cos((2 * Math.PI * 2 * (at % n)) / n + phase)),
    });
    const common = { name: 'laplacianOfGaussian', sigmaMm: 1.4, boundary: 'periodic' };
    const turned = respond(wave(0), { ...common, rieszOrder: [1, 0, 0] });
    expect(worstGap(turned, respond(wave(-Math.PI / 2), common))).toBeLessThan(1e-12);
    expect(Math.max(...Array.from(respond(wave(0), { ...common, rieszOrder: [0, 1, 0] }), Math.abs))).toBeLessThan(1e-12);
  });
});

describe('PlaneTransform', () => {
  it('is the transform of the plane, turned, and comes back', () => {
    const random = new SeededRandom(6);
    const transform = new PlaneTransform(40, 33);
    const plane = Float64Array.from({ length: 40 * 33 }, () => random.normal());
    const real = plane.slice();
    const imaginary = new Float64Array(real.length);
    const spectrum = transform.forward(real, imaginary);
    for (const [fu, fv] of [
      [0, 0],
      [3, 7],
      [39, 1],
      [20, 32],
    ] as const) {
      let re = 0;
      let im = 0;
      plane.forEach((value, at) => {
        const angle = -2 * Math.PI * (((at % 40) * fu) / 40 + (Math.floor(at / 40) * fv) / 33);
        re += value * Math.cos(angle);
        im += value * Math.sin(angle);
      });
      expect(Math.abs((spectrum.real[fu * 33 + fv] as number) - re)).toBeLessThan(1e-10);
      expect(Math.abs((spectrum.imaginary[fu * 33 + fv] as number) - im)).toBeLessThan(1e-10);
    }
    transform.inverse(spectrum.real, spectrum.imaginary, real, imaginary);
    expect(
      worstGap(
        real.map((value) => value / (40 * 33)),
        plane,
      ),
    ).toBeLessThan(1e-13);
  });
});
