import type { Roi } from '../../roi/roi.js';
import type { ConvexHull } from './convex-hull.js';
import { convexHull, hullSize } from './convex-hull.js';
import type { CubeConvention } from './cube-cases.js';
import type { SemiAxes } from './ellipsoid.js';
import { enclosingEllipsoid } from './ellipsoid.js';
import { farthestPair } from './farthest-pair.js';
import type { MeshSize } from './mesh.js';
import { measureMesh } from './mesh.js';
import type { BoxSize } from './oriented-box.js';
import { orientedBox } from './oriented-box.js';
import { outerVertices } from './outer-vertices.js';
import type { VoxelMoments } from './principal-axes.js';
import { voxelMoments } from './principal-axes.js';
import type { PairSums } from './spatial-autocorrelation.js';
import { pairSums } from './spatial-autocorrelation.js';

/** Corners of the hull of the mesh in mm, and its facets as indices of corners. */
interface HullInMm {
  readonly points: Float64Array;
  readonly triangles: Int32Array;
  readonly volume: number;
  readonly area: number;
  readonly boxSize: BoxSize;
}

/** What the morphological features are made of. Each part is computed when it is first asked for, and once. */
export class RegionShape {
  private readonly known = new Map<string, unknown>();

  constructor(
    readonly roi: Roi,
    private readonly convention: CubeConvention = 'closed',
  ) {}

  private once<Part>(name: string, make: () => Part): Part {
    if (!this.known.has(name)) this.known.set(name, make());
    return this.known.get(name) as Part;
  }

  /** Volume V and area A of the surface mesh. */
  get mesh(): MeshSize {
    return this.once('mesh', () => measureMesh(this.roi.morphologicalMask, this.roi.dimensions, this.roi.spacingMm, this.convention));
  }

  /** Position and spread of the voxel centers of the morphological mask. */
  get moments(): VoxelMoments {
    return this.once('moments', () => voxelMoments(this.roi.morphologicalMask, this.roi.dimensions, this.roi.spacingMm));
  }

  /** Convex hull of the mesh vertices. */
  get hull(): HullInMm {
    return this.once('hull', () => {
      const vertices = outerVertices(this.roi.morphologicalMask, this.roi.dimensions);
      return hullInMm(vertices, convexHull(vertices), this.roi.spacingMm);
    });
  }

  /** Largest distance between two mesh vertices, which are corners of the hull. */
  get diameter(): number {
    return this.once('diameter', () => farthestPair(this.hull.points));
  }

  /** Edges of the oriented minimum bounding box. */
  get orientedBox(): BoxSize {
    return this.once('orientedBox', () => orientedBox(this.hull.points, this.hull.triangles));
  }

  /** Semi-axes of the minimum volume enclosing ellipsoid. */
  get enclosingEllipsoid(): SemiAxes {
    return this.once('enclosingEllipsoid', () => enclosingEllipsoid(this.hull.points));
  }

  /** Sums over all pairs of voxels of the intensity mask. */
  get pairs(): PairSums {
    return this.once('pairs', () => pairSums(this.roi));
  }

  /** Voxels and sum of the intensities of the intensity mask, and the intensity-weighted sum of positions. */
  get intensity(): { readonly count: number; readonly sum: number; readonly weightedPositionMm: readonly [number, number, number] } {
    return this.once('intensity', () => weighPositions(this.roi));
  }
}

function hullInMm(vertices: Int32Array, hull: ConvexHull, spacingMm: readonly [number, number, number]): HullInMm {
  const scale = spacingMm.map((s) => s / 2) as [number, number, number];
  const indexOf = new Map<number, number>();
  const points = new Float64Array(3 * hull.vertices.length);
  for (let index = 0; index < hull.vertices.length; index++) {
    const vertex = hull.vertices[index] as number;
    indexOf.set(vertex, index);
    for (let axis = 0; axis < 3; axis++) points[3 * index + axis] = (vertices[3 * vertex + axis] as number) * (scale[axis] as number);
  }
  const boxSize: BoxSize = [extentAlong(points, 0), extentAlong(points, 1), extentAlong(points, 2)];
  const triangles = new Int32Array(hull.triangles.length);
  for (let corner = 0; corner < triangles.length; corner++) triangles[corner] = indexOf.get(hull.triangles[corner] as number) as number;
  return { points, triangles, boxSize, ...hullSize(vertices, hull, scale) };
}

function extentAlong(points: Float64Array, axis: number): number {
  let low = Infinity;
  let high = -Infinity;
  for (let p = axis; p < points.length; p += 3) {
    low = Math.min(low, points[p] as number);
    high = Math.max(high, points[p] as number);
  }
  return high - low;
}

function weighPositions(roi: Roi): { count: number; sum: number; weightedPositionMm: [number, number, number] } {
  const [ni, nj, nk] = roi.dimensions;
  const weighted: [number, number, number] = [0, 0, 0];
  let count = 0;
  let sum = 0;
  for (let k = 0, v = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      let row = 0;
      for (let i = 0; i < ni; i++, v++) {
        if (roi.intensityMask[v] === 0) continue;
        const x = roi.intensities[v] as number;
        count++;
        row += x;
        weighted[0] += x * i;
      }
      sum += row;
      weighted[1] += row * j;
      weighted[2] += row * k;
    }
  }
  return { count, sum, weightedPositionMm: weighted.map((x, axis) => x * (roi.spacingMm[axis] as number)) as [number, number, number] };
}
