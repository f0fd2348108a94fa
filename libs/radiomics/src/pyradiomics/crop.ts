import { boxSize, indexToPatient, widenBox } from '@cohortium/imaging';
import type { Box, Triple, Volume } from '@cohortium/imaging';
import { emptyLike } from './resampling/resample.js';

/** A box with some voxels more on every side, cut at the borders of the grid. */
export function paddedBox(box: Box, pad: number, dimensions: Triple): Box {
  return widenBox(box, [pad, pad, pad], dimensions);
}

/** The part of an image in a box, voxels in the same type. */
export function cropTo({ geometry, values }: Volume, box: Box): Volume {
  const dimensions = boxSize(box);
  const [ni, nj] = geometry.dimensions;
  const out = emptyLike(values, dimensions[0] * dimensions[1] * dimensions[2]);
  for (let k = box.from[2], at = 0; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++, at += dimensions[0]) {
      const start = box.from[0] + ni * (j + nj * k);
      out.set(values.subarray(start, start + dimensions[0]), at);
    }
  return { geometry: { ...geometry, dimensions, originMm: indexToPatient(geometry, box.from) }, values: out };
}
