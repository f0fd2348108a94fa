import {
  adcMap,
  enhancementMaps,
  fitStates,
  georgiouAif,
  isSameGeometry,
  kineticMaps,
  parkerAif,
  plasmaFromBlood,
} from '@cohortium/imaging';
import type { KineticMaps, SpoiledGradientEcho, Volume } from '@cohortium/imaging';
import type { CasePlan, PlannedImage } from './case-plan.schema.js';

/** The dynamic series of a case. */
export interface DynamicSeries {
  /** In time, all on one grid. */
  readonly phases: readonly Volume[];
  /** From the first phase; undefined where the headers do not tell. */
  readonly minutes: readonly number[] | undefined;
  /** Phases before contrast, from the first on. */
  readonly beforeCount: number;
  /** Minutes from the first phase to the injection, where the headers tell. */
  readonly injectionMinutes: number | undefined;
  readonly echo: Pick<SpoiledGradientEcho, 'repetitionTimeMs' | 'flipAngleDeg'> | undefined;
}

/** The images of one case by what they are for. */
export interface CaseImages {
  readonly t1?: Volume | undefined;
  readonly t2w?: Volume | undefined;
  readonly dce?: DynamicSeries | undefined;
  /** Diffusion images, directions averaged or not, with the b-value of each in s/mm2. */
  readonly dwi?: readonly { readonly volume: Volume; readonly bValue: number }[] | undefined;
  /** The map of the scanner, 10^-6 mm^2/s. */
  readonly vendorAdc?: Volume | undefined;
}

/** Why a case has no image of a kind. */
export type AbsentReason =
  'noSeries' | 'noSuchPhase' | 'noTimes' | 'noAcquisitionParameters' | 'gridsDiffer' | 'noSuchBValue' | 'fewBValues';

/** An image of the plan, or why the case has none. */
export type MadeImage = { readonly volume: Volume; readonly failedShare?: number } | { readonly absent: AbsentReason };

/** b-values within this of each other are the same protocol step, s/mm2. */
const sameBValue = 25;
/** Seconds between the points of the arterial input. */
const inputStepSeconds = 1;

/** Makes the images of a plan for one case; maps that several images need are computed once. */
export class CaseImageMaker {
  private kinetic: { readonly maps: KineticMaps } | { readonly absent: AbsentReason } | undefined;

  constructor(
    private readonly images: CaseImages,
    private readonly kinetics: CasePlan['kinetics'],
    /** Voxels to fit, on the grid of the dynamic series; all without it. */
    private readonly fitMask?: Uint8Array,
  ) {}

  /** One image of the plan. @throws `IMAGING.BAD_PERFUSION`, `IMAGING.BAD_DIFFUSION` */
  make(planned: PlannedImage): MadeImage {
    switch (planned.from) {
      case 't1':
        return present(this.images.t1);
      case 't2w':
        return present(this.images.t2w);
      case 'dwi':
        return this.diffusionImage(planned.bValue);
      case 'adc':
        return this.adc(planned.origin);
      case 'ktrans':
      case 'kep':
      case 've':
      case 'vp':
        return this.kineticMap(planned.from);
      default:
        return this.dynamic(planned);
    }
  }

  private dynamic(
    planned: Extract<
      PlannedImage,
      { from: 'dce' | 'subtraction' | 'percentEnhancement' | 'signalEnhancementRatio' | 'washIn' | 'washOut' | 'timeToPeak' }
    >,
  ): MadeImage {
    const { dce } = this.images;
    if (dce === undefined) return { absent: 'noSeries' };
    const [first] = dce.phases;
    if (first === undefined) return { absent: 'noSuchPhase' };
    if (planned.from === 'dce') return present(dce.phases[planned.phase], 'noSuchPhase');
    if (dce.phases.length <= dce.beforeCount) return { absent: 'noSuchPhase' };
    const volume = (values: Float64Array): MadeImage => ({ volume: { geometry: first.geometry, values } });
    const of = (early?: number, late?: number, minutes?: readonly number[]) =>
      enhancementMaps(
        dce.phases.map(({ values }) => values),
        minutes,
        { beforeCount: dce.beforeCount, ...(early === undefined ? {} : { early }), ...(late === undefined ? {} : { late }) },
      );
    const isAfter = (at: number) => at >= dce.beforeCount && at < dce.phases.length;
    switch (planned.from) {
      case 'subtraction':
        return isAfter(planned.phase) ? volume(difference(dce.phases[planned.phase] as Volume, of().before)) : { absent: 'noSuchPhase' };
      case 'percentEnhancement':
        return isAfter(planned.phase) ? volume(of(planned.phase).percentEnhancement) : { absent: 'noSuchPhase' };
      case 'signalEnhancementRatio': {
        const late = planned.late ?? dce.phases.length - 1;
        return isAfter(planned.early) && isAfter(late) ? volume(of(planned.early, late).signalEnhancementRatio) : { absent: 'noSuchPhase' };
      }
      default: {
        if (dce.minutes === undefined) return { absent: 'noTimes' };
        const { curve } = of(undefined, undefined, dce.minutes);
        if (curve === undefined) return { absent: 'noTimes' };
        const maps = { washIn: curve.washInPercentPerMin, washOut: curve.washOutPercentPerMin, timeToPeak: curve.timeToPeakMin };
        return volume(maps[planned.from]);
      }
    }
  }

