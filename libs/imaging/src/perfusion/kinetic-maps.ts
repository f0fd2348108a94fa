import { imagingErrors } from '../errors.js';
import { assertEcho, SignalConversion } from './concentration.js';
import type { Baseline, SpoiledGradientEcho } from './concentration.js';
import { KineticFit, fitStates } from './kinetic-fit.js';
import { kineticTable } from './kinetic-table.js';
import type { ArterialInput, KineticTable, RateRange } from './kinetic-table.js';
import { fitPatlak } from './patlak.js';
import { TwoCompartmentFit } from './two-compartment.js';

/** Models that are fitted voxel by voxel. */
export const kineticModels = ['tofts', 'extendedTofts', 'patlak', 'twoCompartment'] as const;
/** One of {@link kineticModels}. */
export type KineticModel = (typeof kineticModels)[number];

/** What the maps of a dynamic series are made from. */
export interface KineticRequest {
  readonly model: KineticModel;
  /** Signal of each phase, one array of voxels per phase; concentrations in mM where `echo` is absent. */
  readonly phases: readonly ArrayLike<number>[];
  /** Time of each phase, minutes, ascending. */
  readonly minutes: readonly number[];
  readonly input: ArterialInput;
  /** How signal becomes concentration; with `baseline` and `t1Ms`. */
  readonly echo?: SpoiledGradientEcho | undefined;
  readonly baseline?: Baseline | undefined;
  /** T1 before contrast: one for all, or a map in milliseconds. */
  readonly t1Ms?: number | ArrayLike<number> | undefined;
  /** Voxels to fit; all without it. */
  readonly mask?: Uint8Array | undefined;
  readonly delayMinutes?: number | undefined;
  readonly rates?: RateRange | undefined;
}

/** Parameter maps; NaN where a voxel was not fitted or could not be. */
export interface KineticMaps {
  /** Transfer constant; of the two-compartment model flow times extraction, F PS / (F + PS). */
  readonly ktransPerMin: Float64Array;
  /** NaN in the models without washout. */
  readonly kepPerMin: Float64Array;
  readonly ve: Float64Array;
  readonly vp: Float64Array;
  readonly rmsMm: Float64Array;
  /** Two-compartment model only: plasma flow and permeability-surface area product, 1/min. */
  readonly flowPerMin?: Float64Array;
  readonly permeabilityPerMin?: Float64Array;
  /** One of {@link fitStates} for each voxel, {@link notAsked} outside the mask. */
  readonly state: Uint8Array;
  readonly fitted: number;
  /** Voxels whose signal gives no concentration, that take up nothing, or whose washout lies at the end of the range. */
  readonly failed: { readonly notFinite: number; readonly noUptake: number; readonly atBound: number };
  /** Failed over fitted. */
  readonly failedShare: number;
}

/** State of a voxel that lies outside the mask. */
export const notAsked = 255;

/** Voxels that are gathered together, so that each phase is read along its memory. */
const blockSize = 512;

/**
 * Kinetic parameters of every voxel.
 * @throws `IMAGING.BAD_PERFUSION`
 */
export function kineticMaps(request: KineticRequest): KineticMaps {
  const { model, phases, minutes, input, mask, delayMinutes = 0, rates } = request;
  if (phases.length !== minutes.length) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'lengths', name: 'phases' });
  const table = kineticTable(minutes, input, { delayMinutes, ...(rates ? { rates } : {}) });
  const count = phases[0]?.length ?? 0;
  const maps = emptyMaps(count, model);
  const fit = voxelFit(model, table, maps);
  const toConcentration = conversionOf(request);
  const times = phases.length;
  const curves = new Float64Array(blockSize * times);
  const states = new Float64Array(4);
  for (let from = 0; from < count; from += blockSize) {
    const size = Math.min(blockSize, count - from);
    if (mask !== undefined && !hasAny(mask, from, size)) continue;
    for (let t = 0; t < times; t++) gather(phases[t] as ArrayLike<number>, from, size, curves, t, times);
    for (let n = 0; n < size; n++) toConcentration(curves, n * times, from + n);
    fit.load(curves, size);
    for (let n = 0; n < size; n++) {
      const voxel = from + n;
      if (mask !== undefined && mask[voxel] !== 1) continue;
      const state = fit.fit(n, voxel);
      maps.state[voxel] = state;
      states[state] = (states[state] as number) + 1;
    }
  }
  return { ...maps, ...shares(states) };
}

type OpenMaps = Omit<KineticMaps, 'fitted' | 'failed' | 'failedShare'>;

function emptyMaps(count: number, model: KineticModel): OpenMaps {
  const empty = () => new Float64Array(count).fill(NaN);
  const both = model === 'twoCompartment' ? { flowPerMin: empty(), permeabilityPerMin: empty() } : {};
  const state = new Uint8Array(count).fill(notAsked);
  return { ktransPerMin: empty(), kepPerMin: empty(), ve: empty(), vp: empty(), rmsMm: empty(), state, ...both };
}

