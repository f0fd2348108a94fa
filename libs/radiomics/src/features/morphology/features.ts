import { pow } from '@cohortium/numerics';
import type { FeatureTable } from '../feature.js';
import { feature } from '../feature.js';
import { ellipsoidArea, ellipsoidVolume } from './ellipsoid.js';
import type { SemiAxes } from './ellipsoid.js';
import type { BoxSize } from './oriented-box.js';
import type { RegionShape } from './shape.js';

// Symbols: V and A the volume and area of the surface mesh, lambda the variances of the voxel centers along the principal axes (N - 1 in
// the denominator). Everything is computed in 3-D. Source: IBSI reference manual 0.0.11, section 3.1.

/** Volume of the mesh (RNU0): V. */
export function meshVolume({ mesh }: RegionShape): number {
  return mesh.volumeMm3;
}

/** Volume by voxel counting (YEKZ): voxels of the morphological mask times the volume of a voxel. */
export function voxelVolume({ moments, roi }: RegionShape): number {
  const [si, sj, sk] = roi.spacingMm;
  return moments.count * si * sj * sk;
}

/** Surface area of the mesh (C0JK): A. */
export function surfaceArea({ mesh }: RegionShape): number {
  return mesh.areaMm2;
}

/** Surface to volume ratio (2PR5): A / V. */
export function surfaceToVolumeRatio({ mesh }: RegionShape): number {
  return mesh.areaMm2 / mesh.volumeMm3;
}

/** Compactness 1 (SKGS): V / (pi^(1/2) A^(3/2)). */
export function compactness1({ mesh }: RegionShape): number {
  return mesh.volumeMm3 / (Math.sqrt(Math.PI) * mesh.areaMm2 * Math.sqrt(mesh.areaMm2));
}

/** Compactness 2 (BQWJ): 36 pi V^2 / A^3. */
export function compactness2({ mesh }: RegionShape): number {
  return (36 * Math.PI * mesh.volumeMm3 * mesh.volumeMm3) / (mesh.areaMm2 * mesh.areaMm2 * mesh.areaMm2);
}

/** Sphericity (QCFX): (36 pi V^2)^(1/3) / A. */
export function sphericity({ mesh }: RegionShape): number {
  return pow(36 * Math.PI * mesh.volumeMm3 * mesh.volumeMm3, 1 / 3) / mesh.areaMm2;
}

/** Spherical disproportion (KRCK): A / (36 pi V^2)^(1/3), the inverse of sphericity. */
export function sphericalDisproportion(shape: RegionShape): number {
  return 1 / sphericity(shape);
}

/** Asphericity (25C7): (A^3 / (36 pi V^2))^(1/3) - 1. */
export function asphericity(shape: RegionShape): number {
  return sphericalDisproportion(shape) - 1;
}

/**
 * Centre of mass shift (KLMA): distance between the mean position of the morphological mask and the intensity-weighted mean position of
 * the intensity mask; none if the intensities add up to zero.
 */
export function centerOfMassShift({ moments, intensity }: RegionShape): number {
  if (intensity.sum === 0) return NaN;
  const squared = moments.centerMm.reduce((total, center, axis) => {
    const gap = (intensity.weightedPositionMm[axis] as number) / intensity.sum - center;
    return total + gap * gap;
  }, 0);
  return Math.sqrt(squared);
}

/** Maximum 3D diameter (L0JK): the largest distance between two mesh vertices. */
export function maximumDiameter({ diameter }: RegionShape): number {
  return diameter;
}

/** Lengths 4 sqrt(lambda) of the principal axes from major to least; none for a single voxel. */
function axisLength({ moments }: RegionShape, axis: 0 | 1 | 2): number {
  return moments.variancesMm2 === null ? NaN : 4 * Math.sqrt(moments.variancesMm2[axis]);
}

/** Major axis length (TDIC): 4 sqrt(lambda_major). */
export function majorAxisLength(shape: RegionShape): number {
  return axisLength(shape, 0);
}

/** Minor axis length (P9VJ): 4 sqrt(lambda_minor). */
export function minorAxisLength(shape: RegionShape): number {
  return axisLength(shape, 1);
}

/** Least axis length (7J51): 4 sqrt(lambda_least). */
export function leastAxisLength(shape: RegionShape): number {
  return axisLength(shape, 2);
}

/** Elongation (Q3CK): sqrt(lambda_minor / lambda_major). */
export function elongation(shape: RegionShape): number {
  return minorAxisLength(shape) / majorAxisLength(shape);
}

/** Flatness (N17B): sqrt(lambda_least / lambda_major). */
export function flatness(shape: RegionShape): number {
  return leastAxisLength(shape) / majorAxisLength(shape);
}

const boxVolume = ([a, b, c]: BoxSize) => a * b * c;
const boxArea = ([a, b, c]: BoxSize) => 2 * (a * b + a * c + b * c);
/** The approximate enclosing ellipsoid has the semi-axes 2 sqrt(lambda). */
const approximateEllipsoid = (shape: RegionShape) => ([0, 1, 2] as const).map((axis) => axisLength(shape, axis) / 2) as unknown as SemiAxes;

/** Volume density, axis-aligned bounding box of the mesh (PBX1): V / V_aabb. */
export function volumeDensityAabb({ mesh, hull }: RegionShape): number {
  return mesh.volumeMm3 / boxVolume(hull.boxSize);
}

/** Area density, axis-aligned bounding box of the mesh (R59B): A / A_aabb. */
export function areaDensityAabb({ mesh, hull }: RegionShape): number {
  return mesh.areaMm2 / boxArea(hull.boxSize);
}

