import { cos, exp, sin } from '@cohortium/numerics';
import type { SpoiledGradientEcho } from '@cohortium/imaging';
import type { ToftsTable } from './kinetics.js';
import type { ParameterMaps } from './parameter-maps.js';
import { tissueAt } from './tissue.js';

/** Signals are relative: 1 is what pure water would give without any relaxation. */
interface FatSuppression {
  readonly fieldStrengthT: number;
  /** Share of the fat's signal that is left; 1 without suppression. */
  readonly fatLeft: number;
}

/** A spin echo. */
export interface SpinEcho extends FatSuppression {
  readonly repetitionTimeMs: number;
  readonly echoTimeMs: number;
}

/** Spin echo: S = PD (1 - exp(-TR / T1)) exp(-TE / T2), water and suppressed fat added. */
export function spinEchoSignal(maps: ParameterMaps, { repetitionTimeMs, echoTimeMs, fieldStrengthT, fatLeft }: SpinEcho): Float64Array {
  const one = (t1Ms: number, t2Ms: number) => (1 - exp(-repetitionTimeMs / t1Ms)) * exp(-echoTimeMs / t2Ms);
  const fat = tissueAt('fat', fieldStrengthT);
  const fatSignal = fatLeft * fat.protonDensity * one(fat.t1Ms, fat.t2Ms);
  const out = new Float64Array(maps.water.length);
  for (let at = 0; at < out.length; at++) {
    const water = maps.water[at] as number;
    const fatShare = maps.fat[at] as number;
    if (water + fatShare > 0) out[at] = water * one(maps.t1Ms[at] as number, maps.t2Ms[at] as number) + fatShare * fatSignal;
  }
  return out;
}

/** Diffusion-weighted echo-planar spin echo. */
export interface DiffusionEcho extends SpinEcho {
  readonly bValues: readonly number[];
  /** Factor on all coefficients: gradients that are off by some percent. */
  readonly gradientGain: number;
  /** Blood that perfuses, as a share of the water, and its pseudo-diffusion, 10^-6 mm^2/s; 0 for none. */
  readonly perfusion: { readonly fraction: number; readonly pseudoDiffusion: number };
}

/** One image per b-value: the spin echo times (1 - f) exp(-b ADC) + f exp(-b D*). Suppressed fat hardly diffuses. */
export function diffusionSignals(maps: ParameterMaps, echo: DiffusionEcho): readonly Float64Array[] {
  const weighted = spinEchoSignal({ ...maps, fat: new Float64Array(maps.fat.length) }, echo);
  const fatOnly = spinEchoSignal({ ...maps, water: new Float64Array(maps.water.length) }, echo);
  const { fraction, pseudoDiffusion } = echo.perfusion;
  const fatAdc = tissueAt('fat', echo.fieldStrengthT).adc;
  return echo.bValues.map((b) => {
    const perUnit = -1e-6 * b * echo.gradientGain;
    const [fatLeft, fast] = [exp(perUnit * fatAdc), fraction * exp(perUnit * pseudoDiffusion)];
    const out = new Float64Array(weighted.length);
    for (let at = 0; at < out.length; at++) {
      const water = weighted[at] as number;
      const slow = water > 0 ? (1 - fraction) * exp(perUnit * (maps.adc[at] as number)) : 0;
      out[at] = water * (slow + fast) + (fatOnly[at] as number) * fatLeft;
    }
    return out;
  });
}

/** A spoiled gradient echo over time. */
export interface DynamicEcho extends FatSuppression {
  readonly echo: SpoiledGradientEcho;
  /** Flip angle that is reached over the one that is stated. */
  readonly flipGain: number;
}

/**
 * One image per phase: S = PD sin(a) (1 - E1) / (1 - E1 cos(a)), E1 = exp(-TR (1/T1 + r1 C)); T2* is left out, as in the conversion of
 * `@cohortium/imaging`. Fat takes up nothing.
 */
export function dynamicSignals(maps: ParameterMaps, kinetics: ToftsTable, dynamic: DynamicEcho): readonly Float64Array[] {
  const { echo, flipGain, fieldStrengthT, fatLeft } = dynamic;
  const angle = (flipGain * echo.flipAngleDeg * Math.PI) / 180;
  const [sine, cosine] = [sin(angle), cos(angle)];
  const trSeconds = echo.repetitionTimeMs / 1000;
  const fat = tissueAt('fat', fieldStrengthT);
  const fatE1 = exp(-echo.repetitionTimeMs / fat.t1Ms);
  const fatSignal = (fatLeft * fat.protonDensity * sine * (1 - fatE1)) / (1 - fatE1 * cosine);
  const images = Array.from({ length: kinetics.phaseCount }, () => new Float64Array(maps.water.length));
  const concentration = new Float64Array(kinetics.phaseCount);
  for (let at = 0; at < maps.water.length; at++) {
    const water = maps.water[at] as number;
    const fatShare = maps.fat[at] as number;
    if (!(water + fatShare > 0)) continue;
    kinetics.concentration(maps.ktransPerMin[at] as number, maps.ve[at] as number, maps.vp[at] as number, concentration);
    const r1 = 1000 / (maps.t1Ms[at] as number);
    for (let phase = 0; phase < images.length; phase++) {
      const e1 = exp(-trSeconds * (r1 + echo.relaxivityPerMmS * (concentration[phase] as number)));
      (images[phase] as Float64Array)[at] = (water * sine * (1 - e1)) / (1 - e1 * cosine) + fatShare * fatSignal;
    }
  }
  return images;
}
