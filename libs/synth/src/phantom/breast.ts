import { exp } from '@cohortium/numerics';
import { Lesion } from './lesion.js';
import type { LesionTruth } from './lesion.js';
import { SmoothNoise } from './smooth-noise.js';
import { tissueAt } from './tissue.js';
import type { Tissue } from './tissue.js';

/** What is true of one breast. */
export interface BreastTruth {
  /** Half axes of the breast (left-right, anterior-posterior, foot-head), millimeters. */
  readonly radiiMm: readonly [number, number, number];
  readonly skinMm: number;
  /** Millimeters by which fibroglandular tissue is grown (positive) or shrunk; -20 is almost entirely fat, 4 dense. */
  readonly densityMm: number;
  /** Factor on the uptake of fibroglandular tissue. */
  readonly parenchymalUptake: number;
  readonly lesions: readonly LesionTruth[];
  /** Seed of shapes and textures. */
  readonly seed: number;
}

/** Where the chest wall begins in the middle, posterior of the center of the field of view, and how it bends away. */
const chest = { wallMm: 48, bendPerMm: 0.0012, muscleMm: 16 } as const;

/** One place of a breast; the same object for every place. Shares are of the voxel's volume; what is left over is air. */
export interface Place {
  water: number;
  fat: number;
  t1Ms: number;
  t2Ms: number;
  ktransPerMin: number;
  ve: number;
  vp: number;
  adc: number;
  /** Number of the lesion from 1 whose surface encloses the place; else 0. */
  lesion: number;
}

/** A breast with lesions as a function of place, at one field strength. */
export class Breast {
  readonly place: Place = {
    water: 0, fat: 0, t1Ms: 1, t2Ms: 1, ktransPerMin: 0, ve: 0.2, vp: 0, adc: 0, lesion: 0,
  }; // prettier-ignore
  private readonly lesions: readonly Lesion[];
  private readonly coarse: SmoothNoise;
  private readonly fine: SmoothNoise;
  private readonly uptake: SmoothNoise;
  private readonly tissues: Readonly<Record<'fat' | 'fibroglandular' | 'skin' | 'muscle' | 'lesion' | 'necrosis', Tissue>>;
  private readonly smallestRadiusMm: number;

  /** @param edgeMm thickness over which one tissue goes over into the next; about a voxel */
  constructor(
    private readonly truth: BreastTruth,
    fieldStrengthT: number,
    private readonly edgeMm: number,
  ) {
    const tissue = (name: keyof Breast['tissues']) => tissueAt(name, fieldStrengthT);
    this.tissues = {
      fat: tissue('fat'),
      fibroglandular: tissue('fibroglandular'),
      skin: tissue('skin'),
      muscle: tissue('muscle'),
      lesion: tissue('lesion'),
      necrosis: tissue('necrosis'),
    };
    this.lesions = truth.lesions.map((lesion) => new Lesion(lesion));
    this.coarse = new SmoothNoise(truth.seed, 17);
    this.fine = new SmoothNoise(truth.seed ^ 0x1b873593, 6);
    this.uptake = new SmoothNoise(truth.seed ^ 0xcc9e2d51, 11);
    this.smallestRadiusMm = Math.min(...truth.radiiMm);
  }

  /** Centers of the lesions in the breast's own axes, millimeters. */
  get lesionCenters(): readonly (readonly [number, number, number])[] {
    return this.truth.lesions.map(({ centerMm }) => centerMm);
  }

