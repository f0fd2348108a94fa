import type { AxisKernel } from './axis-kernel.js';
import { combinedKernel, equalKernels, kernelReach, mirroredKernel } from './axis-kernel.js';
import { filterAlong } from './axis-pass.js';
import type { Axis, Block } from './block.js';
import { boxVoxels, withRange } from './block.js';
import type { AxisExtent, Range } from './boundary.js';
import { sourceRange } from './boundary.js';

/**
 * A linear map along one axis of the image: a weighted sum of chains of kernels. The image is continued beyond its border before
 * every kernel of a chain (IBSI 2, section 3.5.2: each level of a decomposition filters the response of the level before).
 */
export interface AxisMap {
  readonly terms: readonly { readonly weight: number; readonly chain: readonly AxisKernel[] }[];
}

/** The map of one chain. */
export function chainMap(...chain: AxisKernel[]): AxisMap {
  return { terms: [{ weight: 1, chain }] };
}

/** How turning around its center changes a chain. */
export type Parity = 'even' | 'odd' | 'none';

/** `even`: turning changes nothing; `odd`: turning changes the sign. */
export function chainParity(chain: readonly AxisKernel[]): Parity {
  let sign = 1;
  for (const kernel of chain) {
    const mirrored = mirroredKernel(kernel);
    if (equalKernels(mirrored, kernel)) continue;
    if (!equalKernels(combinedKernel(-1, mirrored, 0, mirrored), kernel)) return 'none';
    sign = -sign;
  }
  return sign > 0 ? 'even' : 'odd';
}

/** Every kernel of a chain turned around its center. */
export function mirroredChain(chain: readonly AxisKernel[]): readonly AxisKernel[] {
  return chain.map(mirroredKernel);
}

/** Half the sum (`even`) or half the difference (`odd`) of a chain and the same chain turned around. */
export function chainPart(chain: readonly AxisKernel[], part: 'even' | 'odd'): AxisMap {
  const mirrored = mirroredChain(chain);
  const sign = part === 'even' ? 0.5 : -0.5;
  if (chain.length === 1) return chainMap(combinedKernel(0.5, chain[0] as AxisKernel, sign, mirrored[0] as AxisKernel));
  return {
    terms: [
      { weight: 0.5, chain },
      { weight: sign, chain: mirrored },
    ],
  };
}

/** The voxels of the image along an axis that a map reads for a range of its result. */
export function inputRange({ terms }: AxisMap, range: Range, extent: AxisExtent): Range {
  let low = range[0];
  let high = range[1];
  for (const { chain } of terms) {
    const [from, to] = chainRanges(chain, range, extent)[0] as Range;
    low = Math.min(low, from);
    high = Math.max(high, to);
  }
  return [low, high];
}

/** Applies a map along an axis to a block that holds its {@link inputRange}. */
export function applyAlong(block: Block, axis: Axis, { terms }: AxisMap, range: Range, extent: AxisExtent): Block {
  const box = withRange(block, axis, range);
  const result = { ...box, values: new Float64Array(boxVoxels(box)) };
  for (const { weight, chain } of terms) {
    const ranges = chainRanges(chain, range, extent);
    let step = block;
    chain.forEach((kernel, n) => {
      const isLast = n === chain.length - 1;
      const scaled = isLast && weight !== 1 ? { ...kernel, weights: kernel.weights.map((w) => w * weight) } : kernel;
      step = filterAlong(step, axis, scaled, ranges[n + 1] as Range, extent, isLast ? result : undefined);
    });
  }
  return result;
}

/** Ranges before the first, between all, and after the last kernel of a chain. */
function chainRanges(chain: readonly AxisKernel[], range: Range, extent: AxisExtent): readonly Range[] {
  const ranges: Range[] = [range];
  for (const kernel of chain.toReversed()) {
    const [from, to] = ranges[0] as Range;
    const [low, high] = kernelReach(kernel);
    ranges.unshift(sourceRange([from + low, to + high], extent));
  }
  return ranges;
}
