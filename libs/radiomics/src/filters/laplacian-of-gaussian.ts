import type { Box, Triple } from '@cohortium/imaging';
import { exp, pow } from '@cohortium/numerics';
import { convolutionKernel, kernelReach } from './axis-kernel.js';
import type { AxisKernel } from './axis-kernel.js';
import { filterAlong } from './axis-pass.js';
import type { Axis, Block, FilterSource } from './block.js';
import { boxRange, withRange } from './block.js';
import type { AxisExtent, Boundary } from './boundary.js';
import { sourceRange } from './boundary.js';

/** Parameters of {@link laplacianOfGaussianResponse}. */
export interface LaplacianOfGaussianFilter {
  readonly dimensions: '2D' | '3D';
  /** Standard deviation of the Gaussian. */
  readonly sigmaMm: number;
  /** d: the kernel ends this many standard deviations from its center, rounded to whole voxels. */
  readonly truncationSigma: number;
  readonly boundary: Boundary;
}

/** The two kernels of one axis of which a Laplacian of a Gaussian is made. */
export interface GaussianPair {
  readonly gaussian: AxisKernel;
  /** Second derivative, scaled; the sum of its weights is not exactly 0 (the standard truncates and does not rescale). */
  readonly curvature: AxisKernel;
}

/**
 * Kernels along the axes of the filter. The truncated Laplacian of a Gaussian on a box of voxels is a sum of products,
 * sum over axes d of curvature(d) times the Gaussians of the other axes, so it needs no kernel of three dimensions.
 *
 * With voxels of one size the kernel is the standard's, in voxel units. With voxels of different sizes the distance is in millimeters,
 * so that the filter stays round in the patient; the factor 1 / sigma^2 then takes the geometric mean of the voxel sizes.
 */
export function gaussianPairs(spacingMm: Triple, filter: LaplacianOfGaussianFilter): readonly GaussianPair[] {
  const axes: readonly Axis[] = filter.dimensions === '2D' ? [0, 1] : [0, 1, 2];
  const sigmas = axes.map((axis) => filter.sigmaMm / spacingMm[axis]);
  const scale = pow(
    sigmas.reduce((product, sigma) => product * sigma, 1),
    2 / sigmas.length,
  );
  return sigmas.map((sigma) => {
    const radius = Math.floor(filter.truncationSigma * sigma + 0.5);
    const places = Float64Array.from({ length: 2 * radius + 1 }, (_, n) => n - radius);
    const gaussian = places.map((x) => exp((-x * x) / (2 * sigma * sigma)) / (Math.sqrt(2 * Math.PI) * sigma));
    const curvature = places.map((x, n) => (gaussian[n] as number) * (((x * x) / (sigma * sigma) - 1) / scale));
    return { gaussian: convolutionKernel(gaussian), curvature: convolutionKernel(curvature) };
  });
}

/**
 * Laplacian of a Gaussian (IBSI 2, section 3.2, L6PA; Marr & Hildreth 1980, doi 10.1098/rspb.1980.0020).
 * @param spacingMm voxel spacing of the source
 */
export function laplacianOfGaussianResponse(
  source: FilterSource,
  spacingMm: Triple,
  filter: LaplacianOfGaussianFilter,
  box: Box,
): Float64Array {
  const pairs = gaussianPairs(spacingMm, filter);
  const extent = (axis: Axis): AxisExtent => ({ count: source.dimensions[axis], boundary: filter.boundary });
  let input = box;
  pairs.forEach(({ gaussian }, n) => {
    const axis = n as Axis;
    const [from, to] = boxRange(box, axis);
    const [low, high] = kernelReach(gaussian);
    input = withRange(input, axis, sourceRange([from + low, to + high], extent(axis)));
  });
  const pass = (block: Block, axis: Axis, kernel: AxisKernel, into?: Block) =>
    filterAlong(block, axis, kernel, boxRange(box, axis), extent(axis), into);
  const image: Block = { ...input, values: source.read(input) };
  // What is smooth in the axes done so far, and the sum of products with one curvature among them.
  let smooth = image;
  let curved: Block | undefined;
  for (let n = pairs.length - 1; n >= 0; n--) {
    const axis = n as Axis;
    const { gaussian, curvature } = pairs[n] as GaussianPair;
    const sum = pass(smooth, axis, curvature, curved && pass(curved, axis, gaussian));
    if (n > 0) smooth = pass(smooth, axis, gaussian);
    curved = sum;
  }
  return (curved as Block).values;
}
