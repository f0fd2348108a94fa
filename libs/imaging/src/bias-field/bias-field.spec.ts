import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import type { Geometry, Volume } from '../volume.js';
import { correctBias, defaultBiasSettings } from './correct-bias.js';
import type { BiasCorrection } from './correct-bias.js';
import { everyVoxel, SplineLattice } from './spline-lattice.js';

const n = 48;
const geometry: Geometry = { dimensions: [n, n, n], spacingMm: [1, 1, 1], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };

/** A ball of three tissues in blobs, a smooth field over it, noise, and air outside. */
function phantom(strength: number, noise: number, seed: number) {
  const random = new SeededRandom(seed);
  const [values, field, mask] = [new Float64Array(n ** 3), new Float64Array(n ** 3), new Uint8Array(n ** 3)];
  for (let k = 0, at = 0; k < n; k++)
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++, at++) {
        const [x, y, z] = [(2 * i) / (n - 1) - 1, (2 * j) / (n - 1) - 1, (2 * k) / (n - 1) - 1];
        field[at] = Math.exp(strength * (0.8 * x - 0.5 * y + 0.6 * x * z - 0.7 * y * y + 0.4 * z * z * x));
        if (x * x + y * y + z * z > 0.9) continue;
        mask[at] = 1;
        const pattern = Math.sin(0.8 * i) * Math.cos(0.7 * j + 0.3) * Math.sin(0.6 * k + 1);
        const tissue = pattern > 0.25 ? 420 : pattern < -0.3 ? 160 : 260;
        values[at] = tissue * (field[at] as number) * (1 + noise * (random.uniform() - 0.5));
      }
  return { volume: { geometry, values } satisfies Volume, field, mask };
}

/** Root mean square and largest relative deviation of two fields over a mask, both brought to geometric mean 1. */
function deviation(found: ArrayLike<number>, truth: ArrayLike<number>, mask: Uint8Array): { rms: number; most: number; spread: number } {
  const ratio: number[] = [];
  const logs: number[] = [];
  mask.forEach((voxel, at) => {
    if (voxel !== 1) return;
    ratio.push(Math.log((found[at] as number) / (truth[at] as number)));
    logs.push(Math.log(truth[at] as number));
  });
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const sd = (list: number[], center = mean(list)) => Math.sqrt(mean(list.map((x) => (x - center) ** 2)));
  const center = mean(ratio);
  return { rms: sd(ratio), most: ratio.reduce((a, b) => Math.max(a, Math.abs(b - center)), 0), spread: sd(logs) };
}

describe('SplineLattice', () => {
  it.each([
    ['a constant', () => 3, 0.06],
    ['a smooth field', (at: number) => Math.sin((at % n) / 12) + Math.floor(at / n / n) / n, 0.03],
  ] as const)('comes to %s by fits of what is left', (_, wanted, within) => {
    const grid = everyVoxel([n, n, n]);
    const lattice = new SplineLattice([4, 4, 4]);
    const fit = lattice.fitterOn(grid, new Uint8Array(n ** 3).fill(1));
    let rest = Float64Array.from({ length: n ** 3 }, (_, at) => wanted(at));
    for (let round = 0; round < 30; round++) {
      fit(rest);
      const value = lattice.evaluate(grid);
      rest = rest.map((_, at) => wanted(at) - (value[at] as number));
    }
    expect(Math.sqrt(rest.reduce((sum, r) => sum + r * r, 0) / rest.length)).toBeLessThan(within);
  });
});

describe('correctBias', () => {
  it('recovers a known field of +- 60 % within 3 % (root mean square), from images with noise', () => {
    const { volume, field, mask } = phantom(0.45, 0.06, 1);
    const found = correctBias(volume, mask);
    const { rms, most, spread } = deviation(found.field, field, mask);
    console.log(
      `N4: field with a spread of ${(100 * spread).toFixed(1)} % recovered within ${(100 * rms).toFixed(2)} % rms, ${(100 * most).toFixed(1)} % at most`,
    );
    expect(rms).toBeLessThan(0.03);
    expect(most).toBeLessThan(0.12);
    expect(found.levels).toHaveLength(4);
  });

  it('leaves an image without bias nearly as it is', () => {
    const { volume, field, mask } = phantom(0, 0.06, 2);
    expect(deviation(correctBias(volume, mask).field, field, mask).rms).toBeLessThan(0.01);
  });

  it.each([0.013, 7, 4096])('does not see the scale of the image (%s): the field is the same, the corrected image scaled', (scale) => {
    const { volume, mask } = phantom(0.3, 0.05, 3);
    const quick = { ...defaultBiasSettings, iterations: [10, 10], convergence: 0 };
    const [one, scaled] = [1, scale].map((by) =>
      correctBias({ geometry, values: volume.values.map((value) => by * value) }, mask, quick),
    ) as [BiasCorrection, BiasCorrection];
    // Rounding moves values between bins of the histogram; the field moves by far less than it is known.
    expect(deviation(scaled.field, one.field, mask).most).toBeLessThan(1e-5);
    const middle = n * n * 24 + n * 24 + 24;
    expect((scaled.corrected[middle] as number) / scale / (one.corrected[middle] as number)).toBeCloseTo(1, 4);
  });

  it('keeps the level of the image, takes thin stacks, and refuses a mask without signal', () => {
    const { volume, mask } = phantom(0.4, 0.05, 4);
    const { field } = correctBias(volume, mask, { ...defaultBiasSettings, iterations: [5] });
    let sum = 0;
    mask.forEach((voxel, at) => (sum += voxel === 1 ? Math.log(field[at] as number) : 0));
    expect(Math.abs(sum / mask.length)).toBeLessThan(1e-6);
    const slab = { geometry: { ...geometry, dimensions: [n, n, 3] as const }, values: volume.values.slice(n * n * 20, n * n * 23) };
    expect(correctBias(slab, mask.slice(n * n * 20, n * n * 23)).field.every(Number.isFinite)).toBe(true);
    expect(() => correctBias(volume, new Uint8Array(n ** 3))).toThrow(expect.objectContaining({ code: 'IMAGING.EMPTY_MASK' }));
  });
});
