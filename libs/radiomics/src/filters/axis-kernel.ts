/**
 * Weights of a one-dimensional filter by place: the response at x is the sum of `weights[t]` times the image at x + `offsets[t]`
 * (offsets ascend, no weight is 0). A convolution kernel is stored turned around.
 */
export interface AxisKernel {
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/**
 * A convolution kernel as weights by place. The tap at `center` falls on the voxel itself; with a `dilation` d there are d - 1 zeros
 * between taps (the a trous algorithm).
 * @param center by default the middle tap; for an even number of taps the right one of the two in the middle, as in IBSI 2 and PyWavelets
 * @example convolutionKernel([1, 2]) // response at x: 1 f(x + 1) + 2 f(x)
 */
export function convolutionKernel(taps: ArrayLike<number>, dilation = 1, center = taps.length >> 1): AxisKernel {
  return kernelFrom(Array.from({ length: taps.length }, (_, t) => [(center - t) * dilation, taps[t] as number] as const));
}

/** The kernel turned around its center. */
export function mirroredKernel({ offsets, weights }: AxisKernel): AxisKernel {
  return kernelFrom(Array.from(offsets, (offset, t) => [-offset, weights[t] as number] as const));
}

/** a K + b L. */
export function combinedKernel(a: number, k: AxisKernel, b: number, l: AxisKernel): AxisKernel {
  return kernelFrom([
    ...Array.from(k.offsets, (offset, t) => [offset, a * (k.weights[t] as number)] as const),
    ...Array.from(l.offsets, (offset, t) => [offset, b * (l.weights[t] as number)] as const),
  ]);
}

/** True for equal places and weights. */
export function equalKernels(k: AxisKernel, l: AxisKernel): boolean {
  return (
    k.offsets.length === l.offsets.length &&
    k.offsets.every((offset, t) => offset === l.offsets[t]) &&
    k.weights.every((weight, t) => weight === l.weights[t])
  );
}

/** First and last place that a kernel reads, relative to the voxel; 0 and 0 for an empty kernel. */
export function kernelReach({ offsets }: AxisKernel): readonly [number, number] {
  return offsets.length === 0 ? [0, 0] : [offsets[0] as number, offsets[offsets.length - 1] as number];
}

function kernelFrom(entries: Iterable<readonly [number, number]>): AxisKernel {
  const sums = new Map<number, number>();
  for (const [offset, weight] of entries) sums.set(offset, (sums.get(offset) ?? 0) + weight);
  const kept = [...sums].filter(([, weight]) => weight !== 0).sort(([a], [b]) => a - b);
  return { offsets: Int32Array.from(kept, ([offset]) => offset), weights: Float64Array.from(kept, ([, weight]) => weight) };
}
