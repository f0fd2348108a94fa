import { assertEcho, concentrationFromSignal } from './concentration.js';
import type { Baseline, SpoiledGradientEcho } from './concentration.js';
import { KineticFit, fitStates } from './kinetic-fit.js';
import { kineticTable } from './kinetic-table.js';
import type { ArterialInput, RateRange } from './kinetic-table.js';

/** Compartment models that are fitted voxel by voxel. */
export type KineticModel = 'tofts' | 'extendedTofts';

/** What the maps of a dynamic series are made from. */
export interface KineticRequest {
  readonly model: KineticModel;
  /** Signal of each phase, one array of voxels per phase. */
  readonly phases: readonly ArrayLike<number>[];
  /** Time of each phase, minutes, ascending. */
  readonly minutes: readonly number[];
  readonly input: ArterialInput;
  readonly echo: SpoiledGradientEcho;
  readonly baseline: Baseline;
  /** T1 before contrast: one for all, or a map in milliseconds. */
  readonly t1Ms: number | ArrayLike<number>;
  /** Voxels to fit; all without it. */
  readonly mask?: Uint8Array | undefined;
  readonly delayMinutes?: number;
  readonly rates?: RateRange;
}

/** Parameter maps; NaN where a voxel was not fitted or could not be. */
export interface KineticMaps {
  readonly ktransPerMin: Float64Array;
  readonly kepPerMin: Float64Array;
  readonly ve: Float64Array;
  readonly vp: Float64Array;
  readonly rmsMm: Float64Array;
  readonly fitted: number;
  /** Voxels whose signal gives no concentration, that take up nothing, or whose washout lies at the end of the range. */
  readonly failed: { readonly notFinite: number; readonly noUptake: number; readonly atBound: number };
  /** Failed over fitted. */
  readonly failedShare: number;
}

/**
 * Ktrans, kep, ve and vp of every voxel.
 * @throws `IMAGING.BAD_PERFUSION`
 */
export function kineticMaps(request: KineticRequest): KineticMaps {
  const { model, phases, minutes, input, echo, baseline, t1Ms, mask, delayMinutes, rates } = request;
  assertEcho(echo);
  const table = kineticTable(minutes, input, { ...(delayMinutes === undefined ? {} : { delayMinutes }), ...(rates ? { rates } : {}) });
  const fit = new KineticFit(table, model === 'extendedTofts');
  const count = phases[0]?.length ?? 0;
  const [ktransPerMin, kepPerMin, ve, vp, rmsMm] = [0, 0, 0, 0, 0].map(() => new Float64Array(count).fill(NaN)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const curve = new Float64Array(phases.length);
  const states = new Float64Array(4);
  for (let voxel = 0; voxel < count; voxel++) {
    if (mask !== undefined && mask[voxel] !== 1) continue;
    for (let phase = 0; phase < phases.length; phase++) curve[phase] = (phases[phase] as ArrayLike<number>)[voxel] as number;
    concentrationFromSignal(curve, typeof t1Ms === 'number' ? t1Ms : (t1Ms[voxel] as number), echo, baseline, curve);
    const found = fit.fit(curve);
    states[found.state] = (states[found.state] as number) + 1;
    ktransPerMin[voxel] = found.ktransPerMin;
    kepPerMin[voxel] = found.kepPerMin;
    ve[voxel] = found.ve;
    vp[voxel] = found.vp;
    rmsMm[voxel] = found.rmsMm;
  }
  const [ok, notFinite, noUptake, atBound] = [fitStates.ok, fitStates.notFinite, fitStates.noUptake, fitStates.atBound].map(
    (state) => states[state] as number,
  ) as [number, number, number, number];
  const fitted = ok + notFinite + noUptake + atBound;
  const failed = { notFinite, noUptake, atBound };
  return { ktransPerMin, kepPerMin, ve, vp, rmsMm, fitted, failed, failedShare: fitted === 0 ? 0 : (fitted - ok) / fitted };
}
