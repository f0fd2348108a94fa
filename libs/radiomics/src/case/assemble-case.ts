import {
  adcUnitOf,
  applyCorrection,
  assertSameGeometry,
  assignRoles,
  buildVolume,
  earliestSeconds,
  hasPixels,
  isBackground,
  isSameGeometry,
  rasterizeRegion,
  readImageHeader,
  readSegmentation,
  readStructureSet,
  segmentMask,
  segmentationClasses,
  seriesFacts,
  splitSeries,
  structureSetClass,
  waterFatKinds,
} from '@cohortium/imaging';
import type { ImageHeader, RoiMask, RoleAssignment, SeriesFacts, SeriesRole, Volume, VolumePlan, DicomObject } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import type { CaseImages, DynamicSeries } from './case-images.js';
import type { CaseInput } from './extract-by-plan.js';

/** A series as it was taken for a case. */
export interface AssignedSeries {
  readonly facts: SeriesFacts;
  readonly role: RoleAssignment;
}

/** A case from its DICOM objects. */
export interface AssembledCase {
  readonly input: CaseInput;
  /** Every series, also those that no image was taken from. */
  readonly series: readonly AssignedSeries[];
  /** Codes of the errors of objects that could not be used. */
  readonly problems: readonly string[];
}

/** A series with what is needed to decode its volumes. */
interface OpenSeries extends AssignedSeries {
  readonly objects: readonly DicomObject[];
  readonly headers: readonly ImageHeader[];
  readonly plans: readonly VolumePlan[];
}

/**
 * Puts the objects of one examination together: series by their roles, phases by their times, diffusion images by b-value, regions of
 * segmentations and structure sets. `loadCodecs` must have been awaited.
 * @param roles decisions of a person by Series Instance UID; they win over what the tags say
 * @throws nothing for single objects that are damaged; they are listed
 */
export function assembleCase(objects: readonly DicomObject[], roles: ReadonlyMap<string, SeriesRole> = new Map()): AssembledCase {
  const problems: string[] = [];
  const noting = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!isAppError(error)) throw error;
      problems.push(error.code);
      return undefined;
    }
  };
  const kindOf = (object: DicomObject) => object.text('x00080016') ?? '';
  const segmentations = objects.filter((object) => segmentationClasses.has(kindOf(object)));
  const structures = objects.filter((object) => kindOf(object) === structureSetClass);
  const images = objects.filter((object) => hasPixels(object) && !segmentationClasses.has(kindOf(object)));
  const series = openSeries(images, roles, noting);
  const made = imagesOf(series, noting);
  const segments = new Map<number, RoiMask>();
  const keep = (number: number, mask: RoiMask | undefined) => {
    if (mask === undefined) return;
    if (segments.has(number)) problems.push('REGION.TWICE');
    else segments.set(number, mask);
  };
  for (const object of segmentations) {
    const segmentation = noting(() => readSegmentation(object));
    for (const { number } of segmentation?.segments.filter((segment) => !isBackground(segment)) ?? [])
      keep(
        number,
        noting(() => segmentMask(segmentation as NonNullable<typeof segmentation>, number)),
      );
  }
  for (const object of structures) {
    const grids = [made.dce?.phases[0], made.t1, made.t2w].filter((volume) => volume !== undefined);
    for (const region of noting(() => readStructureSet(object))?.regions ?? []) {
      const drawn = grids.map(({ geometry }) => tryOne(() => rasterizeRegion(region, geometry).mask)).find((mask) => mask !== undefined);
      if (drawn === undefined) problems.push('REGION.OFF_GRID');
      keep(region.number, drawn);
    }
  }
  return { input: { images: made, segments }, series: series.map(({ facts, role }) => ({ facts, role })), problems };
}

function tryOne<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isAppError(error)) throw error;
    return undefined;
  }
}

type Noting = <T>(work: () => T) => T | undefined;

function openSeries(images: readonly DicomObject[], corrections: ReadonlyMap<string, SeriesRole>, noting: Noting): readonly OpenSeries[] {
  const groups = new Map<string, { objects: DicomObject[]; headers: ImageHeader[] }>();
  for (const object of images) {
    const header = noting(() => readImageHeader(object));
    if (header === undefined) continue;
    const group = groups.get(header.seriesUid) ?? { objects: [], headers: [] };
    groups.set(header.seriesUid, group);
    group.objects.push(object);
    group.headers.push(header);
  }
  const open = [...groups.values()].map((group) => ({ ...group, plans: splitSeries(group.headers) }));
  const zero = earliestSeconds(open.flatMap(({ headers }) => headers));
  const facts = open.map(({ headers, plans }) => seriesFacts(headers, plans, zero));
  const roles = assignRoles(facts);
  return open.map((group, at) => {
    const own = facts[at] as SeriesFacts;
    const proposed = roles[at] as RoleAssignment;
    const decided = corrections.get(own.seriesUid);
    const role = decided === undefined ? proposed : applyCorrection(proposed, own, { role: decided });
    return { ...group, facts: own, role };
  });
}

