import type { AxisKernel } from './axis-kernel.js';
import type { AxisMap, Parity } from './axis-map.js';
import { chainMap, chainParity, chainPart, mirroredChain } from './axis-map.js';
import type { Box } from '@cohortium/imaging';
import type { FilterSource } from './block.js';
import { boxVoxels } from './block.js';
import type { Boundary } from './boundary.js';
import { applySeparable } from './separable.js';
import type { AxisMaps } from './separable.js';

/** How responses of rotated filters are combined; `none`: the filter as it is. */
export const rotationPoolings = ['none', 'average', 'max'] as const;
/** One of {@link rotationPoolings}. */
export type RotationPooling = (typeof rotationPoolings)[number];

/** A rotation by right angles: axis d gets the kernel of axis `from[d]`, turned around where `isTurned[d]`. */
export interface RightAngleRotation {
  readonly from: readonly number[];
  readonly isTurned: readonly boolean[];
}

/** The rotations that map the grid onto itself: 4 in the plane, 24 in space (reflections are none). */
export function rightAngleRotations(dimensions: 2 | 3): readonly RightAngleRotation[] {
  const permutations =
    dimensions === 2
      ? [[0, 1], [1, 0]] // prettier-ignore
      : [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]]; // prettier-ignore
  const rotations: RightAngleRotation[] = [];
  permutations.forEach((from, n) => {
    // Cyclic permutations come first; each of the others is a reflection by itself.
    const isReflection = n >= permutations.length / 2;
    for (let turns = 0; turns < 2 ** dimensions; turns++) {
      const isTurned = from.map((_, axis) => ((turns >> axis) & 1) === 1);
      if ((isTurned.filter(Boolean).length % 2 === 1) === isReflection) rotations.push({ from, isTurned });
    }
  });
  return rotations;
}

/** A filter by axes i, j (and k), each a chain of kernels of successive levels. */
export type ChainFilter = readonly (readonly AxisKernel[])[];

/**
 * Response of a separable filter, or the pooled responses of all its right-angle rotations (IBSI 2, section 2.3). Right-angle rotations
 * act as rotating the image, filtering, and rotating back: a kernel with an even number of taps is turned around the tap that falls on
 * the voxel.
 * @param chains two (by slice) or three axes
 */
export function pooledResponse(
  source: FilterSource,
  chains: ChainFilter,
  pooling: RotationPooling,
  box: Box,
  boundary: Boundary,
): Float64Array {
  const plan = pooling === 'average' ? averagePlan(chains) : pooling === 'max' ? maxPlan(chains) : singlePlan(chains);
  const pooled = new Float64Array(boxVoxels(box)).fill(pooling === 'max' ? -Infinity : 0);
  const visit = (response: Float64Array, filter: number) => {
    const { plus, minus } = plan[filter] as PlannedFilter;
    if (pooling !== 'max') for (let at = 0; at < pooled.length; at++) pooled[at] = (pooled[at] as number) + plus * (response[at] as number);
    else raise(pooled, response, plus > 0, minus > 0);
  };
  applySeparable(
    source,
    plan.map(({ maps }) => maps),
    box,
    boundary,
    visit,
  );
  return pooled;
}

/** A product of maps that is computed once, and what it counts with its own and with the opposite sign. */
interface PlannedFilter {
  readonly maps: AxisMaps;
  plus: number;
  minus: number;
}

function raise(pooled: Float64Array, response: Float64Array, withPlus: boolean, withMinus: boolean): void {
  for (let at = 0; at < pooled.length; at++) {
    const value = response[at] as number;
    if (withPlus && value > (pooled[at] as number)) pooled[at] = value;
    if (withMinus && -value > (pooled[at] as number)) pooled[at] = -value;
  }
}

function singlePlan(chains: ChainFilter): PlannedFilter[] {
  return [{ maps: toAxisMaps(chains.map((chain) => chainMap(...chain))), plus: 1, minus: 0 }];
}

/** Distinct products of all rotations. A kernel that turning does not change, or only in sign, needs no second pass. */
function maxPlan(chains: ChainFilter): PlannedFilter[] {
  const parities = chains.map((chain) => chainParity(chain));
  const maps = new Interned();
  const plan = new Map<string, PlannedFilter>();
  for (const { from, isTurned } of rightAngleRotations(chains.length as 2 | 3)) {
    let sign = 1;
    const rotated = from.map((letter, axis) => {
      const chain = chains[letter] as readonly AxisKernel[];
      const parity = parities[letter] as Parity;
      if (isTurned[axis] && parity === 'odd') sign = -sign;
      return maps.of(isTurned[axis] && parity === 'none' ? mirroredChain(chain) : chain, 'whole');
    });
    count(plan, rotated, sign > 0 ? 1 : 0, sign > 0 ? 0 : 1);
  }
  return [...plan.values()];
}

/**
 * The average as few products: a kernel is the sum of its even and odd part, and turning it changes the sign of the odd one; most
 * products cancel over the rotations.
 */
function averagePlan(chains: ChainFilter): PlannedFilter[] {
  const rotations = rightAngleRotations(chains.length as 2 | 3);
  const parities = chains.map((chain) => chainParity(chain));
  const maps = new Interned();
  const plan = new Map<string, PlannedFilter>();
  for (const { from, isTurned } of rotations) {
    for (let parts = 0; parts < 2 ** from.length; parts++) {
      const isOdd = from.map((_, axis) => ((parts >> axis) & 1) === 1);
      if (from.some((letter, axis) => parities[letter] === (isOdd[axis] ? 'even' : 'odd'))) continue;
      const turnedOdd = isOdd.filter((odd, axis) => odd && isTurned[axis]).length;
      const product = from.map((letter, axis) => maps.of(chains[letter] as readonly AxisKernel[], isOdd[axis] ? 'odd' : 'even'));
      count(plan, product, (turnedOdd % 2 === 0 ? 1 : -1) / rotations.length, 0);
    }
  }
  // What is left of a cancelled sum of 24ths is rounding.
  return [...plan.values()].filter(({ plus }) => Math.abs(plus) > 1e-12);
}

function count(plan: Map<string, PlannedFilter>, maps: readonly { id: number; map: AxisMap }[], plus: number, minus: number): void {
  const key = maps.map(({ id }) => id).join();
  const planned = plan.get(key) ?? { maps: toAxisMaps(maps.map(({ map }) => map)), plus: 0, minus: 0 };
  planned.plus += plus;
  planned.minus += minus;
  plan.set(key, planned);
}

/** Maps of equal chains are one object with one number, so that equal work is recognized. */
class Interned {
  private readonly known: { readonly name: string; readonly id: number; readonly map: AxisMap }[] = [];

  of(chain: readonly AxisKernel[], part: 'whole' | 'even' | 'odd'): { readonly id: number; readonly map: AxisMap } {
    const name = `${part}:${chain.map(({ offsets, weights }) => `${offsets.join()}|${weights.join()}`).join('/')}`;
    const found = this.known.find((entry) => entry.name === name);
    if (found) return found;
    const entry = { name, id: this.known.length, map: part === 'whole' ? chainMap(...chain) : chainPart(chain, part) };
    this.known.push(entry);
    return entry;
  }
}

function toAxisMaps(maps: readonly AxisMap[]): AxisMaps {
  return [maps[0] ?? null, maps[1] ?? null, maps[2] ?? null];
}