  private kineticMap(name: 'ktrans' | 'kep' | 've' | 'vp'): MadeImage {
    this.kinetic ??= this.fit();
    if ('absent' in this.kinetic) return this.kinetic;
    const { maps } = this.kinetic;
    const values = { ktrans: withZeros(maps), kep: maps.kepPerMin, ve: maps.ve, vp: maps.vp }[name];
    return { volume: { geometry: (this.images.dce?.phases[0] as Volume).geometry, values }, failedShare: maps.failedShare };
  }

  private fit(): { readonly maps: KineticMaps } | { readonly absent: AbsentReason } {
    const { dce } = this.images;
    if (dce === undefined) return { absent: 'noSeries' };
    if (dce.minutes === undefined) return { absent: 'noTimes' };
    if (dce.echo === undefined) return { absent: 'noAcquisitionParameters' };
    if (dce.phases.length <= dce.beforeCount) return { absent: 'noSuchPhase' };
    const { model, t1Ms, relaxivityPerMmS, arrivalSeconds } = this.kinetics;
    // Without a word in the headers: contrast is given once the last phase before it has ended, which is when the next one begins.
    const injection = dce.injectionMinutes ?? (dce.minutes[dce.beforeCount] as number);
    return {
      maps: kineticMaps({
        model,
        phases: dce.phases.map(({ values }) => values),
        minutes: dce.minutes,
        input: this.input(dce.minutes.at(-1) as number),
        echo: { ...dce.echo, relaxivityPerMmS },
        baseline: { from: 0, to: dce.beforeCount },
        t1Ms,
        delayMinutes: injection + arrivalSeconds / 60,
        mask: this.fitMask,
      }),
    };
  }

  private input(lastMinute: number): { readonly minutes: Float64Array; readonly plasmaMm: Float64Array } {
    const minutes = Float64Array.from(
      { length: Math.ceil((60 * lastMinute) / inputStepSeconds) + 2 },
      (_, at) => (at * inputStepSeconds) / 60,
    );
    const blood = this.kinetics.input === 'parker' ? parkerAif(minutes) : georgiouAif(minutes);
    return { minutes, plasmaMm: plasmaFromBlood(blood, this.kinetics.hematocrit) };
  }

  private diffusionImage(bValue: number): MadeImage {
    const { dwi } = this.images;
    if (dwi === undefined) return { absent: 'noSeries' };
    const alike = dwi.filter((image) => Math.abs(image.bValue - bValue) <= sameBValue);
    const [first] = alike;
    if (first === undefined) return { absent: 'noSuchBValue' };
    if (alike.some(({ volume }) => !isSameGeometry(volume.geometry, first.volume.geometry))) return { absent: 'gridsDiffer' };
    return { volume: { geometry: first.volume.geometry, values: meanOf(alike.map(({ volume }) => volume)) } };
  }

  private adc(origin: 'computed' | 'vendor' | 'either'): MadeImage {
    if (origin === 'vendor') return present(this.images.vendorAdc);
    const computed = this.computedAdc();
    return 'absent' in computed && origin === 'either' ? present(this.images.vendorAdc, computed.absent) : computed;
  }

  private computedAdc(): MadeImage {
    const { dwi } = this.images;
    const first = dwi?.[0];
    if (dwi === undefined || first === undefined) return { absent: 'noSeries' };
    if (dwi.some(({ volume }) => !isSameGeometry(volume.geometry, first.volume.geometry))) return { absent: 'gridsDiffer' };
    const bValues = dwi.map((image) => image.bValue);
    if (Math.max(...bValues) - Math.min(...bValues) <= sameBValue) return { absent: 'fewBValues' };
    const values = adcMap(
      dwi.map(({ volume }) => volume.values),
      bValues,
    );
    return { volume: { geometry: first.volume.geometry, values } };
  }
}

/** Ktrans, 0 where nothing is taken up; other parameters have no value there. */
function withZeros({ ktransPerMin, state }: KineticMaps): Float64Array {
  return ktransPerMin.map((value, at) => (state[at] === fitStates.noUptake ? 0 : value));
}

function present(volume: Volume | undefined, reason: AbsentReason = 'noSeries'): MadeImage {
  return volume === undefined ? { absent: reason } : { volume };
}

function difference({ values }: Volume, before: Float64Array): Float64Array {
  return before.map((value, at) => (values[at] as number) - value);
}

function meanOf(volumes: readonly Volume[]): Float64Array {
  const [first, ...others] = volumes as [Volume, ...Volume[]];
  const out = Float64Array.from(first.values);
  for (const { values } of others) for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) + (values[at] as number);
  return others.length === 0 ? out : out.map((value) => value / volumes.length);
}