/** Volume density, oriented minimum bounding box of the mesh (ZH1A): V / V_ombb. Not standardised. */
export function volumeDensityOmbb({ mesh, orientedBox }: RegionShape): number {
  return mesh.volumeMm3 / boxVolume(orientedBox);
}

/** Area density, oriented minimum bounding box of the mesh (IQYR): A / A_ombb. Not standardised. */
export function areaDensityOmbb({ mesh, orientedBox }: RegionShape): number {
  return mesh.areaMm2 / boxArea(orientedBox);
}

/** Volume density, approximate enclosing ellipsoid (6BDE): 3 V / (4 pi a b c); none if the voxel centers lie in a plane. */
export function volumeDensityAee(shape: RegionShape): number {
  return shape.mesh.volumeMm3 / ellipsoidVolume(approximateEllipsoid(shape));
}

/** Area density, approximate enclosing ellipsoid (RDD2): A / A_aee; none if the voxel centers lie on a line. */
export function areaDensityAee(shape: RegionShape): number {
  return shape.mesh.areaMm2 / ellipsoidArea(approximateEllipsoid(shape));
}

/** Volume density, minimum volume enclosing ellipsoid of the mesh (SWZ1): V / V_mvee. Not standardised. */
export function volumeDensityMvee({ mesh, enclosingEllipsoid }: RegionShape): number {
  return mesh.volumeMm3 / ellipsoidVolume(enclosingEllipsoid);
}

/** Area density, minimum volume enclosing ellipsoid of the mesh (BRI8): A / A_mvee. Not standardised. */
export function areaDensityMvee({ mesh, enclosingEllipsoid }: RegionShape): number {
  return mesh.areaMm2 / ellipsoidArea(enclosingEllipsoid);
}

/** Volume density, convex hull of the mesh (R3ER): V / V_convex. */
export function volumeDensityConvexHull({ mesh, hull }: RegionShape): number {
  return mesh.volumeMm3 / hull.volume;
}

/** Area density, convex hull of the mesh (7T7F): A / A_convex. */
export function areaDensityConvexHull({ mesh, hull }: RegionShape): number {
  return mesh.areaMm2 / hull.area;
}

/** Integrated intensity (99N0): V times the mean intensity of the intensity mask. */
export function integratedIntensity({ mesh, intensity }: RegionShape): number {
  return (mesh.volumeMm3 * intensity.sum) / intensity.count;
}

/**
 * Moran's I index (N365): (N / sum w) sum w (x - mu)(y - mu) / sum (x - mu)^2 over all pairs of different voxels, w being the inverse of
 * their distance; none for a single voxel or a constant region.
 */
export function moransI({ pairs }: RegionShape): number {
  if (pairs.count === 1 || pairs.squares === 0) return NaN;
  return ((pairs.count / pairs.weights) * pairs.products) / pairs.squares;
}

/** Geary's C measure (NPT7): ((N - 1) / (2 sum w)) sum w (x - y)^2 / sum (x - mu)^2, pairs and weights as for Moran's I. */
export function gearysC({ pairs }: RegionShape): number {
  if (pairs.count === 1 || pairs.squares === 0) return NaN;
  return (((pairs.count - 1) / (2 * pairs.weights)) * pairs.squaredDifferences) / pairs.squares;
}

/** The 29 features in IBSI's order. */
export const morphologyFeatures: FeatureTable<RegionShape> = [
  feature('volumeMesh', 'RNU0', meshVolume, 'mm3'),
  feature('volumeVoxelCounting', 'YEKZ', voxelVolume, 'mm3'),
  feature('surfaceAreaMesh', 'C0JK', surfaceArea, 'mm2'),
  feature('surfaceToVolumeRatio', '2PR5', surfaceToVolumeRatio, '1/mm'),
  feature('compactness1', 'SKGS', compactness1),
  feature('compactness2', 'BQWJ', compactness2),
  feature('sphericalDisproportion', 'KRCK', sphericalDisproportion),
  feature('sphericity', 'QCFX', sphericity),
  feature('asphericity', '25C7', asphericity),
  feature('centreOfMassShift', 'KLMA', centerOfMassShift, 'mm', 'zeroIntensitySum'),
  feature('maximum3DDiameter', 'L0JK', maximumDiameter, 'mm'),
  feature('majorAxisLength', 'TDIC', majorAxisLength, 'mm', 'oneVoxel'),
  feature('minorAxisLength', 'P9VJ', minorAxisLength, 'mm', 'oneVoxel'),
  feature('leastAxisLength', '7J51', leastAxisLength, 'mm', 'oneVoxel'),
  feature('elongation', 'Q3CK', elongation, '1', 'oneVoxel'),
  feature('flatness', 'N17B', flatness, '1', 'oneVoxel'),
  feature('volumeDensityAABB', 'PBX1', volumeDensityAabb),
  feature('areaDensityAABB', 'R59B', areaDensityAabb),
  feature('volumeDensityOMBB', 'ZH1A', volumeDensityOmbb),
  feature('areaDensityOMBB', 'IQYR', areaDensityOmbb),
  feature('volumeDensityAEE', '6BDE', volumeDensityAee, '1', 'flat'),
  feature('areaDensityAEE', 'RDD2', areaDensityAee, '1', 'flat'),
  feature('volumeDensityMVEE', 'SWZ1', volumeDensityMvee),
  feature('areaDensityMVEE', 'BRI8', areaDensityMvee),
  feature('volumeDensityConvexHull', 'R3ER', volumeDensityConvexHull),
  feature('areaDensityConvexHull', '7T7F', areaDensityConvexHull),
  feature('integratedIntensity', '99N0', integratedIntensity, 'intensity mm3'),
  feature('moransIIndex', 'N365', moransI, '1', 'constantIntensity'),
  feature('gearysCMeasure', 'NPT7', gearysC, '1', 'constantIntensity'),
];
