/**
 * What a filter sees beyond the border of the image (IBSI 2, section 2.2): nothing, the border voxel, the image again from its other
 * side, or the image mirrored at the outer edge of the border voxel (which therefore comes twice).
 */
export const boundaries = ['zero', 'nearest', 'periodic', 'mirror'] as const;
/** One of {@link boundaries}. */
export type Boundary = (typeof boundaries)[number];

/** Indices from the first up to and without the second. */
export type Range = readonly [number, number];

/** One axis of the image: its voxels, and what lies beyond them. */
export interface AxisExtent {
  readonly count: number;
  readonly boundary: Boundary;
}

/**
 * The voxel of the image that stands at an index, which may lie outside.
 * @returns an index from 0 to count - 1, or -1 where the image is continued by zeros
 * @example boundaryIndex(-1, { count: 5, boundary: 'mirror' }) // 0
 */
export function boundaryIndex(index: number, { count, boundary }: AxisExtent): number {
  if (index >= 0 && index < count) return index;
  switch (boundary) {
    case 'zero':
      return -1;
    case 'nearest':
      return index < 0 ? 0 : count - 1;
    case 'periodic':
      return modulo(index, count);
    case 'mirror': {
      const place = modulo(index, 2 * count);
      return place < count ? place : 2 * count - 1 - place;
    }
  }
}

/** The smallest range of voxels of the image that stand at the indices of a range; one voxel where only zeros do. */
export function sourceRange([from, to]: Range, extent: AxisExtent): Range {
  let low = extent.count;
  let high = -1;
  for (let index = from; index < to; index++) {
    const source = boundaryIndex(index, extent);
    if (source < 0) continue;
    low = Math.min(low, source);
    high = Math.max(high, source);
  }
  return high < 0 ? [0, 1] : [low, high + 1];
}

/** The remainder that is never negative. */
function modulo(index: number, count: number): number {
  return ((index % count) + count) % count;
}
