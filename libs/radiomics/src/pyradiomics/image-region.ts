import type { Triple } from '@cohortium/imaging';
import { levelGrid, neighborhood, offsetsOf } from '../features/texture/level-grid.js';
import type { LevelGrid, Step } from '../features/texture/level-grid.js';
import { scanNeighborhoods } from '../features/texture/neighborhoods.js';
import type { Neighborhoods } from '../features/texture/neighborhoods.js';
import type { DiscretizedRoi } from '../roi/roi.js';
import type { PyradiomicsSetting } from './parameters.schema.js';

/** A region of one image (the original or a derived one), cut to its bounding box, as gray levels. */
export interface LeveledRegion {
  readonly discretized: DiscretizedRoi;
  /** Intensities of the region's voxels, i fastest. */
  readonly values: Float64Array;
  readonly setting: PyradiomicsSetting;
  readonly steps: RegionSteps;
}

/** Steps between neighbors that the settings ask for, the same for all images of a region. */
export class RegionSteps {
  /** Axis across slices where features are extracted by slice; null in three dimensions. */
  readonly sliceAxis: 0 | 1 | 2 | null;
  /** Steps to all voxels at one of the Chebyshev distances, in the slice or in space, that stay in the region's box. */
  readonly neighbors: readonly Step[];
  /** The same without opposites: the ones that point forward in memory, which is PyRadiomics' choice too. */
  readonly directions: readonly Step[];
  /** Directions of lines: those at a distance of 1. */
  readonly lines: readonly Step[];

  constructor(
    private readonly dimensions: Triple,
    setting: PyradiomicsSetting,
  ) {
    this.sliceAxis = setting.force2D ? sliceAxisOf(setting) : null;
    this.neighbors = this.within(setting.distances);
    this.directions = this.neighbors.filter(pointsForward);
    this.lines = this.within([1]).filter(pointsForward);
  }

  private within(distances: readonly number[]): Step[] {
    const { dimensions } = this;
    const within = Math.min(Math.max(...distances), Math.max(...dimensions) - 1);
    if (within < 1) return [];
    const isWanted = new Set(distances);
    return neighborhood(3, within).filter(
      (step) =>
        isWanted.has(Math.max(...step.map(Math.abs))) &&
        (this.sliceAxis === null || step[this.sliceAxis] === 0) &&
        step.every((part, axis) => Math.abs(part) < (dimensions[axis] as number)),
    );
  }
}

const pointsForward = ([i, j, k]: Step) => k > 0 || (k === 0 && (j > 0 || (j === 0 && i > 0)));

/** What the feature classes of one image are made of. Each part is computed when it is first asked for, and once. */
export class ImageRegion {
  readonly values: Float64Array;
  readonly spacingMm: Triple;
  readonly setting: PyradiomicsSetting;
  readonly steps: RegionSteps;
  private readonly discretized: DiscretizedRoi;
  private readonly known = new Map<string, unknown>();

  constructor({ discretized, values, setting, steps }: LeveledRegion) {
    this.discretized = discretized;
    this.values = values;
    this.setting = setting;
    this.spacingMm = discretized.spacingMm;
    this.steps = steps;
  }

  private once<Part>(name: string, make: () => Part): Part {
    if (!this.known.has(name)) this.known.set(name, make());
    return this.known.get(name) as Part;
  }

  /** The levels, with a margin that every step of the settings stays in. */
  get grid(): LevelGrid {
    return this.once('grid', () => {
      const reach = this.steps.neighbors.reduce((most, [i, j, k]) => Math.max(most, i, j, k), 1);
      return levelGrid(this.discretized, reach);
    });
  }

  /** Voxels of each gray level, by rank from 0. */
  get levelCounts(): Float64Array {
    return this.once('levelCounts', () => {
      const { ranks, voxels, levels } = this.grid;
      const counts = new Float64Array(levels.length);
      for (const at of voxels) {
        const rank = (ranks[at] as number) - 1;
        counts[rank] = (counts[rank] as number) + 1;
      }
      return counts;
    });
  }

  /** The same levels with the slices of the extraction as slices of the grid, for zones. */
  get zoneGrid(): LevelGrid {
    const { sliceAxis } = this.steps;
    if (sliceAxis === null || sliceAxis === 2) return this.grid;
    return this.once('zoneGrid', () => levelGrid(turned(this.discretized, sliceAxis)));
  }

  /** Tone differences and dependence, over the neighbors at the distances of the settings. */
  get neighborhoods(): Neighborhoods {
    return this.once('neighborhoods', () => {
      const offsets = offsetsOf(this.grid, this.steps.neighbors);
      return scanNeighborhoods(this.grid, { from: 0, to: this.grid.voxels.length, offsets }, this.setting.gldm_a);
    });
  }

  /** The weight of a direction: a function of its length in the norm of the settings, in mm, or 1 where they name none. */
  weigh(step: Step, weightOf: (lengthMm: number) => number): number {
    const parts = step.map((part, axis) => Math.abs(part) * (this.spacingMm[axis] as number));
    switch (this.setting.weightingNorm) {
      case 'infinity':
        return weightOf(Math.max(...parts));
      case 'euclidean':
        return weightOf(Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0)));
      case 'manhattan':
        return weightOf(parts.reduce((sum, part) => sum + part, 0));
      default:
        return 1;
    }
  }
}

/** The axis that `force2Ddimension` names: PyRadiomics counts z, y, x. */
export function sliceAxisOf({ force2Ddimension }: Pick<PyradiomicsSetting, 'force2Ddimension'>): 0 | 1 | 2 {
  return (2 - force2Ddimension) as 0 | 1 | 2;
}

/** A region with an axis of its box exchanged for the last one. */
function turned(roi: DiscretizedRoi, axis: 0 | 1): DiscretizedRoi {
  const exchange = ([i, j, k]: Triple): Triple => (axis === 0 ? [k, j, i] : [i, k, j]);
  const [ni, nj, nk] = roi.dimensions;
  const [mi, mj] = exchange(roi.dimensions);
  const levels = new Uint16Array(roi.levels.length);
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        const [a, b, c] = exchange([i, j, k]);
        levels[a + mi * (b + mj * c)] = roi.levels[at] as number;
      }
  return { ...roi, levels, dimensions: exchange(roi.dimensions), spacingMm: exchange(roi.spacingMm) };
}
