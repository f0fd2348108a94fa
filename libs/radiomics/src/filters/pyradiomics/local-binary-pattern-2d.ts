import type { Box, Triple, Volume, VoxelArray } from '@cohortium/imaging';
import { cos, sin } from '@cohortium/numerics';
import type { Axis } from '../block.js';
import { boxVoxels, wantedBox } from '../block.js';
import { emptyLike } from '../../pyradiomics/resampling/resample.js';

/** Kinds of pattern, by the names of scikit-image. */
export type BinaryPatternMethod = 'default' | 'ror' | 'uniform' | 'var';

/** Settings of {@link pyradiomicsBinaryPattern2d}. */
export interface BinaryPatternSettings {
  /** Samples on a circle around each voxel, and its radius in voxels. */
  readonly samples: number;
  readonly radius: number;
  readonly method: BinaryPatternMethod;
  /** Axis across the slices in which patterns are looked for. */
  readonly sliceAxis: Axis;
}

/** Rows and columns of a slice across i, j or k, in the order that PyRadiomics leaves them in. */
const planes: Readonly<Record<Axis, { readonly rows: Axis; readonly columns: Axis }>> = {
  0: { rows: 1, columns: 2 },
  1: { rows: 2, columns: 0 },
  2: { rows: 1, columns: 0 },
};

/**
 * Local binary patterns by slice (T. Ojala et al. 2002, doi 10.1109/TPAMI.2002.1017623), PyRadiomics' image type LBP2D, which takes them
 * from scikit-image: samples interpolate linearly, voxels beyond the image are 0. Per voxel, the samples that are not below it give a
 * number (`default`), the least number under rotation (`ror`), or their count where the sign changes at most twice along the samples and
 * otherwise one more than there are samples (`uniform`); `var` is the variance of the samples. Values are stored like the image's, so that
 * variances of an image of whole numbers lose their fraction, and large ones wrap around.
 * @param box block of the image's grid to compute the values on; the whole image by default
 * @returns values of the block, i fastest
 * @throws `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsBinaryPattern2d(image: Volume, settings: BinaryPatternSettings, box?: Box): VoxelArray {
  const { dimensions } = image.geometry;
  const wanted = wantedBox(dimensions, box);
  const circle = circleOf(settings);
  const { rows, columns } = planes[settings.sliceAxis];
  const strides: Triple = [1, dimensions[0], dimensions[0] * dimensions[1]];
  const texture = new Float64Array(settings.samples);
  // PyRadiomics writes the patterns into an array of the image's type.
  const out = emptyLike(image.values, boxVoxels(wanted));
  let at = 0;
  for (let k = wanted.from[2]; k < wanted.to[2]; k++)
    for (let j = wanted.from[1]; j < wanted.to[1]; j++)
      for (let i = wanted.from[0]; i < wanted.to[0]; i++, at++) {
        const place: Triple = [i, j, k];
        const start = i * strides[0] + j * strides[1] + k * strides[2] - place[rows] * strides[rows] - place[columns] * strides[columns];
        const slice = {
          values: image.values,
          start,
          rowCount: dimensions[rows],
          columnCount: dimensions[columns],
          rowStride: strides[rows],
          columnStride: strides[columns],
        };
        for (let s = 0; s < texture.length; s++)
          texture[s] = sample(slice, place[rows] + (circle.rows[s] as number), place[columns] + (circle.columns[s] as number));
        const center = image.values[i * strides[0] + j * strides[1] + k * strides[2]] as number;
        out[at] = pattern(texture, center, settings.method);
      }
  return out;
}

/** The samples relative to their voxel, rounded to five digits so that samples on the axes lie on voxels. */
function circleOf({ samples, radius }: BinaryPatternSettings): { rows: Float64Array; columns: Float64Array } {
  const rounded = (x: number) => Math.round(x * 1e5) / 1e5;
  const angle = (s: number) => (2 * Math.PI * s) / samples;
  return {
    rows: Float64Array.from({ length: samples }, (_, s) => rounded(-radius * sin(angle(s)))),
    columns: Float64Array.from({ length: samples }, (_, s) => rounded(radius * cos(angle(s)))),
  };
}

interface Slice {
  readonly values: VoxelArray;
  readonly start: number;
  readonly rowCount: number;
  readonly columnCount: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

function sample(slice: Slice, row: number, column: number): number {
  const [r, c] = [Math.floor(row), Math.floor(column)];
  const [below, after] = [Math.ceil(row), Math.ceil(column)];
  const [dr, dc] = [row - r, column - c];
  const top = (1 - dc) * pixel(slice, r, c) + dc * pixel(slice, r, after);
  const bottom = (1 - dc) * pixel(slice, below, c) + dc * pixel(slice, below, after);
  return (1 - dr) * top + dr * bottom;
}

function pixel({ values, start, rowCount, columnCount, rowStride, columnStride }: Slice, row: number, column: number): number {
  if (row < 0 || row >= rowCount || column < 0 || column >= columnCount) return 0;
  return values[start + row * rowStride + column * columnStride] as number;
}

function pattern(texture: Float64Array, center: number, method: BinaryPatternMethod): number {
  if (method === 'var') return varianceOf(texture);
  const signs = Array.from(texture, (value) => (value - center >= 0 ? 1 : 0));
  if (method === 'uniform') {
    let changes = 0;
    for (let s = 0; s + 1 < signs.length; s++) if (signs[s] !== signs[s + 1]) changes++;
    return changes <= 2 ? signs.reduce<number>((sum, sign) => sum + sign, 0) : signs.length + 1;
  }
  const number = (turn: number) => signs.reduce<number>((sum, sign, s) => sum + sign * 2 ** ((s + turn) % signs.length), 0);
  return method === 'default' ? number(0) : Math.min(...signs.map((_, turn) => number(turn)));
}

function varianceOf(texture: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const value of texture) {
    sum += value;
    squares += value * value;
  }
  return (squares - (sum * sum) / texture.length) / texture.length;
}
