/** Where the voxels of a grid lie, in patient space (millimeters; DICOM LPS axes). */
export interface Geometry {
  /** Voxels along the grid axes i, j, k; i runs fastest in memory. */
  readonly dimensions: readonly [number, number, number];
  /** Distance between voxel centers along each grid axis. */
  readonly spacingMm: readonly [number, number, number];
  /** Position of the center of voxel (0, 0, 0). */
  readonly originMm: readonly [number, number, number];
  /** Unit vectors of the grid axes as the columns of a 3 x 3 matrix, row-major. */
  readonly direction: readonly [number, number, number, number, number, number, number, number, number];
}

/** Voxel values of any numeric storage. */
export type VoxelArray = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** A scalar image on a grid. */
export interface Volume {
  readonly geometry: Geometry;
  /** `i + ni (j + nj k)`; length ni nj nk. */
  readonly values: VoxelArray;
}

/** Voxels of a region: 1 inside, 0 outside, on its own grid. */
export interface RoiMask {
  readonly geometry: Geometry;
  readonly voxels: Uint8Array;
}
