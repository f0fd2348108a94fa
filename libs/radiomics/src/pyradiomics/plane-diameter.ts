import type { Triple } from '@cohortium/imaging';
import { farthestPair } from '../features/morphology/farthest-pair.js';

/** What {@link planeDiameter} reads of a region. */
interface Masked {
  readonly dimensions: Triple;
  readonly spacingMm: Triple;
  readonly morphologicalMask: Uint8Array;
}

/**
 * Largest distance between two vertices of the surface mesh that lie in one plane across an axis. Vertices lie half-way between a voxel
 * inside and one outside, so there are planes through voxel centers and planes between them. Of the vertices of a plane on one line only
 * the first and the last can be an end of the diameter.
 */
export function planeDiameter({ dimensions, spacingMm, morphologicalMask }: Masked, axis: 0 | 1 | 2): number {
  const [u, v] = ([0, 1, 2] as const).filter((other) => other !== axis) as [0 | 1 | 2, 0 | 1 | 2];
  const [nu, nv, count] = [dimensions[u], dimensions[v], dimensions[axis]];
  const strides: Triple = [1, dimensions[0], dimensions[0] * dimensions[1]];
  const isInside = (a: number, b: number, plane: number) =>
    plane >= 0 && plane < count && morphologicalMask[a * strides[u] + b * strides[v] + plane * strides[axis]] !== 0;
  let largest = 0;
  const compare = (points: number[]) => {
    if (points.length > 3) largest = farthestPair(Float64Array.from(points), largest);
  };
  const pushAt = (points: number[], a: number, b: number) => points.push(a * spacingMm[u], b * spacingMm[v], 0);
  for (let plane = -1; plane < count; plane++) {
    // Vertices in the plane of the voxel centers: at the borders of the region's lines.
    const within: number[] = [];
    lineEnds(
      nv,
      nu,
      (b, a) => isInside(a, b, plane),
      (b, first, last) => {
        pushAt(within, first - 0.5, b);
        pushAt(within, last + 0.5, b);
      },
    );
    lineEnds(
      nu,
      nv,
      (a, b) => isInside(a, b, plane),
      (a, first, last) => {
        pushAt(within, a, first - 0.5);
        pushAt(within, a, last + 0.5);
      },
    );
    compare(within);
    // Vertices between this plane and the next: where one voxel is inside and the other is not.
    const between: number[] = [];
    lineEnds(
      nv,
      nu,
      (b, a) => isInside(a, b, plane) !== isInside(a, b, plane + 1),
      (b, first, last) => {
        pushAt(between, first, b);
        if (last !== first) pushAt(between, last, b);
      },
    );
    compare(between);
  }
  return largest;
}

/** The first and the last place of each line where something holds. */
function lineEnds(
  lines: number,
  length: number,
  holds: (line: number, place: number) => boolean,
  found: (line: number, first: number, last: number) => void,
): void {
  for (let line = 0; line < lines; line++) {
    let first = 0;
    while (first < length && !holds(line, first)) first++;
    if (first === length) continue;
    let last = length - 1;
    while (!holds(line, last)) last--;
    found(line, first, last);
  }
}
