import type { Box, Triple, Volume, VoxelArray } from '@cohortium/imaging';
import { boxSize, indexToPatient } from '@cohortium/imaging';
import type { Boundary, Range } from './boundary.js';
import { boundaryIndex, sourceRange } from './boundary.js';
import { filterErrors } from './errors.js';

/** A grid axis: i, j or k. */
export type Axis = 0 | 1 | 2;

/** Values of a block of the image, i fastest. */
export interface Block extends Box {
  readonly values: Float64Array;
}

/** An image that is read block by block, so that filtering a small region of a large image costs what the region costs. */
export interface FilterSource {
  readonly dimensions: Triple;
  /** Values of a block inside the image. */
  readonly read: (box: Box) => Float64Array;
}

/** The range of a box along an axis. */
export function boxRange({ from, to }: Box, axis: Axis): Range {
  return [from[axis], to[axis]];
}

/** The box with another range along one axis. */
export function withRange({ from, to }: Box, axis: Axis, [low, high]: Range): Box {
  const replaced = (triple: Triple, value: number): Triple => [
    axis === 0 ? value : triple[0],
    axis === 1 ? value : triple[1],
    axis === 2 ? value : triple[2],
  ];
  return { from: replaced(from, low), to: replaced(to, high) };
}

/** The box of a whole grid. */
export function wholeBox(dimensions: Triple): Box {
  return { from: [0, 0, 0], to: dimensions };
}

/** Number of voxels of a box. */
export function boxVoxels(box: Box): number {
  const [ni, nj, nk] = boxSize(box);
  return ni * nj * nk;
}

/**
 * The block that a filter is to answer for.
 * @throws `RADIOMICS.FILTER_BAD_BOX` where it is empty or leaves the image
 */
export function wantedBox(dimensions: Triple, box: Box | undefined): Box {
  if (!box) return wholeBox(dimensions);
  const isInside = ([0, 1, 2] as const).every(
    (axis) => box.from[axis] >= 0 && box.from[axis] < box.to[axis] && box.to[axis] <= dimensions[axis],
  );
  if (isInside) return box;
  throw filterErrors.error('RADIOMICS.FILTER_BAD_BOX', { box: `[${box.from}] - [${box.to}]`, dimensions: dimensions.join('x') });
}

/** Reads blocks of a volume. */
export function volumeSource({ geometry: { dimensions }, values }: Volume): FilterSource {
  return { dimensions, read: (box) => copyRows(values, dimensions, box) };
}

/** The same source, which refuses blocks that hold NaN or infinite values with `RADIOMICS.FILTER_NOT_FINITE`. */
export function finiteSource({ dimensions, read }: FilterSource): FilterSource {
  return { dimensions, read: (box) => assertFinite(read(box)) };
}

/** Reads blocks of a volume and refuses those that hold NaN or infinite values; whole numbers hold neither. */
export function finiteVolumeSource(volume: Volume): FilterSource {
  const source = volumeSource(volume);
  const canBreak = volume.values instanceof Float32Array || volume.values instanceof Float64Array;
  return canBreak ? finiteSource(source) : source;
}

/** Reads smaller blocks of a block of an image. */
export function blockSource(block: Block, dimensions: Triple): FilterSource {
  const shift = ([a, b, c]: Triple): Triple => [a - block.from[0], b - block.from[1], c - block.from[2]];
  return { dimensions, read: (box) => copyRows(block.values, boxSize(block), { from: shift(box.from), to: shift(box.to) }) };
}

/** A volume of the response on a box of the image's grid. */
export function responseVolume({ geometry }: Volume, box: Box, values: Float64Array | Float32Array): Volume {
  return { geometry: { ...geometry, dimensions: boxSize(box), originMm: indexToPatient(geometry, box.from) }, values };
}

/** Copies a box that may lie partly outside the image, continued by the boundary condition. */
export function readExtended(source: FilterSource, box: Box, boundary: Boundary): Float64Array {
  const ranges = ([0, 1, 2] as const).map((axis) => sourceRange(boxRange(box, axis), { count: source.dimensions[axis], boundary }));
  const [ri, rj, rk] = ranges as [Range, Range, Range];
  const from: Triple = [ri[0], rj[0], rk[0]];
  const to: Triple = [ri[1], rj[1], rk[1]];
  const inner = source.read({ from, to });
  if (ranges.every(([low, high], axis) => low === box.from[axis] && high === box.to[axis])) return inner;
  const [si, sj] = boxSize({ from, to });
  const [ni, nj, nk] = boxSize(box);
  const places = ([0, 1, 2] as const).map((axis) => {
    const extent = { count: source.dimensions[axis], boundary };
    return Int32Array.from({ length: box.to[axis] - box.from[axis] }, (_, n) => {
      const index = boundaryIndex(box.from[axis] + n, extent);
      return index < 0 ? -1 : index - from[axis];
    });
  });
  const [pi, pj, pk] = places as [Int32Array, Int32Array, Int32Array];
  const out = new Float64Array(ni * nj * nk);
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++, at += ni) {
      const slice = pk[k] as number;
      const row = pj[j] as number;
      if (slice < 0 || row < 0) continue;
      const start = si * (row + sj * slice);
      for (let i = 0; i < ni; i++) {
        const place = pi[i] as number;
        if (place >= 0) out[at + i] = inner[start + place] as number;
      }
    }
  }
  return out;
}

/** Rows are copied as wholes, so every kind of voxel storage is converted at the speed of the engine. */
function copyRows(values: VoxelArray, [ni, nj]: Triple, box: Box): Float64Array {
  const width = box.to[0] - box.from[0];
  const out = new Float64Array(boxVoxels(box));
  if (width === ni && box.from[1] === 0 && box.to[1] === nj) {
    // Whole slices lie one behind the other.
    out.set(values.subarray(ni * nj * box.from[2], ni * nj * box.to[2]));
    return out;
  }
  for (let k = box.from[2], at = 0; k < box.to[2]; k++) {
    for (let j = box.from[1]; j < box.to[1]; j++, at += width) {
      const start = box.from[0] + ni * (j + nj * k);
      out.set(values.subarray(start, start + width), at);
    }
  }
  return out;
}

function assertFinite(values: Float64Array): Float64Array {
  let probe = 0;
  // 0 x is 0 for every finite x and NaN for the others.
  for (let at = 0; at < values.length; at++) probe += 0 * (values[at] as number);
  if (probe === 0) return values;
  const count = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  throw filterErrors.error('RADIOMICS.FILTER_NOT_FINITE', { count });
}
