import { isAppError } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import type { Geometry, RoiMask, VoxelArray } from '../volume.js';
import { resampleMaskOnto, toRoiMask } from './roi-mask.js';

const line = (count: number, change: Partial<Geometry> = {}): Geometry => ({
  dimensions: [count, 1, 1],
  spacingMm: [1, 1, 1],
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  ...change,
});
const labels = (values: VoxelArray) => ({ geometry: line(values.length), values });
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'no error';
};

describe('toRoiMask', () => {
  it('takes the voxels of one label', () => {
    const map = labels(Int16Array.of(0, 2, 1, 2, -1));
    expect([...toRoiMask(map, 2).voxels]).toEqual([0, 1, 0, 1, 0]);
    expect([...toRoiMask(map, -1).voxels]).toEqual([0, 0, 0, 0, 1]);
  });

  it('needs no label where there is one only', () => {
    expect([...toRoiMask(labels(Uint8Array.of(0, 255, 0))).voxels]).toEqual([0, 1, 0]);
  });

  it('refuses what leaves the region open', () => {
    expect(codeOf(() => toRoiMask(labels(Uint8Array.of(0, 1, 2))))).toBe('IMAGING.AMBIGUOUS_LABEL');
    expect(codeOf(() => toRoiMask(labels(Uint8Array.of(0, 1, 2)), 3))).toBe('IMAGING.LABEL_ABSENT');
    expect(() => toRoiMask(labels(Uint8Array.of(0, 1, 2)), 3)).toThrow('label 3; it has 1, 2');
    expect(codeOf(() => toRoiMask(labels(new Uint8Array(3))))).toBe('IMAGING.EMPTY_MASK');
    expect(() => toRoiMask(labels(new Uint8Array(3)), 1)).toThrow('it has none');
    expect(codeOf(() => toRoiMask(labels(Float32Array.of(0, 0.5)), 1))).toBe('IMAGING.NOT_A_MASK');
    expect(codeOf(() => toRoiMask(labels(Float32Array.of(0, 1, NaN)), 1))).toBe('IMAGING.NOT_A_MASK');
    expect(codeOf(() => toRoiMask(labels(Float32Array.of(0, 1, Infinity)), 1))).toBe('IMAGING.NOT_A_MASK');
  });
});

describe('resampleMaskOnto', () => {
  const mask: RoiMask = { geometry: line(4), voxels: Uint8Array.of(0, 1, 1, 0) };

  it('takes the nearest voxel by patient position', () => {
    expect([...resampleMaskOnto(mask, line(8, { spacingMm: [0.5, 1, 1], originMm: [-0.25, 0, 0] })).voxels]).toEqual([
      0, 0, 1, 1, 1, 1, 0, 0,
    ]);
    expect([...resampleMaskOnto(mask, line(4, { originMm: [3, 0, 0], direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] })).voxels]).toEqual([
      0, 1, 1, 0,
    ]);
    expect([...resampleMaskOnto(mask, line(4, { originMm: [2, 0, 0] })).voxels]).toEqual([1, 0, 0, 0]);
  });

  it('is the identity on its own grid, and refuses a region that vanishes', () => {
    expect(resampleMaskOnto(mask, mask.geometry)).toEqual(mask);
    expect(codeOf(() => resampleMaskOnto(mask, line(4, { originMm: [50, 0, 0] })))).toBe('IMAGING.EMPTY_MASK');
  });
});
