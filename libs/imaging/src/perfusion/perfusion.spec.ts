import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { georgiouAif, weinmannToftsAif } from './arterial-input.js';
import { concentrationFromSignal, signalFromConcentration } from './concentration.js';
import { enhancementMaps } from './enhancement.js';
import { convolveExponential } from './exponential-convolution.js';
import { fitStates } from './kinetic-fit.js';
import { kineticMaps } from './kinetic-maps.js';
import { kineticTable } from './kinetic-table.js';
import { bestDelay, fitPatlak, plasmaIntegral } from './patlak.js';
import { t1FromFlipAngles } from './t1-flip-angles.js';
import { functionalTumor } from './tumor-volume.js';
import { TwoCompartmentFit } from './two-compartment.js';

const echo = { repetitionTimeMs: 5, flipAngleDeg: 20, relaxivityPerMmS: 4.5 };
const minutes = Float64Array.from({ length: 60 }, (_, i) => i / 10);
const plasma = weinmannToftsAif(
  minutes.map((t) => t - 1),
  0.1,
);

describe('convolveExponential', () => {
  it('is the integral that a fine sum gives, for every rate, and its slope is the difference quotient', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 60, noNaN: true }), (k) => {
        const [out, slope, higher, lower] = [0, 0, 0, 0].map(() => new Float64Array(60)) as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        convolveExponential(minutes, plasma, k, out, slope);
        const step = 1e-4;
        let sum = 0;
        const end = minutes[59] as number;
        for (let s = step / 2; s < end; s += step) {
          const at = Math.min(58, Math.floor(s * 10));
          const share = s * 10 - at;
          sum += step * ((plasma[at] as number) * (1 - share) + (plasma[at + 1] as number) * share) * Math.exp(-k * (end - s));
        }
        expect(Math.abs((out[59] as number) - sum)).toBeLessThan(1e-5);
        const h = 1e-5;
        convolveExponential(minutes, plasma, k + h, higher);
        convolveExponential(minutes, plasma, Math.max(0, k - h), lower);
        const quotient = ((higher[59] as number) - (lower[59] as number)) / (k + h - Math.max(0, k - h));
        expect(Math.abs((slope[59] as number) - quotient)).toBeLessThan(1e-4);
      }),
      { numRuns: 20 },
    );
  });
});

describe('concentration', () => {
  it('comes back from the signal that it makes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 8, noNaN: true }), { minLength: 1, maxLength: 8 }), (concentrations) => {
        const all = [0, ...concentrations];
        const signal = all.map((c) => 731 * signalFromConcentration(c, 1200, echo));
        const out = new Float64Array(all.length);
        concentrationFromSignal(signal, 1200, echo, { from: 0, to: 1 }, out);
        all.forEach((c, at) => expect(Math.abs((out[at] as number) - c)).toBeLessThan(1e-9));
      }),
    );
  });

  it('is not a number where no relaxation gives the signal', () => {
    const out = new Float64Array(2);
    concentrationFromSignal([10, 1e6], 1200, echo, { from: 0, to: 1 }, out);
    expect(out[1]).toBeNaN();
  });
});

describe('t1FromFlipAngles', () => {
  it.each(['linear', 'nonlinear'] as const)('finds T1 and M0 without noise (%s), with a transmit field that is off', (method) => {
    for (const t1Ms of [250, 900, 1700, 4000]) {
      const angles = [2, 5, 12, 20];
      const signal = angles.map((angle) => {
        const turned = { ...echo, flipAngleDeg: 0.9 * angle };
        return 5000 * Math.sin((0.9 * angle * Math.PI) / 180) * signalFromConcentration(0, t1Ms, turned);
      });
      const fit = t1FromFlipAngles(signal, angles, echo.repetitionTimeMs, { method, b1: 0.9 });
      expect(fit.t1Ms / t1Ms).toBeCloseTo(1, 6);
      expect(fit.m0 / 5000).toBeCloseTo(1, 6);
    }
  });
});

describe('fitPatlak', () => {
  it('finds both parameters, and the delay of the input', () => {
    const delayed = (delay: number) =>
      weinmannToftsAif(
        minutes.map((t) => t - 1 - delay),
        0.1,
      );
    const truth = delayed(0.08);
    const integral = plasmaIntegral(minutes, truth);
    const tissue = truth.map((c, t) => 0.07 * c + 0.03 * (integral[t] as number));
    const at = (delay: number) => fitPatlak(tissue, delayed(delay), plasmaIntegral(minutes, delayed(delay)));
    expect(at(0.08)).toMatchObject({ ktransPerMin: expect.closeTo(0.03, 10) as number, vp: expect.closeTo(0.07, 10) as number });
    expect(bestDelay({ fromMinutes: 0, toMinutes: 0.095 }, (delay) => at(delay).rmsMm)).toBeCloseTo(0.08, 1);
  });
});

