import { eigen3 } from '../../features/morphology/principal-axes.js';
import { deprecated, own } from '../feature.js';
import type { PyradiomicsTable } from '../feature.js';
import { planeDiameter } from '../plane-diameter.js';
import type { Roi } from '../../roi/roi.js';

/** A region of one slice. */
export interface SliceShape {
  /** Area and outline of the marching-squares polygon. */
  readonly areaMm2: number;
  readonly perimeterMm: number;
  readonly pixelAreaMm2: number;
  readonly pixelCount: number;
  readonly diameterMm: number;
  /** Variances of the pixel centers along the principal axes, N in the denominator, the larger one first. */
  readonly variancesMm2: readonly [number, number];
}

/**
 * Measures a region that is one voxel thick along an axis. The outline joins the midpoints between pixels inside and outside; inside
 * pixels that touch at a corner stay apart.
 */
export function sliceShape(roi: Roi, sliceAxis: 0 | 1 | 2): SliceShape {
  const [u, v] = ([0, 1, 2] as const).filter((axis) => axis !== sliceAxis) as [0 | 1 | 2, 0 | 1 | 2];
  const [nu, nv] = [roi.dimensions[u], roi.dimensions[v]];
  const [su, sv] = [roi.spacingMm[u], roi.spacingMm[v]];
  // With one voxel along the slice axis, the box is the slice.
  const mask = roi.morphologicalMask;
  const isInside = (a: number, b: number) => (a >= 0 && a < nu && b >= 0 && b < nv && mask[a + nu * b] !== 0 ? 1 : 0);
  const diagonal = Math.sqrt(su * su + sv * sv) / 2;
  let [areaInPixels, perimeterMm] = [0, 0];
  for (let b = -1; b < nv; b++) {
    for (let a = -1; a < nu; a++) {
      const [near, right, below, far] = [isInside(a, b), isInside(a + 1, b), isInside(a, b + 1), isInside(a + 1, b + 1)];
      const corners = near + right + below + far;
      // Of the square between four pixel centers: an eighth for each lone corner, half for a side, seven eighths for three corners.
      const isDiagonal = corners === 2 && near === far;
      areaInPixels += [0, 1 / 8, isDiagonal ? 1 / 4 : 1 / 2, 7 / 8, 1][corners] as number;
      if (corners === 1 || corners === 3) perimeterMm += diagonal;
      else if (isDiagonal) perimeterMm += 2 * diagonal;
      else if (corners === 2) perimeterMm += near === right ? su : sv;
    }
  }
  const { count, variances } = spread(nu, nv, su, sv, isInside);
  return {
    areaMm2: areaInPixels * su * sv,
    perimeterMm,
    pixelAreaMm2: su * sv,
    pixelCount: count,
    diameterMm: planeDiameter(roi, sliceAxis),
    variancesMm2: variances,
  };
}

/** Number of pixels and variances of their centers; sums are of whole numbers. */
function spread(nu: number, nv: number, su: number, sv: number, isInside: (a: number, b: number) => number) {
  let [count, a1, b1, aa, ab, bb] = [0, 0, 0, 0, 0, 0];
  for (let b = 0; b < nv; b++)
    for (let a = 0; a < nu; a++) {
      if (!isInside(a, b)) continue;
      count++;
      a1 += a;
      b1 += b;
      aa += a * a;
      ab += a * b;
      bb += b * b;
    }
  const centered = (sum: number, first: number, second: number) => (count * sum - first * second) / (count * count);
  const { values } = eigen3([centered(aa, a1, a1) * su * su, centered(ab, a1, b1) * su * sv, 0, centered(bb, b1, b1) * sv * sv, 0, 0]);
  // The third axis has no extent: its 0 is the least of three numbers that are not negative, up to rounding.
  return { count, variances: [values[0], Math.max(0, values[1])] as const };
}

const sphericity = ({ areaMm2, perimeterMm }: SliceShape) => (2 * Math.sqrt(Math.PI * areaMm2)) / perimeterMm;
const axisLength = (axis: 0 | 1) => (shape: SliceShape) => 4 * Math.sqrt(shape.variancesMm2[axis]);

/** The 10 features. */
export const shape2DFeatures: PyradiomicsTable<SliceShape> = [
  own('Elongation', ({ variancesMm2: [major, minor] }) => Math.sqrt(minor / major), '1', 'oneVoxel'),
  own('MajorAxisLength', axisLength(0), 'mm'),
  own('MaximumDiameter', ({ diameterMm }) => diameterMm, 'mm'),
  own('MeshSurface', ({ areaMm2 }) => areaMm2, 'mm2'),
  own('MinorAxisLength', axisLength(1), 'mm'),
  own('Perimeter', ({ perimeterMm }) => perimeterMm, 'mm'),
  own('PerimeterSurfaceRatio', ({ areaMm2, perimeterMm }) => perimeterMm / areaMm2, '1/mm'),
  own('PixelSurface', ({ pixelCount, pixelAreaMm2 }) => pixelCount * pixelAreaMm2, 'mm2'),
  deprecated(own('SphericalDisproportion', (shape) => 1 / sphericity(shape))),
  own('Sphericity', sphericity),
];
