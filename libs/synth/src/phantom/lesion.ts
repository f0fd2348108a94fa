import { cos, exp, sin } from '@cohortium/numerics';
import { SmoothNoise } from './smooth-noise.js';

/** What is true of one lesion. */
export interface LesionTruth {
  /** Center in the breast's own axes (left, posterior, head from the center of the field of view), millimeters. */
  readonly centerMm: readonly [number, number, number];
  /** Half axes before the surface is made irregular. */
  readonly radiiMm: readonly [number, number, number];
  /** Turn about the axis from foot to head, radians. */
  readonly turn: number;
  /** SD of the surface's irregularity, millimeters. */
  readonly irregularityMm: number;
  /** Share of the radius that has died; 0 for none. */
  readonly necroticShare: number;
  /** Mean of viable tissue, 1/min. */
  readonly ktransPerMin: number;
  /** How much stronger the rim takes up; 1 for none. */
  readonly rimGain: number;
  readonly ve: number;
  readonly vp: number;
  /** Mean of viable tissue, 10^-6 mm^2/s. */
  readonly adc: number;
  /** SD over mean of the ADC's texture. */
  readonly adcHeterogeneity: number;
  /** T1 before contrast, milliseconds. */
  readonly t1Ms: number;
  /** Seed of surface and textures. */
  readonly seed: number;
}

/** Parameters at one place of a lesion. */
export interface LesionVoxel {
  /** Share of dead tissue, 0 to 1. */
  necrosis: number;
  ktransPerMin: number;
  ve: number;
  vp: number;
  adc: number;
}

/** Depth over which one tissue goes over into the next inside a lesion. */
const transitionMm = 2;
/** SD of the logarithm of Ktrans within viable tissue, and relative SDs of the two volume fractions. */
const texture = { ktrans: 0.18, ve: 0.08, vp: 0.12, ktransScaleMm: 6, adcScaleMm: 7 } as const;

/** A lesion as a function of place: an ellipsoid with a wavy surface, a rim that takes up more, and a core that takes up nothing. */
export class Lesion {
  readonly voxel: LesionVoxel = { necrosis: 0, ktransPerMin: 0, ve: 0, vp: 0, adc: 0 };
  private readonly surface: SmoothNoise;
  private readonly uptake: SmoothNoise;
  private readonly diffusion: SmoothNoise;
  private readonly cosine: number;
  private readonly sine: number;
  private readonly meanRadiusMm: number;
  private readonly reachMm: number;

  constructor(readonly truth: LesionTruth) {
    this.surface = new SmoothNoise(truth.seed, 9);
    this.uptake = new SmoothNoise(truth.seed ^ 0x5bd1e995, texture.ktransScaleMm);
    this.diffusion = new SmoothNoise(truth.seed ^ 0x27d4eb2f, texture.adcScaleMm);
    this.cosine = cos(truth.turn);
    this.sine = sin(truth.turn);
    this.meanRadiusMm = (truth.radiiMm[0] + truth.radiiMm[1] + truth.radiiMm[2]) / 3;
    this.reachMm = Math.max(...truth.radiiMm) + 4 * truth.irregularityMm + 4;
  }

  /** Depth below the surface, about millimeters: positive inside. -Infinity far away. */
  depthMm(x: number, y: number, z: number): number {
    const { centerMm, radiiMm, irregularityMm } = this.truth;
    const dx = x - centerMm[0];
    const dy = y - centerMm[1];
    const dz = z - centerMm[2];
    if (dx * dx + dy * dy + dz * dz > this.reachMm * this.reachMm) return -Infinity;
    const a = (this.cosine * dx + this.sine * dy) / radiiMm[0];
    const b = (this.cosine * dy - this.sine * dx) / radiiMm[1];
    const c = dz / radiiMm[2];
    return (1 - Math.sqrt(a * a + b * b + c * c)) * this.meanRadiusMm + irregularityMm * this.surface.at(x, y, z);
  }

  /** Parameters at a place at the given depth, in {@link voxel}. */
  fill(x: number, y: number, z: number, depthMm: number): void {
    const { truth, voxel, meanRadiusMm } = this;
    const coreDepth = (1 - truth.necroticShare) * meanRadiusMm;
    const rim = soft(0.3 * meanRadiusMm - depthMm);
    voxel.necrosis = truth.necroticShare > 0 ? soft(depthMm - coreDepth) : 0;
    const uptake = this.uptake.at(x, y, z);
    voxel.ktransPerMin =
      truth.ktransPerMin * (1 + (truth.rimGain - 1) * rim) * exp(texture.ktrans * uptake - (texture.ktrans * texture.ktrans) / 2);
    voxel.ve = truth.ve * (1 + texture.ve * uptake);
    voxel.vp = truth.vp * (1 - texture.vp * uptake);
    voxel.adc = truth.adc * Math.max(0.2, 1 + truth.adcHeterogeneity * this.diffusion.at(x, y, z));
  }
}

/** 0 to 1 as a depth passes through 0. */
function soft(depthMm: number): number {
  return Math.min(1, Math.max(0, 0.5 + depthMm / transitionMm));
}
