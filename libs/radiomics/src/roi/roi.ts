/**
 * A region after processing, cut to a box around it. All arrays have length ni nj nk, i fastest. The two masks may differ: the
 * intensity mask leaves out voxels that re-segmentation removed, the morphological mask keeps them (IBSI 0.9, section 2.3).
 */
export interface Roi {
  readonly dimensions: readonly [number, number, number];
  readonly spacingMm: readonly [number, number, number];
  /** Intensities of the box; outside the masks too, since local intensity features and filters look around the region. */
  readonly intensities: Float64Array;
  /** 1 where the voxel belongs to the region's shape. */
  readonly morphologicalMask: Uint8Array;
  /** 1 where the voxel's intensity counts. */
  readonly intensityMask: Uint8Array;
}

/** The intensity mask's voxels as gray levels. */
export interface DiscretizedRoi {
  readonly dimensions: readonly [number, number, number];
  readonly spacingMm: readonly [number, number, number];
  /** 1 to {@link levelCount} inside the intensity mask, 0 outside. */
  readonly levels: Uint16Array;
  /** Ng: the largest level that can occur under the discretization (fixed bin number), or the largest that does (fixed bin size). */
  readonly levelCount: number;
  /** Width of a bin in intensity units; null for fixed bin number on a constant region. */
  readonly binWidth: number | null;
  /** Lower bound of the first bin in intensity units. */
  readonly lowerBound: number;
}

/** How texture matrices of directions and slices are combined (IBSI 0.9, sections 3.6 to 3.11, and its aggregation codes). */
export const aggregations = [
  '2D:averaged', // BTW3
  '2D:sliceMerged', // SUJT
  '2.5D:directionMerged', // JJUI
  '2.5D:merged', // ZW7Z
  '3D:averaged', // ITBB
  '3D:merged', // IAZD
  '2D', // 8QNN: zone, dependence and neighborhood matrices averaged over slices
  '2.5D', // 62GR: the same merged over slices
  '3D', // KOBO
] as const;
/** One of {@link aggregations}. */
export type Aggregation = (typeof aggregations)[number];

/** One computed feature. */
export interface FeatureValue {
  /** The name that IBSI prints, in lower camel case. */
  readonly name: string;
  /** The four-character IBSI code of the feature. */
  readonly ibsiCode: string;
  readonly family: string;
  /** Absent where a family is not aggregated. */
  readonly aggregation?: Aggregation;
  readonly value: number;
  /** `mm`, `mm2`, `mm3`, `intensity`, `1`, ... */
  readonly unit: string;
}