/** A model at work on a block of curves. */
interface BlockFit {
  /** Takes curves that lie one after the other. */
  load(curves: Float64Array, count: number): void;
  /** Fits the n-th of them, writes what was found for a voxel and returns the state. */
  fit(n: number, voxel: number): number;
}

function voxelFit(model: KineticModel, table: KineticTable, maps: OpenMaps): BlockFit {
  if (model === 'patlak') return oneByOne(table.times, patlakFit(table, maps));
  if (model === 'twoCompartment') return oneByOne(table.times, exchangeFit(table, maps));
  const fit = new KineticFit(table, model === 'extendedTofts');
  return {
    load: (curves, count) => fit.load(curves, count),
    fit: (n, voxel) => {
      const found = fit.fitLoaded(n);
      maps.ktransPerMin[voxel] = found.ktransPerMin;
      maps.kepPerMin[voxel] = found.kepPerMin;
      maps.ve[voxel] = found.ve;
      maps.vp[voxel] = found.vp;
      maps.rmsMm[voxel] = found.rmsMm;
      return found.state;
    },
  };
}

/** Fits a curve, writes what was found and returns its state. */
type CurveFit = (curve: Float64Array, voxel: number) => number;

function oneByOne(times: number, fit: CurveFit): BlockFit {
  let loaded: Float64Array = new Float64Array(0);
  return {
    load: (curves) => void (loaded = curves),
    fit: (n, voxel) => fit(loaded.subarray(n * times, (n + 1) * times), voxel),
  };
}

function patlakFit({ plasma, integral }: KineticTable, maps: OpenMaps): CurveFit {
  return (curve, voxel) => {
    const found = fitPatlak(curve, plasma, integral);
    maps.ktransPerMin[voxel] = found.ktransPerMin;
    maps.vp[voxel] = found.vp;
    maps.rmsMm[voxel] = found.rmsMm;
    return Number.isFinite(found.rmsMm) ? fitStates.ok : fitStates.notFinite;
  };
}

function exchangeFit(table: KineticTable, maps: OpenMaps): CurveFit {
  const fit = new TwoCompartmentFit(table);
  const [flow, permeability] = [maps.flowPerMin as Float64Array, maps.permeabilityPerMin as Float64Array];
  return (curve, voxel) => {
    const { flowPerMin, permeabilityPerMin, ve, vp, rmsMm, state } = fit.fit(curve);
    flow[voxel] = flowPerMin;
    permeability[voxel] = permeabilityPerMin;
    maps.ktransPerMin[voxel] = (flowPerMin * permeabilityPerMin) / (flowPerMin + permeabilityPerMin);
    maps.ve[voxel] = ve;
    maps.vp[voxel] = vp;
    maps.rmsMm[voxel] = rmsMm;
    return state;
  };
}

/** Turns the signals of a voxel, which lie from a place of `curves` on, into concentrations. */
function conversionOf({ echo, baseline, t1Ms, phases }: KineticRequest): (curves: Float64Array, from: number, voxel: number) => void {
  if (echo === undefined) return () => undefined;
  assertEcho(echo);
  if (baseline === undefined || !(baseline.to > baseline.from && baseline.from >= 0 && baseline.to < phases.length))
    throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'phases', name: String(phases.length) });
  if (t1Ms === undefined || (typeof t1Ms === 'number' && !(t1Ms > 0)))
    throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'positive', name: 't1Ms' });
  const conversion = new SignalConversion(echo, baseline);
  const times = phases.length;
  if (typeof t1Ms === 'number') return (curves, from) => conversion.convert(curves, from, times, t1Ms);
  return (curves, from, voxel) => conversion.convert(curves, from, times, t1Ms[voxel] as number);
}

function hasAny(mask: Uint8Array, from: number, size: number): boolean {
  for (let at = from; at < from + size; at++) if (mask[at] === 1) return true;
  return false;
}

function gather(phase: ArrayLike<number>, from: number, size: number, curves: Float64Array, t: number, times: number): void {
  for (let n = 0, at = t; n < size; n++, at += times) curves[at] = phase[from + n] as number;
}

function shares(states: Float64Array): Pick<KineticMaps, 'fitted' | 'failed' | 'failedShare'> {
  const of = (state: number) => states[state] as number;
  const failed = { notFinite: of(fitStates.notFinite), noUptake: of(fitStates.noUptake), atBound: of(fitStates.atBound) };
  const failedCount = failed.notFinite + failed.noUptake + failed.atBound;
  const fitted = of(fitStates.ok) + failedCount;
  return { fitted, failed, failedShare: fitted === 0 ? 0 : failedCount / fitted };
}
