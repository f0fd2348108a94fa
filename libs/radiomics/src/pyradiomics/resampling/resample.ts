import type { Box, Geometry, Triple, Volume, VoxelArray } from '@cohortium/imaging';
import { boxSize, voxelCount } from '@cohortium/imaging';
import type { Interpolator } from './interpolators.js';
import { indexOf, positionOf, visitOnto } from './scan-lines.js';
import { splineCoefficients } from './spline-coefficients.js';
import { gaussianTaps, linearTaps, nearestTaps, sincTaps, splineTaps } from './taps.js';
import type { TapRule, Taps } from './taps.js';

/**
 * An image on another grid, as SimpleITK's ResampleImageFilter gives it: voxels whose center lies outside the image become 0, and values
 * are stored in the type of the image's voxels, whole numbers without their fraction.
 */
export function resampleOnto(image: Volume, target: Geometry, interpolator: Interpolator): Volume {
  const values = emptyLike(image.values, voxelCount(target));
  const store = storeInto(values);
  const valueAt = samplerOf(image, target, interpolator);
  const [ni, nj, nk] = image.geometry.dimensions;
  const isInside = (x: number, count: number) => x >= -0.5 && x < count - 0.5;
  visitOnto(target, image.geometry, (at, x, y, z) => {
    if (isInside(x, ni) && isInside(y, nj) && isInside(z, nk)) store(at, valueAt(x, y, z));
  });
  return { geometry: target, values };
}

/** An array of the same kind. */
export function emptyLike(values: VoxelArray, length: number): VoxelArray {
  return new (values.constructor as new (length: number) => VoxelArray)(length);
}

