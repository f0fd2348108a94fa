import { adcMap, convolveExponential, fitIvim, kineticMaps } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { Breast } from './breast.js';
import type { BreastTruth } from './breast.js';
import { biasFactors, drawBias, noBias, receive } from './coil.js';
import { phantomInput, ToftsTable } from './kinetics.js';
import type { LesionTruth } from './lesion.js';
import { sampleBreast } from './parameter-maps.js';
import { diffusionSignals, dynamicSignals, spinEchoSignal } from './signal.js';
import { SmoothNoise } from './smooth-noise.js';
import { tissueAt } from './tissue.js';

const lesion: LesionTruth = {
  centerMm: [4, 6, -2],
  radiiMm: [15, 13, 12],
  turn: 0.4,
  irregularityMm: 1.6,
  necroticShare: 0.3,
  ktransPerMin: 0.22,
  rimGain: 1.3,
  ve: 0.42,
  vp: 0.05,
  adc: 1000,
  adcHeterogeneity: 0.15,
  t1Ms: 1500,
  seed: 77,
};
const truth: BreastTruth = { radiiMm: [60, 80, 44], skinMm: 2, densityMm: -4, parenchymalUptake: 1, lesions: [lesion], seed: 12 };
const geometry = {
  dimensions: [32, 32, 10] as const,
  spacingMm: [5, 5, 8] as const,
  originMm: [-77.5, -77.5, -36] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] as const,
};
const maps = sampleBreast(new Breast(truth, 3, 5), geometry, [0, 0, 0]);
const inLesion = Array.from(maps.lesion, (label, at) => (label > 0 ? at : -1)).filter((at) => at >= 0);
const times = { seconds: [0, 92, 154, 215.5, 277, 339], arrivalSeconds: 70 };
const field = { fieldStrengthT: 3, fatLeft: 0.1 };

