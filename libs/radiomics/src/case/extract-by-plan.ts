import {
  bodyMask,
  boundingBox,
  enhancementMaps,
  filledCount,
  functionalTumor,
  isSameGeometry,
  patientToIndex,
  peritumoralRings,
  placeMask,
  regionErrors,
  voxelCount,
  widenBox,
} from '@cohortium/imaging';
import type { Box, Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { extract } from '../extract.js';
import { CaseImageMaker } from './case-images.js';
import type { AbsentReason, CaseImages } from './case-images.js';
import type { PlannedRegion, ResolvedPlan } from './case-plan.schema.js';
import { isTakenFrom, plannedFeature } from './planned-features.js';
import type { PlannedFeature } from './planned-features.js';

/** A case as it is extracted: its images, and the regions that were drawn on one of them. */
export interface CaseInput {
  readonly images: CaseImages;
  /** Regions by number of segment or ROI, each on its own grid. */
  readonly segments: ReadonlyMap<number, RoiMask>;
}

/** A feature of a case. */
export interface CaseFeature extends PlannedFeature {
  readonly value: number;
}

/** What a case lacks: cells of its features stay empty. */
export interface CaseGap {
  readonly image: string;
  /** Null where the image itself is not there. */
  readonly region: string | null;
  /** One of {@link AbsentReason}, or the code of an error. */
  readonly reason: string;
}

/** How a region came onto the grid of an image. */
export interface PlacementRecord {
  readonly image: string;
  readonly region: string;
  readonly method: 'exact' | 'nearest';
  readonly voxels: number;
}

/** Everything that one case yields. */
export interface CaseFeatures {
  readonly features: readonly CaseFeature[];
  readonly gaps: readonly CaseGap[];
  readonly placements: readonly PlacementRecord[];
  /** Share of voxels whose kinetic fit failed, where there was one. */
  readonly failedFits: number | null;
}

/**
 * Features of all images and regions of a plan for one case. What a case lacks is listed, not guessed; the rest is extracted.
 * Features of shape come from the first image of the plan alone, since they describe the region.
 */
export function extractByPlan({ images, segments }: CaseInput, { plan, settings }: ResolvedPlan): CaseFeatures {
  const regions = new Regions(segments, images);
  const maker = new CaseImageMaker(images, plan.kinetics, fitMask(regions, plan.regions, images.dce?.phases[0]?.geometry));
  const found = { features: [] as CaseFeature[], gaps: [] as CaseGap[], placements: [] as PlacementRecord[] };
  let failedFits: number | null = null;
  for (const [name, planned] of Object.entries(plan.images)) {
    const made = attempt(() => maker.make(planned));
    if ('absent' in made) {
      found.gaps.push({ image: name, region: null, reason: made.absent });
      continue;
    }
    failedFits = made.failedShare ?? failedFits;
    for (const [region, asked] of Object.entries(plan.regions)) {
      const outcome = attempt(() => {
        const { mask, method } = regions.on(asked, plan.regions, made.volume.geometry);
        const image = finite(made.volume, mask);
        if ('absent' in image) return image;
        const extraction = extract(image.volume, mask, settings.get(name) as Parameters<typeof extract>[2]);
        return { extraction, placement: { image: name, region, method, voxels: filledCount(mask.voxels) } };
      });
      if ('absent' in outcome) {
        found.gaps.push({ image: name, region, reason: outcome.absent });
        continue;
      }
      found.placements.push(outcome.placement);
      const { features, undefinedFeatures } = outcome.extraction;
      const kept = features.filter(({ family }) => isTakenFrom(family, name, plan));
      found.features.push(...kept.map((feature) => ({ ...plannedFeature(feature, name, region), value: feature.value })));
      for (const { error } of undefinedFeatures) found.gaps.push({ image: name, region, reason: error.code });
    }
  }
  return { ...found, failedFits };
}

/** Voxels around a region whose fit is wanted too: interpolation looks at neighbors. */
const fitMargin = 3;

/** Where kinetics are fitted: the box of all regions with a margin. A fit of every voxel of an examination costs seconds and is looked at nowhere. */
function fitMask(regions: Regions, asked: ResolvedPlan['plan']['regions'], geometry: Geometry | undefined): Uint8Array | undefined {
  if (geometry === undefined) return undefined;
  const wanted = new Uint8Array(voxelCount(geometry));
  for (const region of Object.values(asked)) {
    const placed = attempt(() => regions.on(region, asked, geometry));
    if (!('absent' in placed)) placed.mask.voxels.forEach((value, at) => value === 1 && (wanted[at] = 1));
  }
  const box = boundingBox(wanted, geometry.dimensions);
  if (box === undefined) return wanted;
  const { from, to } = widenBox(box, [fitMargin, fitMargin, fitMargin], geometry.dimensions);
  const [ni, nj] = geometry.dimensions;
  for (let k = from[2]; k < to[2]; k++)
    for (let j = from[1]; j < to[1]; j++) wanted.fill(1, from[0] + ni * (j + nj * k), to[0] + ni * (j + nj * k));
  return wanted;
}

/** A result, or the code of the typed error that kept it away. */
function attempt<T extends object>(work: () => T): T | { readonly absent: AbsentReason | string } {
  try {
    return work();
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { absent: error.code };
  }
}

/** Share of a region's voxels without a value up to which the others speak for it. */
const mostFailed = 0.1;

/**
 * Maps have no value where their fit failed. Such voxels take the median of the region, so that a failed fit in it or at its border does not
 * cost a case its features: interpolation looks at neighbors outside too. With more than a tenth of the region without value nothing is
 * said about it.
 */
function finite(volume: Volume, mask: RoiMask): { readonly volume: Volume } | { readonly absent: 'tooManyFailedFits' } {
  const inside: number[] = [];
  let failed = 0;
  for (let at = 0; at < mask.voxels.length; at++) {
    if (mask.voxels[at] !== 1) continue;
    const value = volume.values[at] as number;
    if (Number.isFinite(value)) inside.push(value);
    else failed++;
  }
  if (failed > mostFailed * (failed + inside.length)) return { absent: 'tooManyFailedFits' };
  inside.sort((a, b) => a - b);
  const middle = inside[inside.length >> 1] as number;
  const values = volume.values.some((value) => !Number.isFinite(value))
    ? Float64Array.from(volume.values, (value) => (Number.isFinite(value) ? value : middle))
    : volume.values;
  return { volume: { geometry: volume.geometry, values } };
}

type FunctionalTumorRules = Extract<PlannedRegion, { functionalTumor: unknown }>['functionalTumor'];

/** Regions of one case on the grids of its images, each made once. */
class Regions {
  private readonly drawn = new Map<string, RoiMask>();
  private body: RoiMask | undefined;

  constructor(
    private readonly segments: ReadonlyMap<number, RoiMask>,
    private readonly images: CaseImages,
  ) {}

  /** @throws `REGION.ABSENT`, `REGION.OFF_GRID`, `REGION.EMPTY`, `IMAGING.EMPTY_MASK` */
  on(asked: PlannedRegion, all: Readonly<Record<string, PlannedRegion>>, geometry: Geometry): ReturnType<typeof placeMask> {
    return placeMask(this.draw(asked, all), geometry, 'nearest');
  }

  private draw(asked: PlannedRegion, all: Readonly<Record<string, PlannedRegion>>): RoiMask {
    const key = JSON.stringify(asked);
    const known = this.drawn.get(key);
    if (known !== undefined) return known;
    const made =
      'segment' in asked ? this.segment(asked.segment) : 'ring' in asked ? this.ring(asked, all) : this.functional(asked.functionalTumor);
    this.drawn.set(key, made);
    return made;
  }

  private segment(number: number): RoiMask {
    const mask = this.segments.get(number);
    if (mask === undefined)
      throw regionErrors.error('REGION.ABSENT', { asked: number, numbers: [...this.segments.keys()].join(', ') || 'none' });
    return mask;
  }

  private functional({ box, ...rules }: FunctionalTumorRules): RoiMask {
    const { dce } = this.images;
    const [first] = dce?.phases ?? [];
    if (dce === undefined || first === undefined || dce.phases.length <= dce.beforeCount)
      throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
    const { before } = enhancementMaps(
      dce.phases.map(({ values }) => values),
      undefined,
      { beforeCount: dce.beforeCount },
    );
    const [early, late] = [dce.phases[dce.beforeCount] as Volume, dce.phases.at(-1) as Volume];
    const { mask, voxelCount: found } = functionalTumor(first.geometry, [before, early.values, late.values], {
      ...rules,
      box: this.boxOn(first.geometry, box),
    });
    if (found === 0) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
    return mask;
  }

  private boxOn(geometry: Geometry, asked: FunctionalTumorRules['box']): Box {
    const whole: Box = { from: [0, 0, 0], to: geometry.dimensions };
    if (asked === undefined) return whole;
    if ('segment' in asked) {
      const { mask } = placeMask(this.segment(asked.segment), geometry, 'nearest');
      return boundingBox(mask.voxels, geometry.dimensions) ?? whole;
    }
    const corners = [patientToIndex(geometry, asked.fromMm), patientToIndex(geometry, asked.toMm)] as const;
    const along = (axis: 0 | 1 | 2) => [Math.round(corners[0][axis]), Math.round(corners[1][axis])] as const;
    const limit = (axis: 0 | 1 | 2, value: number) => Math.min(geometry.dimensions[axis], Math.max(0, value));
    const from = ([0, 1, 2] as const).map((axis) => limit(axis, Math.min(...along(axis)))) as unknown as Triple;
    const to = ([0, 1, 2] as const).map((axis) => limit(axis, Math.max(...along(axis)) + 1)) as unknown as Triple;
    return { from, to };
  }

  private ring({ ring, fromMm, toMm }: Extract<PlannedRegion, { ring: string }>, all: Readonly<Record<string, PlannedRegion>>): RoiMask {
    const center = this.draw(all[ring] as PlannedRegion, all);
    const body = this.bodyOn(center.geometry);
    const widthsMm = fromMm > 0 ? [fromMm, toMm] : [toMm];
    const { bands } = peritumoralRings(center, { widthsMm, body });
    return (bands.at(-1) as (typeof bands)[number]).mask;
  }

  /** The body on the grid of a region: found in the dynamic series, T1 or T2, and placed by patient coordinates. @throws `REGION.EMPTY` */
  private bodyOn(geometry: Geometry): RoiMask {
    const { dce, t1, t2w } = this.images;
    const image = [dce?.phases[0], t1, t2w].find((volume) => volume !== undefined);
    if (image === undefined) throw regionErrors.error('REGION.EMPTY', { stage: 'body' });
    this.body ??= bodyMask(image).mask;
    return isSameGeometry(this.body.geometry, geometry) ? this.body : placeMask(this.body, geometry, 'nearest').mask;
  }
}