/** Least and largest whole number that an array holds; undefined where it holds fractions. */
export function integerRange(values: VoxelArray): readonly [number, number] | undefined {
  if (values instanceof Float64Array || values instanceof Float32Array) return undefined;
  const bits = 8 * values.BYTES_PER_ELEMENT;
  const isSigned = values instanceof Int32Array || values instanceof Int16Array || values instanceof Int8Array;
  return isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function storeInto(values: VoxelArray): (at: number, value: number) => void {
  const range = integerRange(values);
  if (range === undefined) return (at, value) => (values[at] = value);
  const [least, most] = range;
  return (at, value) => (values[at] = Math.trunc(Math.min(Math.max(value, least), most)));
}

type Sampler = (x: number, y: number, z: number) => number;

/** Widths of the Gaussians in voxels, and how many of them are read (SimpleITK's choices). */
const gaussian = { sigma: 0.8, reach: 4 };
const labelGaussian = { sigma: 1, reach: 1 };

function samplerOf({ geometry, values }: Volume, target: Geometry, interpolator: Interpolator): Sampler {
  const { dimensions } = geometry;
  const whole: Field = { values, from: [0, 0, 0], size: dimensions };
  const rules = (rule: TapRule): Rules => [
    remembering(rule, dimensions[0]),
    remembering(rule, dimensions[1]),
    remembering(rule, dimensions[2]),
  ];
  switch (interpolator) {
    case 'sitkNearestNeighbor':
      return weightedSum(whole, rules(nearestTaps));
    case 'sitkLinear':
      return blend(whole, rules(linearTaps));
    case 'sitkBSpline': {
      const part = splineCoefficients({ dimensions, values }, readBy(target, geometry));
      return weightedSum({ values: part.values, from: part.from, size: boxSize(part) }, rules(splineTaps));
    }
    case 'sitkGaussian':
      return weightedMean(whole, rules(gaussianTaps(gaussian.sigma, gaussian.reach)));
    case 'sitkLabelGaussian':
      return heaviestValue(whole, rules(gaussianTaps(labelGaussian.sigma, labelGaussian.reach)));
    default:
      return weightedSum(whole, rules(sincTaps(interpolator)));
  }
}

/** Voxels of an image that splines on a target grid read. */
function readBy(target: Geometry, source: Geometry): Box {
  const [ni, nj, nk] = target.dimensions;
  const corners = [0, ni - 1].flatMap((i) =>
    [0, nj - 1].flatMap((j) => [0, nk - 1].map((k) => indexOf(source, positionOf(target, [i, j, k])))),
  );
  const bound = (axis: 0 | 1 | 2, choose: (...values: number[]) => number, by: number) => {
    const place = Math.floor(choose(...corners.map((corner) => corner[axis]))) + by;
    return Math.min(Math.max(place, 0), source.dimensions[axis]);
  };
  const lows: Triple = [bound(0, Math.min, -3), bound(1, Math.min, -3), bound(2, Math.min, -3)];
  const highs: Triple = [bound(0, Math.max, 5), bound(1, Math.max, 5), bound(2, Math.max, 5)];
  const isEmpty = lows.some((low, axis) => low >= (highs[axis] as number));
  return isEmpty ? { from: [0, 0, 0], to: [1, 1, 1] } : { from: lows, to: highs };
}

/** Values of a part of an image. */
interface Field {
  readonly values: ArrayLike<number>;
  readonly from: Triple;
  readonly size: Triple;
}

type Rules = readonly [(x: number) => Taps, (x: number) => Taps, (x: number) => Taps];

/** Most positions that are remembered: those of a line of a large grid. */
const rememberedPositions = 4096;

/** The same weights for the same position: on parallel grids all lines have the same positions. */
function remembering(rule: TapRule, count: number): (x: number) => Taps {
  const known = new Map<number, Taps>();
  return (x) => {
    const found = known.get(x);
    if (found !== undefined) return found;
    if (known.size >= rememberedPositions) known.clear();
    const taps = rule(x, count);
    known.set(x, taps);
    return taps;
  };
}

/** sum w v, i fastest; weights are multiplied in the order of the axes, so that sums have the bits of ITK's. */
function weightedSum(field: Field, rules: Rules): Sampler {
  return (x, y, z) => {
    let sum = 0;
    visitTaps(field, rules, x, y, z, (value, weight) => (sum += weight * value));
    return sum;
  };
}

/** sum w v / sum w. */
function weightedMean(field: Field, rules: Rules): Sampler {
  return (x, y, z) => {
    let [sum, total] = [0, 0];
    visitTaps(field, rules, x, y, z, (value, weight) => {
      sum += value * weight;
      total += weight;
    });
    return sum / total;
  };
}

/** The value whose voxels have the largest weight together; of several, the one that reached it first. */
function heaviestValue(field: Field, rules: Rules): Sampler {
  return (x, y, z) => {
    const weights = new Map<number, number>();
    let [heaviest, most] = [0, 0];
    visitTaps(field, rules, x, y, z, (value, weight) => {
      const total = (weights.get(value) ?? 0) + weight;
      weights.set(value, total);
      if (total > most) [heaviest, most] = [value, total];
    });
    return heaviest;
  };
}

function visitTaps(
  { values, from, size: [ni, nj] }: Field,
  [ruleI, ruleJ, ruleK]: Rules,
  x: number,
  y: number,
  z: number,
  visit: (value: number, weight: number) => void,
): void {
  const [alongI, alongJ, alongK] = [ruleI(x), ruleJ(y), ruleK(z)];
  for (let c = 0; c < alongK.places.length; c++)
    for (let b = 0; b < alongJ.places.length; b++) {
      const row = ni * ((alongJ.places[b] as number) - from[1] + nj * ((alongK.places[c] as number) - from[2])) - from[0];
      for (let a = 0; a < alongI.places.length; a++) {
        const weight = (alongI.weights[a] as number) * (alongJ.weights[b] as number) * (alongK.weights[c] as number);
        visit(values[row + (alongI.places[a] as number)] as number, weight);
      }
    }
}

/** v + (w - v) t along i, then j, then k: equal neighbors give their value to the bit. */
function blend({ values, size: [ni, nj] }: Field, [ruleI, ruleJ, ruleK]: Rules): Sampler {
  const between = (v: number, w: number, t: number) => v + (w - v) * t;
  return (x, y, z) => {
    const [i, j, k] = [ruleI(x), ruleJ(y), ruleK(z)];
    const [s, t, u] = [i, j, k].map(({ weights }) => weights[1] as number) as [number, number, number];
    const at = (a: number, b: number, c: number) =>
      values[(i.places[a] as number) + ni * ((j.places[b] as number) + nj * (k.places[c] as number))] as number;
    const line = (b: number, c: number) => between(at(0, b, c), at(1, b, c), s);
    const plane = (c: number) => between(line(0, c), line(1, c), t);
    return between(plane(0), plane(1), u);
  };
}
