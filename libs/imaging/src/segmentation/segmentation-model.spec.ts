import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import type { Geometry, Volume } from '../volume.js';
import { segmentWithModel } from './segmentation-model.js';
import type { SegmentationModelSpec } from './segmentation-model.js';

const base: SegmentationModelSpec = {
  spacingMm: null,
  normalization: 'none',
  patch: null,
  overlap: 0.5,
  multipleOf: 1,
  channels: 1,
  channel: 0,
  activation: 'none',
  threshold: 0.5,
  largestOnly: false,
};
const geometry: Geometry = { dimensions: [11, 9, 6], spacingMm: [1, 1, 2], originMm: [3, 4, 5], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const random = new SeededRandom(4);
const volume: Volume = { geometry, values: Float64Array.from({ length: 594 }, () => random.uniform()) };
const identity = (spec: Partial<SegmentationModelSpec> = {}, seen: number[][] = []) => ({
  spec: { ...base, ...spec },
  async run(block: Float32Array, size: readonly number[]) {
    seen.push([...size, block.length]);
    return block;
  },
});

describe('segmentWithModel', () => {
  it('hands over the whole image, padded to the wanted multiple, or blocks that overlap; a model that looks at one voxel gives the same', async () => {
    const seen: number[][] = [];
    const whole = await segmentWithModel(volume, identity({ multipleOf: 4 }, seen));
    expect(seen).toEqual([[12, 12, 8, 1152]]);
    expect(whole.mask.voxels).toEqual(Uint8Array.from(volume.values, (value) => (Math.fround(value) >= 0.5 ? 1 : 0)));
    const patches = await segmentWithModel(volume, identity({ patch: [4, 4, 4] }));
    expect(patches.blocks).toBeGreaterThan(8);
    expect(patches.mask.voxels).toEqual(whole.mask.voxels);
    patches.probabilities.forEach((share, at) => expect(share).toBeCloseTo(volume.values[at] as number, 6));
  });

  it('brings the image to the scale and the spacing of the model, and the region back', async () => {
    const values = volume.values.map((value, at) => (at % 11 > 5 ? 900 : 100) + value) as Float64Array;
    const image = { geometry, values };
    const seen: number[][] = [];
    const scaled = await segmentWithModel(image, identity({ spacingMm: [2, 2, 2], normalization: 'percentiles' }, seen));
    expect(seen[0]).toEqual([6, 5, 6, 180]);
    expect(scaled.grid.spacingMm).toEqual([2, 2, 2]);
    expect(scaled.mask.geometry).toEqual(geometry);
    const right = scaled.mask.voxels.reduce((sum, voxel, at) => sum + (voxel === (at % 11 > 5 ? 1 : 0) ? 1 : 0), 0);
    expect(right / 594).toBeGreaterThan(0.9);
    let mean = 1;
    const zScore = {
      spec: { ...base, normalization: 'zScore' as const, threshold: 0.99 },
      run: async (block: Float32Array) => ((mean = block.reduce((a, b) => a + b) / block.length), block),
    };
    await segmentWithModel(image, zScore);
    expect(mean).toBeCloseTo(0, 5);
  });

  it('reads channels through sigmoid and softmax', async () => {
    const two = (spec: Partial<SegmentationModelSpec>) => ({
      spec: { ...base, channels: 2, channel: 1, ...spec },
      run: async (block: Float32Array) => Float32Array.from({ length: 2 * block.length }, (_, at) => (at < block.length ? 1 : 3)),
    });
    const softmax = await segmentWithModel(volume, two({ activation: 'softmax' }));
    expect(softmax.probabilities[7]).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    const sigmoid = await segmentWithModel(volume, two({ activation: 'sigmoid' }));
    expect(sigmoid.probabilities[7]).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
  });

  it('refuses outputs of another size, channels that are not there and values that are no numbers', async () => {
    const output = (values: (block: Float32Array) => Float32Array, spec = {}) =>
      segmentWithModel(volume, { spec: { ...base, ...spec }, run: async (block) => values(block) });
    await expect(output((block) => block.subarray(1))).rejects.toThrow('REGION.BAD_MODEL');
    await expect(output((block) => block, { channel: 1 })).rejects.toThrow('REGION.BAD_MODEL');
    await expect(output((block) => block.map(() => NaN))).rejects.toThrow('REGION.BAD_MODEL');
    await expect(output((block) => block.map(() => 0))).rejects.toThrow('REGION.EMPTY');
  });
});
