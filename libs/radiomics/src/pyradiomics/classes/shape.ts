import { morphologyFeatures } from '../../features/morphology/features.js';
import { RegionShape } from '../../features/morphology/shape.js';
import type { Roi } from '../../roi/roi.js';
import { deprecated, own, sameAs } from '../feature.js';
import type { PyradiomicsTable } from '../feature.js';
import { planeDiameter } from '../plane-diameter.js';

/**
 * The shape of a region as PyRadiomics sees it. Its mesh comes from a table of half the marching cubes cases, the others being mirrored:
 * where voxels touch at edges only it is not closed.
 */
export function shapeOf(roi: Roi, meshRelease: '3' | '1.3'): RegionShape {
  return new RegionShape(roi, meshRelease === '3' ? 'mirrored' : 'mirroredEarly');
}

/** 4 sqrt(lambda), lambda the variance of the voxel centers along a principal axis with N in the denominator. */
function axisLength({ moments: { variancesMm2, count } }: RegionShape, axis: 0 | 1 | 2): number {
  return variancesMm2 === null ? NaN : 4 * Math.sqrt((variancesMm2[axis] * (count - 1)) / count);
}

const across = (axis: 0 | 1 | 2) => (shape: RegionShape) => planeDiameter(shape.roi, axis);
const same = sameAs(morphologyFeatures);

/** The 17 features. Slice, column and row diameters lie in planes across k, j and i. */
export const shapeFeatures: PyradiomicsTable<RegionShape> = [
  deprecated(same('Compactness1', 'SKGS')),
  deprecated(same('Compactness2', 'BQWJ')),
  same('Elongation', 'Q3CK'),
  same('Flatness', 'N17B'),
  own('LeastAxisLength', (shape) => axisLength(shape, 2), 'mm', 'oneVoxel'),
  own('MajorAxisLength', (shape) => axisLength(shape, 0), 'mm', 'oneVoxel'),
  own('Maximum2DDiameterColumn', across(1), 'mm'),
  own('Maximum2DDiameterRow', across(0), 'mm'),
  own('Maximum2DDiameterSlice', across(2), 'mm'),
  same('Maximum3DDiameter', 'L0JK'),
  same('MeshVolume', 'RNU0'),
  own('MinorAxisLength', (shape) => axisLength(shape, 1), 'mm', 'oneVoxel'),
  deprecated(same('SphericalDisproportion', 'KRCK')),
  same('Sphericity', 'QCFX'),
  same('SurfaceArea', 'C0JK'),
  same('SurfaceVolumeRatio', '2PR5'),
  same('VoxelVolume', 'YEKZ'),
];
