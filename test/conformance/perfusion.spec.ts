import {
  bestDelay,
  concentrationFromSignal,
  fitAdc,
  fitIvim,
  fitPatlak,
  georgiouAif,
  KineticFit,
  kineticTable,
  parkerAif,
  plasmaAtImages,
  plasmaIntegral,
  t1FromFlipAngles,
  TwoCompartmentFit,
} from '@cohortium/imaging';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = process.env['COHORTIUM_REFERENCE'] ?? '';
const osipi = (name: string) => JSON.parse(readFileSync(join(folder, 'dce_pk', 'osipi', `${name}.json`), 'utf8')) as { cases: Case[] };
type Case = Record<string, number[]> & Record<string, number> & { label: string };
const minutes = (seconds: number[]) => Float64Array.from(seconds, (s) => s / 60);
const near = (value: number, reference: number, absolute: number, relative = 0) =>
  Math.abs(value - reference) <= absolute + relative * Math.abs(reference);

const there = existsSync(join(folder, 'dce_pk'));
if (!there) console.warn('skipped: perfusion against OSIPI: COHORTIUM_REFERENCE has no dce_pk');

describe.skipIf(!there)('perfusion against the OSIPI collection', () => {
  it.each(['tofts', 'extended_tofts'])('%s: ve within 0.05, Ktrans within 0.005 + 10 %, vp within 0.025', (name) => {
    for (const c of osipi(name).cases) {
      const table = kineticTable(minutes(c['t'] as number[]), { minutes: minutes(c['ta'] as number[]), plasmaMm: c['ca'] as number[] });
      const fit = new KineticFit(table, name === 'extended_tofts').fit(Float64Array.from(c['C'] as number[]));
      expect(near(fit.ve, c['ve'] as number, 0.05), `${c.label} ve ${fit.ve}`).toBe(true);
      expect(near(fit.ktransPerMin, c['Ktrans'] as number, 0.005, 0.1), `${c.label} Ktrans ${fit.ktransPerMin}`).toBe(true);
      if (name === 'extended_tofts') expect(near(fit.vp, c['vp'] as number, 0.025), `${c.label} vp ${fit.vp}`).toBe(true);
    }
  });

  it.each([
    ['patlak', false],
    ['patlak_delay5', true],
  ] as const)('%s: PS within 0.005 + 10 %, vp within 0.025, delay within 1 s', (name, delayed) => {
    for (const c of osipi(name).cases) {
      const t = minutes(c['t'] as number[]);
      const tissue = Float64Array.from(c['C_t'] as number[]);
      const at = (delayMinutes: number) => {
        const plasma = plasmaAtImages(t, { minutes: t, plasmaMm: c['cp_aif'] as number[] }, delayMinutes);
        return fitPatlak(tissue, plasma, plasmaIntegral(t, plasma));
      };
      const delay = delayed ? bestDelay({ fromMinutes: -10 / 60, toMinutes: 10 / 60 }, (d) => at(d).rmsMm) : 0;
      const fit = at(delay);
      expect(near(fit.ktransPerMin, c['ps'] as number, 0.005, 0.1), `${c.label} PS ${fit.ktransPerMin}`).toBe(true);
      expect(near(fit.vp, c['vp'] as number, 0.025), `${c.label} vp ${fit.vp}`).toBe(true);
      expect(near(delay * 60, c['arterial_delay'] as number, 1), `${c.label} delay ${delay * 60}`).toBe(true);
    }
  });

  it('signal to concentration within 1e-5 + 1e-5 relative', () => {
    let worst = 0;
    for (const c of osipi('signal_to_concentration').cases) {
      const signal = c['s'] as number[];
      const out = new Float64Array(signal.length);
      const echo = {
        repetitionTimeMs: 1000 * (c['TR'] as number),
        flipAngleDeg: c['FA'] as number,
        relaxivityPerMmS: c['r1'] as number,
      };
      concentrationFromSignal(signal, 1000 * (c['T1base'] as number), echo, { from: 1, to: c['numbaselinepts'] as number }, out);
      // The reference leaves the first point out.
      (c['conc'] as number[]).forEach((reference, i) => {
        if (i === 0) return;
        worst = Math.max(worst, Math.abs((out[i] as number) - reference) / (1 + Math.abs(reference)));
      });
    }
    expect(worst).toBeLessThan(1e-5);
  });

  it('two compartments: ve within 0.05, PS within 0.005 + 10 %, vp within 0.025, flow within 5 + 10 %', () => {
    for (const c of osipi('2cxm').cases) {
      const t = minutes(c['t'] as number[]);
      const fit = new TwoCompartmentFit(kineticTable(t, { minutes: t, plasmaMm: c['cp_aif'] as number[] }));
      const found = fit.fit(Float64Array.from(c['C_t'] as number[]));
      expect(near(found.ve, c['ve'] as number, 0.05), `${c.label} ve ${found.ve}`).toBe(true);
      expect(near(found.vp, c['vp'] as number, 0.025), `${c.label} vp ${found.vp}`).toBe(true);
      expect(near(found.permeabilityPerMin, c['ps'] as number, 0.005, 0.1), `${c.label} PS ${found.permeabilityPerMin}`).toBe(true);
      expect(near(100 * found.flowPerMin, c['fp'] as number, 5, 0.1), `${c.label} flow ${100 * found.flowPerMin}`).toBe(true);
    }
  });

  it('Georgiou input within 1e-4 + 1 %', () => {
    for (const c of osipi('aif_georgiou').cases) {
      const values = georgiouAif((c['time'] as number[]).map((t) => t - (c['delay'] as number) / 60));
      (c['Cb'] as number[]).forEach((reference, i) => expect(near(values[i] as number, reference, 1e-4, 0.01), `${i}`).toBe(true));
    }
  });

  it('Parker input within 1e-4 + 1 %', () => {
    for (const c of osipi('aif_parker').cases) {
      const values = parkerAif((c['time'] as number[]).map((t) => t - (c['delay'] as number) / 60));
      (c['Cb'] as number[]).forEach((reference, i) => expect(near(values[i] as number, reference, 1e-4, 0.01)).toBe(true));
    }
  });

  it.each([
    ['t1_vfa_brain', 1000],
    ['t1_vfa_qiba', 1],
  ] as const)('%s: R1 within 0.05 + 5 %', (name, perUnit) => {
    for (const c of osipi(name).cases) {
      const fit = t1FromFlipAngles(c['s'] as number[], c['FA'] as number[], 1000 * ((c['TR'] as number[])[0] as number));
      const reference = c['R1'] as number;
      // The QIBA references are 1/ms, the tolerance is meant for 1/s.
      const rate = perUnit / fit.t1Ms;
      expect(near((rate * 1000) / perUnit, (reference * 1000) / perUnit, 0.05, 0.05), `${c.label} ${rate}`).toBe(true);
    }
  });

  it('t1_vfa_prostate: linear fits within 0.1 %, nonlinear ones within 2 %, with and without B1', () => {
    for (const c of osipi('t1_vfa_prostate').cases) {
      const b1 = (c['B1_percent'] as number) / 100;
      // Its linear values with B1 go against its nonlinear ones and against theory (T1 grows as the angle shrinks); they are not compared.
      for (const [key, method, factor, tolerance] of [
        ['T1_linear', 'linear', 1, 1e-3],
        ['T1_nonlinear', 'nonlinear', 1, 0.02],
        ['T1_nonlinear_B1cor', 'nonlinear', b1, 0.02],
      ] as const) {
        const fit = t1FromFlipAngles(c['s'] as number[], c['FA'] as number[], (c['TR_ms'] as number[])[0] as number, {
          method,
          b1: factor,
        });
        expect(near(fit.t1Ms, c[key] as number, 0, tolerance), `${c.label} ${key} ${fit.t1Ms} ${c[key]}`).toBe(true);
      }
    }
  });
});

