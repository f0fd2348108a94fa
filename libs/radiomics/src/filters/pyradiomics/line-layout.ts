import type { Box, Triple } from '@cohortium/imaging';
import { boxSize } from '@cohortium/imaging';
import type { Axis } from '../block.js';

/** A box of an array: voxel (i, j, k) is at start + i strides[0] + j strides[1] + k strides[2]. Boxes of one array share its values. */
export interface GridPart {
  readonly values: Float64Array;
  readonly start: number;
  readonly size: Triple;
  readonly strides: Triple;
}

/** A whole array as its own part, i fastest. */
export function wholePart(values: Float64Array, size: Triple): GridPart {
  return { values, start: 0, size, strides: [1, size[0], size[0] * size[1]] };
}

/** A box of a part, in the part's own indices. Nothing is copied. */
export function partOf({ values, start, strides }: GridPart, box: Box): GridPart {
  const [si, sj, sk] = strides;
  const [fi, fj, fk] = box.from;
  return { values, start: start + fi * si + fj * sj + fk * sk, size: boxSize(box), strides };
}

/** Where the lines along an axis are: element t of line b of group g is at start + g * group + b * line + t * step. */
export interface LineLayout {
  readonly start: number;
  readonly count: number;
  readonly step: number;
  readonly lines: number;
  readonly line: number;
  readonly groups: number;
  readonly group: number;
}

/**
 * The lines along an axis of two parts with equal numbers of them, in the same groups: one group where in both parts all lines are equally
 * far from each other.
 */
export function linesAlong(parts: readonly [GridPart, GridPart], axis: Axis): readonly [LineLayout, LineLayout] {
  const [inner, outer] = axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const);
  const isEven = parts.every(({ size, strides }) => strides[outer] === size[inner] * strides[inner]);
  // One literal, so that all layouts have one shape: loops over lines read them all the time.
  const layoutOf = ({ start, size, strides }: GridPart): LineLayout => ({
    start,
    count: size[axis],
    step: strides[axis],
    lines: isEven ? size[inner] * size[outer] : size[inner],
    line: strides[inner],
    groups: isEven ? 1 : size[outer],
    group: isEven ? 0 : strides[outer],
  });
  return [layoutOf(parts[0]), layoutOf(parts[1])];
}