describe('TwoCompartmentFit', () => {
  it('finds flow, exchange and volumes of the model that made the curve', () => {
    const fine = Float64Array.from({ length: 241 }, (_, i) => i / 40);
    const input = georgiouAif(fine.map((t) => t - 0.5));
    const fit = new TwoCompartmentFit(kineticTable(fine, { minutes: fine, plasmaMm: input }));
    for (const [flow, exchange, ve, vp] of [
      [0.3, 0.1, 0.2, 0.05],
      [0.6, 0.05, 0.3, 0.1],
    ] as const) {
      const [te, tc, t] = [ve / exchange, vp / flow, (vp + ve) / flow];
      const root = Math.sqrt((t + te) ** 2 - 4 * tc * te);
      const [fast, slow] = [(t + te + root) / (2 * tc * te), (t + te - root) / (2 * tc * te)];
      const [bySlow, byFast] = [new Float64Array(241), new Float64Array(241)];
      convolveExponential(fine, input, slow, bySlow);
      convolveExponential(fine, input, fast, byFast);
      const [a, b] = [(flow * (t * fast - 1) * slow) / (fast - slow), (flow * (1 - t * slow) * fast) / (fast - slow)];
      const found = fit.fit(bySlow.map((value, at) => a * value + b * (byFast[at] as number)));
      expect(found.flowPerMin / flow).toBeCloseTo(1, 3);
      expect(found.permeabilityPerMin / exchange).toBeCloseTo(1, 3);
      expect(found.ve / ve).toBeCloseTo(1, 3);
      expect(found.vp / vp).toBeCloseTo(1, 3);
    }
    expect(fit.fit(new Float64Array(241).fill(-1)).state).toBe(fitStates.noUptake);
    expect(fit.fit(new Float64Array(241).fill(NaN)).state).toBe(fitStates.notFinite);
  });
});

describe('maps', () => {
  const geometry = {
    dimensions: [3, 3, 3],
    spacingMm: [2, 2, 1],
    originMm: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  } as const;

  it('fits the voxels of the mask and counts the failures', () => {
    const phases = Array.from(minutes, (_, t) => [signalFromConcentration(0.3 * (plasma[t] as number), 1000, echo), 100, 1]);
    const maps = kineticMaps({
      model: 'extendedTofts',
      phases,
      minutes: [...minutes],
      input: { minutes, plasmaMm: plasma },
      echo,
      baseline: { from: 0, to: 10 },
      t1Ms: 1000,
      mask: Uint8Array.from([1, 1, 0]),
    });
    expect(maps.vp[0]).toBeCloseTo(0.3, 6);
    expect(maps.ktransPerMin[2]).toBeNaN();
    expect(maps).toMatchObject({ fitted: 2, failed: { notFinite: 0, noUptake: 1, atBound: 0 }, failedShare: 0.5 });
  });

  it('percent enhancement, ratio, wash-in, wash-out and time to peak of a curve that can be worked out by hand', () => {
    const maps = enhancementMaps([[100], [250], [200]], [0, 1, 3]);
    expect(maps.percentEnhancement[0]).toBe(150);
    expect(maps.signalEnhancementRatio[0]).toBe(1.5);
    expect(maps.curve?.washInPercentPerMin[0]).toBe(150);
    expect(maps.curve?.washOutPercentPerMin[0]).toBe(-25);
    expect(maps.curve?.timeToPeakMin[0]).toBe(1);
    expect(enhancementMaps([[0], [5], [5]], [0, 1, 2]).percentEnhancement[0]).toBeNaN();
  });

  it('takes the mean of the phases before contrast, leaves out the course without times, and refuses phases out of order', () => {
    const phases = [[90], [110], [250], [200]];
    const maps = enhancementMaps(phases, [0, 1, 2, 4], { beforeCount: 2 });
    expect(maps).toMatchObject({ before: Float64Array.of(100), percentEnhancement: Float64Array.of(150) });
    expect(maps.curve?.timeToPeakMin[0]).toBe(1);
    expect(enhancementMaps(phases, undefined).curve).toBeUndefined();
    for (const options of [{ beforeCount: 4 }, { beforeCount: 0 }, { early: 0 }, { early: 3, late: 2 }, { late: 4 }])
      expect(() => enhancementMaps(phases, undefined, options)).toThrow(expect.objectContaining({ code: 'IMAGING.BAD_PERFUSION' }));
    expect(() => enhancementMaps(phases, [0, 1, 1, 2])).toThrow(expect.objectContaining({ code: 'IMAGING.BAD_PERFUSION' }));
  });

  it('a tumor needs enhancement, tissue and company', () => {
    const before = new Float64Array(27).fill(100);
    const early = new Float64Array(27).fill(171);
    const late = new Float64Array(27).fill(180);
    early[0] = 150;
    const found = functionalTumor(geometry, [before, early, late], { box: { from: [0, 0, 0], to: [3, 3, 3] } });
    expect(found).toMatchObject({ voxelCount: 26, volumeMm3: 104, backgroundThreshold: 60 });
    early.fill(100);
    early[13] = 171;
    expect(functionalTumor(geometry, [before, early, late], { box: { from: [0, 0, 0], to: [3, 3, 3] } }).voxelCount).toBe(0);
  });
});