function imagesOf(series: readonly OpenSeries[], noting: Noting): CaseImages {
  const best = (role: SeriesRole) =>
    series
      .filter((one) => one.role.role === role)
      .sort((a, b) => rankOf(a.facts) - rankOf(b.facts) || b.role.confidence - a.role.confidence || b.facts.frames - a.facts.frames);
  const single = (role: SeriesRole): Volume | undefined => {
    for (const one of best(role)) {
      const plan = inOrderOfUse(one).find(({ problem }) => problem === undefined);
      const volume = plan === undefined ? undefined : noting(() => volumeOf(one, plan));
      if (volume !== undefined) return volume;
    }
    return undefined;
  };
  return {
    t1: single('t1'),
    t2w: single('t2w'),
    dce: dynamicOf(best('dce'), noting),
    dwi: diffusionOf(best('dwi'), noting),
    vendorAdc: vendorAdc(best('adc'), noting),
  };
}

function volumeOf({ objects }: OpenSeries, plan: VolumePlan): Volume {
  return buildVolume(plan, (image) => objects[image] as DicomObject);
}

type VolumeFacts = SeriesFacts['volumes'][number];

/** Of complex images only the magnitude counts. */
function isMagnitude(facts: VolumeFacts | undefined): boolean {
  return facts?.component === undefined || facts.component === 'MAGNITUDE';
}

/** Plain images and water first, fat last: of a chemical shift (Dixon) acquisition, contrast and tumors show in water. */
function useRank({ waterFat }: VolumeFacts): number {
  return waterFat === undefined ? 0 : waterFatKinds.indexOf(waterFat);
}

function rankOf({ volumes }: SeriesFacts): number {
  return Math.min(...volumes.map(useRank));
}

/** Volumes of a series as a single image is chosen from them. */
function inOrderOfUse({ plans, facts }: OpenSeries): readonly VolumePlan[] {
  const ranked = plans.map((plan, at) => ({ plan, rank: useRank(facts.volumes[at] as VolumeFacts) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ plan }) => plan);
}

/** A phase before it is decoded. */
interface PhaseCandidate {
  readonly one: OpenSeries;
  readonly plan: VolumePlan;
  readonly facts: VolumeFacts | undefined;
  readonly seconds: number | undefined;
  readonly isBefore: boolean;
  /** Seconds from the injection to what the header says was acquired. */
  readonly delay: number | undefined;
}

/**
 * The dynamic series of a case: the surest one, or all those that hold one phase each. A phase that is damaged or lies on another grid leaves no
 * dynamic series, since the numbers of the others would shift.
 */
function dynamicOf(series: readonly OpenSeries[], noting: Noting): DynamicSeries | undefined {
  const [surest] = series;
  if (surest === undefined) return undefined;
  const members = surest.plans.length === 1 ? series.filter(({ plans }) => plans.length === 1) : [surest];
  const rank = ({ facts }: PhaseCandidate) => (facts === undefined ? 0 : useRank(facts));
  const candidates = members.flatMap(phasesOf).sort((a, b) => rank(a) - rank(b));
  const [first] = candidates;
  const kind = first && kindOfVolume(first.facts);
  const found = candidates.filter(({ facts }) => kindOfVolume(facts) === kind);
  const grid = first?.plan.geometry;
  const isWhole = found.every(({ plan }) => noting(() => assertOnGrid(plan, grid)) === true);
  if (first === undefined || !isWhole) return undefined;
  const isTimed = found.every(({ seconds }) => seconds !== undefined);
  if (isTimed) found.sort((a, b) => (a.seconds as number) - (b.seconds as number));
  const phases = found.map(({ one, plan }) => noting(() => volumeOf(one, plan)));
  if (phases.some((phase) => phase === undefined)) return undefined;
  const zero = found[0]?.seconds ?? 0;
  const all = isTimed ? found.map(({ seconds }) => ((seconds as number) - zero) / 60) : undefined;
  const minutes = all?.every((minute, at) => at === 0 || minute > (all[at - 1] as number)) === true ? all : undefined;
  const injectionMinutes = minutes && injectionOf(found, zero, minutes.at(-1) as number);
  const { repetitionTimeMs, flipAngleDegrees } = first.facts ?? {};
  const isKnown = repetitionTimeMs !== undefined && flipAngleDegrees !== undefined;
  return {
    phases: phases as Volume[],
    minutes,
    beforeCount: beforeCountOf(found, minutes, injectionMinutes),
    injectionMinutes,
    echo: isKnown ? { repetitionTimeMs, flipAngleDeg: flipAngleDegrees } : undefined,
  };
}

