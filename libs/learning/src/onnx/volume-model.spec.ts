import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { exampleSegmentationModel } from './example-segmentation.js';
import { openVolumeModel } from './volume-model.js';

const example = { threshold: 0.4, steepness: 12, metadata: { 'cohortium.segmentation': '{"threshold":0.5}', other: 'x' } };
const [ni, nj, nk] = [7, 5, 4];

/** The network by hand: mean over 27 voxels, zeros beyond the block, logistic function. */
function byHand(values: Float32Array): Float64Array {
  return Float64Array.from(values, (_, at) => {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    let sum = 0;
    for (let c = Math.max(0, k - 1); c <= Math.min(nk - 1, k + 1); c++)
      for (let b = Math.max(0, j - 1); b <= Math.min(nj - 1, j + 1); b++)
        for (let a = Math.max(0, i - 1); a <= Math.min(ni - 1, i + 1); a++) sum += values[a + ni * (b + nj * c)] as number;
    return 1 / (1 + Math.exp(-example.steepness * (sum / 27 - example.threshold)));
  });
}

describe('openVolumeModel', () => {
  it('runs a network as it is worked out by hand, up to single precision', async () => {
    const random = new SeededRandom(1);
    const values = Float32Array.from({ length: ni * nj * nk }, () => random.uniform());
    const model = await openVolumeModel(exampleSegmentationModel(example));
    try {
      const { values: found, dims } = await model.run({ values, dims: [1, 1, nk, nj, ni] });
      expect(dims).toEqual([1, 1, nk, nj, ni]);
      const expected = byHand(values);
      const worst = found.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] as number))), 0);
      // 27 sums and a logistic function in single precision, stretched by the steepness.
      expect(worst).toBeLessThan(12 * 27 * 2 ** -24);
      expect(model.metadata).toMatchObject(example.metadata);
      expect(model.inputDims).toEqual([1, 1, undefined, undefined, undefined]);
      expect((await model.run({ values, dims: [1, 1, nk, nj, ni] })).values).toEqual(found);
    } finally {
      await model.close();
    }
  });

  it('refuses sizes that the graph does not take, and bytes that are no model', async () => {
    const model = await openVolumeModel(exampleSegmentationModel(example));
    try {
      await expect(model.run({ values: new Float32Array(8), dims: [1, 2, 2, 2, 1] })).rejects.toThrow('LEARNING.ONNX_INPUT');
    } finally {
      await model.close();
    }
    await expect(openVolumeModel(Uint8Array.of(1, 2, 3))).rejects.toThrow('LEARNING.ONNX_UNREADABLE');
  });

  it('writes equal bytes for equal arguments', () => {
    expect(exampleSegmentationModel(example)).toEqual(exampleSegmentationModel(example));
  });
});
