import type { Box } from '@cohortium/imaging';
import type { AxisMap } from './axis-map.js';
import { applyAlong, inputRange } from './axis-map.js';
import type { Axis, Block, FilterSource } from './block.js';
import { boxRange, withRange } from './block.js';
import type { AxisExtent, Boundary } from './boundary.js';

/** Maps along i, j and k whose product is a filter; null leaves an axis as it is. */
export type AxisMaps = readonly [AxisMap | null, AxisMap | null, AxisMap | null];

/** k first: it shortens the block most, since slices are read as wholes. */
const axisOrder: readonly Axis[] = [2, 1, 0];

/**
 * Applies separable filters to a block of an image. Filters that share the maps of the first axes (k, then j) share that work.
 * @param filters which maps are the same is seen by identity
 * @param boundary how the image goes on beyond its border
 * @param visit takes the response of a filter; the array is nobody else's, unless the filter is the identity
 */
export function applySeparable(
  source: FilterSource,
  filters: readonly AxisMaps[],
  box: Box,
  boundary: Boundary,
  visit: (response: Float64Array, filter: number) => void,
): void {
  const extent = (axis: Axis): AxisExtent => ({ count: source.dimensions[axis], boundary });
  let input = box;
  for (const axis of axisOrder) {
    for (const maps of filters) {
      const map = maps[axis];
      if (!map) continue;
      const [from, to] = inputRange(map, boxRange(box, axis), extent(axis));
      const [low, high] = boxRange(input, axis);
      input = withRange(input, axis, [Math.min(low, from), Math.max(high, to)]);
    }
  }
  const descend = (block: Block, depth: number, members: readonly number[]): void => {
    const axis = axisOrder[depth];
    if (axis === undefined) {
      for (const member of members) visit(block.values, member);
      return;
    }
    for (const [map, sharing] of grouped(members, (member) => (filters[member] as AxisMaps)[axis])) {
      descend(map ? applyAlong(block, axis, map, boxRange(box, axis), extent(axis)) : block, depth + 1, sharing);
    }
  };
  descend(
    { ...input, values: source.read(input) },
    0,
    filters.map((_, member) => member),
  );
}

/** The response of one separable filter. */
export function separableResponse(source: FilterSource, maps: AxisMaps, box: Box, boundary: Boundary): Float64Array {
  let response: Float64Array = new Float64Array(0);
  applySeparable(source, [maps], box, boundary, (values) => (response = values));
  return response;
}

function grouped<T, K>(members: readonly T[], key: (member: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const member of members) {
    const found = groups.get(key(member));
    if (found) found.push(member);
    else groups.set(key(member), [member]);
  }
  return groups;
}