function phasesOf(one: OpenSeries): readonly PhaseCandidate[] {
  return one.plans.flatMap((plan, at) => {
    const facts = one.facts.volumes[at];
    if (!isMagnitude(facts)) return [];
    const within = facts?.startSeconds ?? (one.plans.length === 1 ? 0 : undefined);
    const seconds = within === undefined ? undefined : (one.facts.startSeconds ?? 0) + within;
    const delay = one.headers[plan.frames[0]?.image ?? 0]?.facts.contrastDelaySeconds;
    return [{ one, plan, facts, seconds, isBefore: one.role.volumes[at]?.startsWith('dce-pre') === true, delay }];
  });
}

/** Water and fat, or echoes, of one acquisition lie on one grid and are no phases of each other. */
function kindOfVolume(facts: PhaseCandidate['facts']): string {
  return JSON.stringify([facts?.imageType.slice(2), facts?.echoTimeMs]);
}

/** @throws the plan's own problem, `IMAGING.GEOMETRY_DIFFERS` */
function assertOnGrid({ problem, geometry }: VolumePlan, grid: VolumePlan['geometry']): true {
  if (problem !== undefined) throw problem;
  if (geometry !== undefined && grid !== undefined) assertSameGeometry(grid, geometry);
  return true;
}

/** Minutes from the first phase to the injection. The first phase tells it best: some makers repeat its acquisition time in all phases. */
function injectionOf(phases: readonly PhaseCandidate[], zero: number, lastMinute: number): number | undefined {
  const told = phases.find(({ delay, seconds }) => delay !== undefined && seconds !== undefined);
  const minutes = told === undefined ? undefined : ((told.seconds as number) - (told.delay as number) - zero) / 60;
  // An injection outside the series is a time of another kind.
  return minutes !== undefined && minutes >= -1 && minutes <= lastMinute ? minutes : undefined;
}

/** Phases before contrast, from the first on: those that begin before the injection, or those that are named so. */
function beforeCountOf(phases: readonly PhaseCandidate[], minutes: readonly number[] | undefined, injection: number | undefined): number {
  if (minutes !== undefined && injection !== undefined) return Math.max(1, minutes.filter((minute) => minute < injection).length);
  const after = phases.findIndex(({ isBefore }) => !isBefore);
  return Math.max(1, after < 0 ? phases.length : after);
}

function diffusionOf(series: readonly OpenSeries[], noting: Noting): CaseImages['dwi'] {
  const found = series.flatMap((one) =>
    one.plans.flatMap((plan, at) => {
      const facts = one.facts.volumes[at];
      const bValue = facts?.bValue;
      return plan.problem === undefined && bValue !== undefined && isMagnitude(facts) ? [{ one, plan, bValue }] : [];
    }),
  );
  const grid = found[0]?.plan.geometry;
  if (grid === undefined) return undefined;
  const images = found
    .filter(({ plan }) => plan.geometry !== undefined && isSameGeometry(plan.geometry, grid))
    .flatMap(({ one, plan, bValue }) => {
      const volume = noting(() => volumeOf(one, plan));
      return volume === undefined ? [] : [{ volume, bValue }];
    });
  return images.length === 0 ? undefined : images.sort((a, b) => a.bValue - b.bValue);
}

/** The scanner's map in 10^-6 mm^2/s; its unit is what it states, or what its values can only be. */
function vendorAdc(series: readonly OpenSeries[], noting: Noting): Volume | undefined {
  for (const one of series) {
    const at = one.plans.findIndex(({ problem }) => problem === undefined);
    const plan = one.plans[at];
    if (plan === undefined) continue;
    const volume = noting(() => {
      const { geometry, values } = volumeOf(one, plan);
      const { factor } = adcUnitOf(values, one.facts.volumes[at]?.unit);
      return { geometry, values: Float64Array.from(values, (value) => value * factor) };
    });
    if (volume !== undefined) return volume;
  }
  return undefined;
}