const diffusion = join(folder, 'dwi_ivim', 'ivim_cases.json');
const hasDiffusion = existsSync(diffusion);
if (!hasDiffusion) console.warn('skipped: IVIM against OSIPI: COHORTIUM_REFERENCE has no dwi_ivim');

describe.skipIf(!hasDiffusion)('diffusion against the OSIPI IVIM decays', () => {
  const cases = hasDiffusion ? (JSON.parse(readFileSync(diffusion, 'utf8')) as { cases: Case[] }).cases : [];

  it.each(cases.map((c) => [`${c['tissue'] as unknown as string}, ${c['b']?.length ?? 0} b-values`, c] as const))('%s', (_, c) => {
    const [d, f, fast] = [1e6 * (c['D_mm2_per_s'] as number), c['f'] as number, 1e6 * (c['Dstar_mm2_per_s'] as number)];
    const fit = fitIvim(c['signal'] as number[], c['b'] as number[]);
    expect(near(fit.diffusion, d, 0, 0.01)).toBe(true);
    expect(near(fit.perfusionFraction, f, 0.005)).toBe(true);
    if (f === 0) expect(near(fitAdc(c['signal'] as number[], c['b'] as number[]).adc, d, 0, 0.01)).toBe(true);
    else expect(near(fit.pseudoDiffusion, fast, 0, 0.05)).toBe(true);
  });
});
