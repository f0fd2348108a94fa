import { adcMap } from '@cohortium/imaging';
import type { Geometry, SpoiledGradientEcho } from '@cohortium/imaging';
import { stream } from '../options.js';
import { Breast } from '../phantom/breast.js';
import { biasFactors, drawBias, noBias, receive } from '../phantom/coil.js';
import { ToftsTable } from '../phantom/kinetics.js';
import { sampleBreast } from '../phantom/parameter-maps.js';
import type { ParameterMaps } from '../phantom/parameter-maps.js';
import { diffusionSignals, dynamicSignals, spinEchoSignal } from '../phantom/signal.js';
import type { DiffusionEcho, DynamicEcho, SpinEcho } from '../phantom/signal.js';
import { tissueAt } from '../phantom/tissue.js';
import type { ImageCohortPlan, PlannedParticipant, PlannedSite } from './plan.js';

/** What a series shows. */
export type SeriesKind = 't2' | 'dce' | 'dwi' | 'adc';

/** One volume of a series. */
export interface Stack {
  /** Stored values in the order of voxels; the real value is the series' slope times this. */
  readonly stored: Uint16Array;
  /** When it was acquired, seconds from the beginning of the examination. */
  readonly seconds: number;
  /** Position in time, from 1, where the series is dynamic. */
  readonly phase?: number;
  /** s/mm^2, where it is weighted by diffusion. */
  readonly bValue?: number;
}

/** One series of an examination. */
export interface SeriesImages {
  readonly kind: SeriesKind;
  readonly geometry: Geometry;
  readonly stacks: readonly Stack[];
  readonly slope: number;
  /** Bits of a stored value that are used. */
  readonly bits: 12 | 16;
}

/** The images of one participant, and what is true in every voxel of the dynamic series. */
export interface Examination {
  readonly series: readonly SeriesImages[];
  readonly truth: ParameterMaps;
  readonly echo: SpoiledGradientEcho;
}

/** Relaxivity of a gadolinium chelate in plasma, 1/(mM s); about that of Rohrer et al. 2005, doi:10.1097/01.rli.0000184756.66360.d3. */
export const relaxivityPerMmS = 4.5;
/** When series begin, seconds from the beginning of the examination. */
const begin = { t2: 60, dwi: 420, dce: 840 } as const;
const idealStoredGland = 6000;

/** Where the center of the field of view lies, LPS millimeters. */
function centerOf({ laterality }: PlannedParticipant): readonly [number, number, number] {
  return [laterality === 'L' ? 76 : -76, -64, 12];
}