describe('the phantom', () => {
  it('has a lesion with a rim that takes up and a core that does not', () => {
    expect(inLesion.length).toBeGreaterThan(20);
    const ktrans = inLesion.map((at) => maps.ktransPerMin[at] as number);
    expect(Math.min(...ktrans)).toBeLessThan(0.05);
    expect(Math.max(...ktrans)).toBeGreaterThan(0.2);
  });

  it('does not depend on the grid: a finer one has the same tissue at the same places', () => {
    const fine = sampleBreast(new Breast(truth, 3, 5), { ...geometry, dimensions: [63, 63, 10], spacingMm: [2.5, 2.5, 8] }, [0, 0, 0]);
    for (let j = 0; j < 31; j++)
      for (let i = 0; i < 31; i++) expect(fine.adc[2 * i + 63 * (2 * j + 63 * 4)]).toBe(maps.adc[i + 32 * (j + 32 * 4)]);
  });

  it('smooth noise has mean 0 and SD 1 and no jumps', () => {
    const noise = new SmoothNoise(3, 7);
    const values = Array.from({ length: 40_000 }, (_, at) => noise.at((at % 200) * 3.1, Math.floor(at / 200) * 2.7, at * 0.011));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(sd - 1)).toBeLessThan(0.05);
    expect(Math.abs(noise.at(10, 10, 10) - noise.at(10.001, 10, 10))).toBeLessThan(2e-3);
  });

  it('kinetics agree with the convolution itself to eight digits, for rates in and beyond tissue', () => {
    const { minutes, plasmaMm } = phantomInput(times);
    const table = new ToftsTable(times);
    const [b, out] = [new Float64Array(minutes.length), new Float64Array(6)];
    for (const kep of [0.011, 0.3, 0.523, 1.7, 12]) {
      convolveExponential(minutes, Float64Array.from(plasmaMm), kep, b);
      table.concentration(0.2, 0.2 / kep, 0.04, out);
      times.seconds.forEach((second, phase) => {
        const at = Math.round(second * 2);
        const exact = 0.2 * (b[at] as number) + 0.04 * (plasmaMm[at] as number);
        expect(Math.abs((out[phase] as number) - exact)).toBeLessThanOrEqual(1e-7 * Math.max(exact, 0.01));
      });
    }
  });

  it('planted kinetics come back from noiseless images by the extended Tofts fit, Ktrans, ve and vp within 0.1 %', () => {
    const echo = { repetitionTimeMs: 4.5, flipAngleDeg: 10, relaxivityPerMmS: 4.5 };
    const phases = dynamicSignals(maps, new ToftsTable(times), { echo, flipGain: 1, ...field });
    // Where water and fat share a voxel the signal has a part that takes up nothing; there no model of one tissue holds.
    const mask = Uint8Array.from(maps.lesion, (label, at) => (label > 0 && maps.fat[at] === 0 ? 1 : 0));
    const found = kineticMaps({
      model: 'extendedTofts',
      phases,
      minutes: times.seconds.map((second) => second / 60),
      input: phantomInput(times),
      echo,
      baseline: { from: 0, to: 1 },
      t1Ms: maps.t1Ms,
      mask,
    });
    expect(found.failedShare).toBe(0);
    expect(found.fitted).toBeGreaterThan(15);
    for (const at of inLesion.filter((voxel) => mask[voxel] === 1))
      for (const key of ['ktransPerMin', 've', 'vp'] as const)
        expect(Math.abs((found[key][at] as number) / (maps[key][at] as number) - 1)).toBeLessThan(1e-3);
  });

  it('planted diffusion comes back from noiseless images, ADC within 1e-6 and, with perfusion, D within 1 %', () => {
    const echo = { repetitionTimeMs: 6000, echoTimeMs: 66, gradientGain: 1, ...field };
    const bValues = [0, 400, 800];
    const images = diffusionSignals(maps, { ...echo, bValues, perfusion: { fraction: 0, pseudoDiffusion: 15_000 } });
    const adc = adcMap(images, bValues);
    const pure = inLesion.filter((at) => maps.fat[at] === 0);
    for (const at of pure) expect(Math.abs((adc[at] as number) / (maps.adc[at] as number) - 1)).toBeLessThan(1e-6);
    const many = [0, 30, 60, 100, 200, 400, 600, 800];
    const perfused = diffusionSignals(maps, { ...echo, bValues: many, perfusion: { fraction: 0.1, pseudoDiffusion: 15_000 } });
    for (const at of pure.slice(0, 3)) {
      const fit = fitIvim(
        perfused.map((image) => image[at] as number),
        many,
      );
      expect(Math.abs(fit.diffusion / (maps.adc[at] as number) - 1)).toBeLessThan(0.01);
      expect(fit.perfusionFraction).toBeCloseTo(0.1, 2);
    }
  });

  it('gives pure tissues the signal of their formula', () => {
    const { t1Ms, t2Ms, protonDensity } = tissueAt('lesion', 3);
    const one = (value: number) => Float64Array.of(value);
    const voxel = { ...maps, water: one(protonDensity), fat: one(0), t1Ms: one(t1Ms), t2Ms: one(t2Ms) };
    const [signal] = spinEchoSignal(voxel, { repetitionTimeMs: 4000, echoTimeMs: 80, ...field });
    expect(signal).toBeCloseTo(protonDensity * (1 - Math.exp(-4000 / t1Ms)) * Math.exp(-80 / t2Ms), 12);
  });

  it('receives Rician noise: mean and second moment of the background are those of Rayleigh', () => {
    const count = 40_000;
    const noisy = receive(new Float64Array(count), new Float64Array(count).fill(1), 2, new SeededRandom(1));
    const mean = noisy.reduce((sum, value) => sum + value, 0) / count;
    const square = noisy.reduce((sum, value) => sum + value * value, 0) / count;
    // Five standard errors: SD of Rayleigh 0.655 sigma, of its square 2 sigma^2.
    expect(Math.abs(mean - 2 * Math.sqrt(Math.PI / 2))).toBeLessThan((5 * 0.655 * 2) / Math.sqrt(count));
    expect(Math.abs(square - 8)).toBeLessThan((5 * 8) / Math.sqrt(count));
  });

  it('a coil multiplies smoothly, and none is exactly 1', () => {
    expect(biasFactors(noBias, geometry, [0, 0, 0]).every((factor) => factor === 1)).toBe(true);
    const factors = biasFactors(drawBias(new SeededRandom(4), 0.3), geometry, [0, 0, 0]);
    for (let i = 1; i < 32; i++) expect(Math.abs(Math.log((factors[i] as number) / (factors[i - 1] as number)))).toBeLessThan(0.1);
    expect(Math.max(...factors) / Math.min(...factors)).toBeGreaterThan(1.1);
  });
});