  /** Fills {@link place} for a position in the breast's own axes (left, posterior, head), millimeters. */
  look(x: number, y: number, z: number): void {
    const { place, truth, tissues } = this;
    const wall = y - (chest.wallMm + chest.bendPerMm * (x * x + z * z));
    const a = x / truth.radiiMm[0];
    const b = (y - chest.wallMm) / truth.radiiMm[1];
    const c = z / truth.radiiMm[2];
    const radius = Math.sqrt(a * a + b * b + c * c);
    const breast = (1 - radius) * this.smallestRadiusMm;
    const body = this.soft(Math.max(breast, wall));
    this.clear();
    if (body === 0) return;
    const beyond = this.soft(wall - chest.muscleMm);
    const muscle = this.soft(wall) * (1 - beyond);
    const skin = wall > 0 ? 0 : body * (1 - this.soft(breast - truth.skinMm));
    const inside = Math.max(0, body - beyond - muscle - skin);
    const gland = inside > 0 ? inside * this.soft(this.glandDepth(x, y, z, radius)) : 0;
    this.mix(skin, tissues.skin, 1);
    this.mix(muscle, tissues.muscle, 1);
    if (gland > 0) this.mix(gland, tissues.fibroglandular, truth.parenchymalUptake * exp(0.25 * this.uptake.at(x, y, z)));
    place.fat = inside - gland;
    this.settle();
    for (let n = 0; n < this.lesions.length; n++) this.addLesion(n, x, y, z);
  }

  private clear(): void {
    const { place } = this;
    place.water = place.fat = place.t1Ms = place.t2Ms = place.ktransPerMin = place.ve = place.vp = place.adc = place.lesion = 0;
  }

  private glandDepth(x: number, y: number, z: number, radius: number): number {
    const noise = 11 * this.coarse.at(x, y, z) + 3.5 * this.fine.at(x, y, z);
    return (0.8 - radius) * this.smallestRadiusMm + this.truth.densityMm + noise;
  }

  private soft(depthMm: number): number {
    return Math.min(1, Math.max(0, 0.5 + depthMm / this.edgeMm));
  }

  /** Adds water of one tissue; sums are divided by the water in {@link settle}. */
  private mix(share: number, tissue: Tissue, uptake: number): void {
    const { place } = this;
    const water = share * tissue.protonDensity;
    place.water += water;
    place.t1Ms += water / tissue.t1Ms;
    place.t2Ms += water / tissue.t2Ms;
    place.ktransPerMin += water * tissue.ktransPerMin * uptake;
    place.ve += water * tissue.ve;
    place.vp += water * tissue.vp;
    place.adc += water * tissue.adc;
  }

  /** From sums over tissues to means: relaxation rates and kinetics of the water, which is what takes up contrast. */
  private settle(): void {
    const { place } = this;
    const { fat } = this.tissues;
    const water = place.water;
    if (water > 0) {
      place.t1Ms = water / place.t1Ms;
      place.t2Ms = water / place.t2Ms;
      place.ktransPerMin /= water;
      place.ve /= water;
      place.vp /= water;
      place.adc /= water;
    } else {
      place.t1Ms = fat.t1Ms;
      place.t2Ms = fat.t2Ms;
      place.ve = fat.ve;
    }
  }

  /** A lesion takes the place of what is there, in proportion to its share. */
  private addLesion(n: number, x: number, y: number, z: number): void {
    const lesion = this.lesions[n] as Lesion;
    const depth = lesion.depthMm(x, y, z);
    const share = this.soft(depth);
    if (share === 0) return;
    const { place, tissues } = this;
    lesion.fill(x, y, z, depth);
    const { voxel } = lesion;
    const dead = voxel.necrosis;
    const live = 1 - dead;
    const { lesion: viable, necrosis } = tissues;
    const density = live * viable.protonDensity + dead * necrosis.protonDensity;
    const oldWater = (1 - share) * place.water;
    const newWater = share * density;
    const water = oldWater + newWater;
    const blend = (old: number, added: number) => (oldWater * old + newWater * added) / water;
    place.t1Ms = 1 / blend(1 / place.t1Ms, live / lesion.truth.t1Ms + dead / necrosis.t1Ms);
    place.t2Ms = 1 / blend(1 / place.t2Ms, live / viable.t2Ms + dead / necrosis.t2Ms);
    place.ktransPerMin = blend(place.ktransPerMin, live * voxel.ktransPerMin + dead * necrosis.ktransPerMin);
    place.ve = blend(place.ve, live * voxel.ve + dead * necrosis.ve);
    place.vp = blend(place.vp, live * voxel.vp + dead * necrosis.vp);
    place.adc = blend(place.adc, live * voxel.adc + dead * necrosis.adc);
    place.water = water;
    place.fat *= 1 - share;
    if (depth >= 0) place.lesion = n + 1;
  }
}