function gridOf(center: readonly [number, number, number], fieldOfView: readonly number[], size: readonly number[]): Geometry {
  const spacing = fieldOfView.map((extent, axis) => extent / (size[axis] as number)) as [number, number, number];
  const origin = center.map((middle, axis) => middle - (((size[axis] as number) - 1) / 2) * (spacing[axis] as number));
  return {
    dimensions: size as unknown as Geometry['dimensions'],
    spacingMm: spacing,
    originMm: origin as unknown as Geometry['originMm'],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
}

/** Acquires all series of one participant. */
export function examine({ options }: ImageCohortPlan, site: PlannedSite, participant: PlannedParticipant): Examination {
  const { scanner, departure } = site;
  const center = centerOf(participant);
  const grid = gridOf(center, scanner.fieldOfViewMm, options.size);
  const inPlane = [0, 1].map((axis) => 2 * Math.round(((options.size[axis] as number) * scanner.diffusion.matrixShare) / 2));
  const diffusionGrid = gridOf(center, scanner.fieldOfViewMm, [...inPlane, options.size[2]]);
  const maps = sampleBreast(breastFor(site, participant, grid), grid, center);
  const diffusionMaps = sampleBreast(breastFor(site, participant, diffusionGrid), diffusionGrid, center);
  const random = stream(options.seed, `image noise ${site.id} ${participant.index}`);
  const bias = options.ideal ? noBias : drawBias(random, scanner.biasStrength);
  const gland = glandMaps(scanner.fieldStrengthT);
  const kinetics = new ToftsTable(participant.times);
  const field = { fieldStrengthT: scanner.fieldStrengthT, fatLeft: scanner.fatLeft };
  const dynamic: DynamicEcho = { echo: echoOf(site), flipGain: departure.flipGain, ...field };
  const t2: SpinEcho = { ...scanner.t2, ...field };
  const perfusion = { fraction: options.perfusionFraction, pseudoDiffusion: 15_000 };
  const { bValues } = scanner.diffusion;
  const diffusion: DiffusionEcho = { ...scanner.diffusion, ...field, gradientGain: departure.gradientGain, perfusion };
  const store = (signals: readonly Float64Array[], reference: number, noise: number, geometry: Geometry) => {
    const factors = biasFactors(bias, geometry, center);
    const gain = (options.ideal ? idealStoredGland : scanner.storedGland) / reference;
    const most = options.ideal ? 65_535 : 4095;
    return signals.map((signal) => quantize(receive(signal, factors, options.ideal ? 0 : noise * reference, random), gain, most));
  };
  const one = (signals: readonly Float64Array[]) => (signals[0] as Float64Array)[0] as number;
  const weighted = store(
    diffusionSignals(diffusionMaps, diffusion),
    one(diffusionSignals(gland, diffusion)),
    scanner.noise.diffusion,
    diffusionGrid,
  );
  const phases = store(dynamicSignals(maps, kinetics, dynamic), one(dynamicSignals(gland, kinetics, dynamic)), scanner.noise.dynamic, grid);
  const [anatomy] = store([spinEchoSignal(maps, t2)], one([spinEchoSignal(gland, t2)]), scanner.noise.t2, grid) as [Uint16Array];
  const facts = { slope: scanner.vendor === 'philips' ? 1.7326007326 : 1, bits: options.ideal ? 16 : 12 } as const;
  const series: SeriesImages[] = [
    { kind: 't2', geometry: grid, stacks: [{ stored: anatomy, seconds: begin.t2 }], ...facts },
    { kind: 'dwi', geometry: diffusionGrid, stacks: weighted.map((stored, at) => ({ stored, seconds: begin.dwi, bValue: bValues[at] as number })), ...facts },
  ]; // prettier-ignore
  if (scanner.sendsAdc) {
    const stored = consoleAdc(weighted, bValues);
    series.push({ kind: 'adc', geometry: diffusionGrid, stacks: [{ stored, seconds: begin.dwi }], slope: 1, bits: 12 });
  }
  const stacks = phases.map((stored, at) => ({ stored, seconds: begin.dce + (participant.times.seconds[at] as number), phase: at + 1 }));
  series.push({ kind: 'dce', geometry: grid, stacks, ...facts });
  return { series, truth: maps, echo: dynamic.echo };
}

/** When the dynamic series begins, seconds from the beginning of the examination. */
export const dynamicBeginSeconds = begin.dce;

/** The spoiled gradient echo that a site's headers state, with the agent. */
export function echoOf({ scanner: { dynamic } }: PlannedSite): SpoiledGradientEcho {
  return { repetitionTimeMs: dynamic.repetitionTimeMs, flipAngleDeg: dynamic.flipAngleDeg, relaxivityPerMmS };
}

function breastFor({ scanner }: PlannedSite, { breast }: PlannedParticipant, { spacingMm }: Geometry): Breast {
  return new Breast(breast, scanner.fieldStrengthT, 0.5 * (spacingMm[0] + spacingMm[1]));
}

/** One voxel of fibroglandular tissue, by whose signal series are scaled; it takes up nothing. */
function glandMaps(fieldStrengthT: number): ParameterMaps {
  const { t1Ms, t2Ms, protonDensity, adc, ve } = tissueAt('fibroglandular', fieldStrengthT);
  const one = (value: number) => Float64Array.of(value);
  return {
    geometry: { dimensions: [1, 1, 1], spacingMm: [1, 1, 1], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
    water: one(protonDensity), fat: one(0), t1Ms: one(t1Ms), t2Ms: one(t2Ms), ktransPerMin: one(0), ve: one(ve), vp: one(0), adc: one(adc),
    lesion: Uint8Array.of(0),
  }; // prettier-ignore
}

function quantize(signal: Float64Array, gain: number, most: number): Uint16Array {
  const out = new Uint16Array(signal.length);
  for (let at = 0; at < out.length; at++) out[at] = Math.min(most, Math.round((signal[at] as number) * gain));
  return out;
}

/** The map that a console computes from stored values, 10^-6 mm^2/s: 0 where there is hardly a signal. */
function consoleAdc(weighted: readonly Uint16Array[], bValues: readonly number[]): Uint16Array {
  const first = weighted[0] as Uint16Array;
  let peak = 0;
  for (let at = 0; at < first.length; at++) peak = Math.max(peak, first[at] as number);
  const bright: number[] = [];
  for (let at = 0; at < first.length; at++) if ((first[at] as number) > 0.05 * peak) bright.push(at);
  const picked = weighted.map((image) => Uint16Array.from(bright, (at) => image[at] as number));
  const adc = adcMap(picked, bValues);
  const out = new Uint16Array(first.length);
  bright.forEach((at, n) => (out[at] = Math.min(4095, Math.max(0, Math.round(adc[n] as number)))));
  return out;
}
