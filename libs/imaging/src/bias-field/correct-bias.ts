import { exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';
import type { Triple } from '../geometry/geometry.js';
import type { Volume } from '../volume.js';
import { sharpen } from './sharpen.js';
import type { SharpeningSettings } from './sharpen.js';
import { everyVoxel, SplineLattice } from './spline-lattice.js';
import type { GridSamples } from './spline-lattice.js';

/** Settings of the correction; every one of them is part of the record. */
export interface BiasSettings extends SharpeningSettings {
  /** Most iterations of each level; each level has twice the spans of the one before. */
  readonly iterations: readonly number[];
  /** A level ends when the coefficient of variation of the change of the field falls below it. */
  readonly convergence: number;
  /** Every how many voxels the field is estimated, along an axis that has enough of them. */
  readonly shrink: number;
  /** Spans of the spline along each axis at the first level. */
  readonly spans: number;
}

/** Settings of the authors. */
export const defaultBiasSettings: BiasSettings = {
  iterations: [50, 50, 50, 50],
  convergence: 0.001,
  shrink: 4,
  spans: 1,
  histogramBins: 200,
  fullWidthHalfMaximum: 0.15,
  wienerNoise: 0.01,
};

/** An image without its bias. */
export interface BiasCorrection {
  /** Image over field; 0 and below stay as they are outside the mask. */
  readonly corrected: Float32Array;
  /** Multiplicative field; its geometric mean over the mask is 1, so that intensities keep their level. */
  readonly field: Float32Array;
  readonly levels: readonly { readonly iterations: number; readonly change: number; readonly converged: boolean }[];
  /** Voxels at which the field was estimated. */
  readonly sampleCount: number;
}

/** Axes keep at least so many samples. */
const leastSamples = 12;

/**
 * N4: estimates a smooth multiplicative field and divides by it. The field is what is left between log intensities and their sharpened ones,
 * smoothed by a B-spline, added up over iterations and over levels of ever finer splines.
 * @param mask voxels of the body (1); only those above 0 count
 * @throws `IMAGING.EMPTY_MASK` where no voxel of the mask is above 0
 * @see Tustison et al. 2010, doi:10.1109/TMI.2010.2046908
 */
export function correctBias({ geometry, values }: Volume, mask: Uint8Array, settings: BiasSettings = defaultBiasSettings): BiasCorrection {
  const samples = shrunk(geometry.dimensions, settings.shrink);
  const { logs, inside, count } = logSamples(values, mask, geometry.dimensions, samples);
  if (count === 0) throw imagingErrors.error('IMAGING.EMPTY_MASK', { stage: 'drawn' });
  let bias: Float64Array = new Float64Array(logs.length);
  const lattices: SplineLattice[] = [];
  const levels: BiasCorrection['levels'][number][] = [];
  for (let level = 0; level < settings.iterations.length; level++) {
    const spans = settings.spans * 2 ** level;
    const lattice = new SplineLattice([spans, spans, spans]);
    lattices.push(lattice);
    const found = fitLevel(lattice, samples, { logs, inside, bias, count }, settings, settings.iterations[level] as number);
    bias = found.bias;
    levels.push(found.record);
  }
  return { ...divided(values, mask, geometry.dimensions, lattices), levels, sampleCount: count };
}

interface LevelInput {
  readonly logs: Float64Array;
  readonly inside: Uint8Array;
  readonly bias: Float64Array;
  readonly count: number;
}

function fitLevel(
  lattice: SplineLattice,
  samples: GridSamples,
  { logs, inside, bias: before, count }: LevelInput,
  settings: BiasSettings,
  most: number,
): { readonly bias: Float64Array; readonly record: BiasCorrection['levels'][number] } {
  const fit = lattice.fitterOn(samples, inside);
  let bias = before;
  let change = Infinity;
  let iterations = 0;
  while (iterations < most && change > settings.convergence) {
    iterations++;
    const rest = new Float64Array(logs.length);
    for (let at = 0; at < rest.length; at++) if (inside[at] === 1) rest[at] = (logs[at] as number) - (bias[at] as number);
    const sharpened = sharpen(rest, inside, settings);
    for (let at = 0; at < rest.length; at++) rest[at] = (rest[at] as number) - (sharpened[at] as number);
    fit(rest);
    const own = lattice.evaluate(samples);
    const next = new Float64Array(logs.length);
    for (let at = 0; at < next.length; at++) next[at] = (before[at] as number) + (own[at] as number);
    change = variationOfChange(next, bias, inside, count);
    bias = next;
  }
  return { bias, record: { iterations, change, converged: change <= settings.convergence } };
}

/** Standard deviation over mean of the ratio of two fields. */
function variationOfChange(next: Float64Array, bias: Float64Array, inside: Uint8Array, count: number): number {
  let [mean, squares, n] = [0, 0, 0];
  for (let at = 0; at < next.length; at++) {
    if (inside[at] !== 1) continue;
    const ratio = exp((next[at] as number) - (bias[at] as number));
    n++;
    const delta = ratio - mean;
    mean += delta / n;
    squares += delta * (ratio - mean);
  }
  return count < 2 ? 0 : Math.sqrt(squares / (count - 1)) / mean;
}

function shrunk(dimensions: Triple, shrink: number): GridSamples {
  const factor = (n: number) => Math.max(1, Math.min(shrink, Math.floor(n / leastSamples)));
  const factors = dimensions.map(factor) as unknown as Triple;
  const counts = dimensions.map((n, axis) => Math.floor(n / (factors[axis] as number))) as unknown as Triple;
  // Samples lie in the middle of the image.
  const start = dimensions.map((n, axis) =>
    Math.floor((n - 1 - ((counts[axis] as number) - 1) * (factors[axis] as number)) / 2),
  ) as unknown as Triple;
  return { dimensions: counts, start, step: factors, extent: dimensions };
}

function logSamples(values: ArrayLike<number>, mask: Uint8Array, [ni, nj]: Triple, { dimensions, start, step }: GridSamples) {
  const [si, sj, sk] = dimensions;
  const logs = new Float64Array(si * sj * sk);
  const inside = new Uint8Array(logs.length);
  let count = 0;
  for (let k = 0, at = 0; k < sk; k++)
    for (let j = 0; j < sj; j++)
      for (let i = 0; i < si; i++, at++) {
        const voxel = start[0] + i * step[0] + ni * (start[1] + j * step[1] + nj * (start[2] + k * step[2]));
        const value = values[voxel] as number;
        if (mask[voxel] !== 1 || !(value > 0 && value < Infinity)) continue;
        logs[at] = ln(value);
        inside[at] = 1;
        count++;
      }
  return { logs, inside, count };
}

function divided(values: ArrayLike<number>, mask: Uint8Array, dimensions: Triple, lattices: readonly SplineLattice[]) {
  const log = new Float64Array(values.length);
  for (const lattice of lattices) {
    const part = lattice.evaluate(everyVoxel(dimensions));
    for (let at = 0; at < log.length; at++) log[at] = (log[at] as number) + (part[at] as number);
  }
  let [sum, count] = [0, 0];
  for (let at = 0; at < log.length; at++)
    if (mask[at] === 1) {
      sum += log[at] as number;
      count++;
    }
  const level = sum / count;
  const field = new Float32Array(log.length);
  const corrected = new Float32Array(log.length);
  for (let at = 0; at < log.length; at++) {
    const bias = exp((log[at] as number) - level);
    field[at] = bias;
    corrected[at] = (values[at] as number) / bias;
  }
  return { field, corrected };
}
