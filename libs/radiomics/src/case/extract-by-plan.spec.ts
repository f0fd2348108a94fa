import { parkerAif, plasmaFromBlood, signalFromConcentration, convolveExponential } from '@cohortium/imaging';
import type { Geometry, RoiMask, Volume } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import type { CaseImages } from './case-images.js';
import { CaseImageMaker } from './case-images.js';
import { casePlanSchema, resolveCasePlan } from './case-plan.schema.js';
import { extractByPlan } from './extract-by-plan.js';
import { plannedFeatures } from './planned-features.js';

const geometry: Geometry = { dimensions: [16, 14, 8], spacingMm: [1, 1, 2], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const voxels = 16 * 14 * 8;
const volume = (value: (i: number, j: number, k: number) => number): Volume => {
  const values = new Float64Array(voxels);
  for (let k = 0, at = 0; k < 8; k++) for (let j = 0; j < 14; j++) for (let i = 0; i < 16; i++, at++) values[at] = value(i, j, k);
  return { geometry, values };
};
const ball = volume((i, j, k) => Number((i - 7.5) ** 2 + (j - 6.5) ** 2 + 4 * (k - 3.5) ** 2 <= 16));
const mask: RoiMask = { geometry, voxels: Uint8Array.from(ball.values) };

/** Truth of the lesion and how it is imaged. */
const truth = { ktransPerMin: 0.25, ve: 0.4, vp: 0.02, adc: 1000, t1Ms: 1400 };
const echo = { repetitionTimeMs: 5, flipAngleDeg: 12, relaxivityPerMmS: 4.5 };
const minutes = [0, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5];
const injectionMinutes = 1;

/** Signal of extended Tofts at the phases, for a lesion whose uptake varies a little from voxel to voxel. */
function dynamic(): readonly Volume[] {
  const fine = Float64Array.from({ length: 1000 }, (_, at) => at / 120);
  const plasma = plasmaFromBlood(parkerAif(fine.map((t) => t - injectionMinutes)), 0.42);
  const response = new Float64Array(fine.length);
  convolveExponential(fine, plasma, truth.ktransPerMin / truth.ve, response);
  return minutes.map((minute) => {
    const at = Math.round(minute * 120);
    return volume((i, j, k) => {
      const factor = 1 + 0.1 * Math.sin(i + 2 * j + 3 * k);
      const concentration = factor * (truth.vp * (plasma[at] as number) + truth.ktransPerMin * (response[at] as number));
      return (1000 + i + j) * signalFromConcentration(concentration, truth.t1Ms, echo);
    });
  });
}

const images = (): CaseImages => ({
  t2w: volume((i, j, k) => 100 + 10 * i + j - k),
  dce: { phases: dynamic(), minutes, beforeCount: 1, injectionMinutes, echo },
  dwi: [0, 400, 800].map((bValue) => ({
    bValue,
    volume: volume((i, j) => 500 * Math.exp((-bValue * (truth.adc + 20 * i - 10 * j)) / 1e6)),
  })),
});

const document = {
  name: 'test',
  settings: {
    name: 'test',
    approach: '3D',
    intensityUnits: 'calibrated',
    discretization: { method: 'FBN', bins: 8 },
    ivhDiscretization: { method: 'none' },
    families: ['morphology', 'intensityStatistics'],
    aggregations: ['3D:merged', '3D'],
  },
  images: { T2: { from: 't2w' }, ADC: { from: 'adc' }, Ktrans: { from: 'ktrans' }, Sub: { from: 'subtraction', phase: 1 } },
  regions: { tumor: { segment: 1 }, rim: { ring: 'tumor', toMm: 2 } },
};
const input = (change: Partial<CaseImages> = {}) => ({ images: { ...images(), ...change }, segments: new Map([[1, mask]]) });
const valueOf = (found: ReturnType<typeof extractByPlan>, name: string) =>
  found.features.find((feature) => feature.name === name)?.value as number;

describe('features of a case by a plan', () => {
  const plan = resolveCasePlan(document);
  const found = extractByPlan(input(), plan);

  it('come from every image and region, maps with the values that were put in', () => {
    expect(found.gaps).toEqual([]);
    expect(valueOf(found, 'ADC_tumor_intensityStatistics_mean')).toBeCloseTo(truth.adc + 20 * 7.5 - 10 * 6.5, 6);
    // The variation averages out over the lesion; the input's points lie a second apart.
    expect(valueOf(found, 'Ktrans_tumor_intensityStatistics_median') / truth.ktransPerMin).toBeGreaterThan(0.95);
    expect(valueOf(found, 'Ktrans_tumor_intensityStatistics_median') / truth.ktransPerMin).toBeLessThan(1.05);
    expect(new Set(found.features.map(({ image, region }) => `${image} ${region}`)).size).toBe(8);
  });

  it('describe shape once, with the first image, of each region', () => {
    const shapes = new Set(found.features.filter(({ family }) => family === 'morphology').map(({ image }) => image));
    expect([...shapes]).toEqual(['T2']);
  });

  it('are those that the plan says beforehand, in its order; a case that lacks something has some of them', () => {
    const planned = plannedFeatures(plan);
    expect(found.features.map(({ value: _value, ...feature }) => feature)).toEqual(planned);
    const lacking = extractByPlan(input({ t2w: undefined, dwi: undefined }), plan).features.map(({ name }) => name);
    expect(planned.map(({ name }) => name).filter((name) => lacking.includes(name))).toEqual(lacking);
    expect(planned.filter(({ image }) => image === 'T2').length).toBeGreaterThan(29);
  });

  it('have names that are unique, and the same values whenever they are computed', () => {
    expect(new Set(found.features.map(({ name }) => name)).size).toBe(found.features.length);
    expect(extractByPlan(input(), plan).features).toEqual(found.features);
  });

  it('leave a gap with its reason where an image, a time or a region is missing, and go on', () => {
    const lacking = extractByPlan(
      input({ dwi: undefined, dce: { ...(images().dce as NonNullable<CaseImages['dce']>), minutes: undefined } }),
      plan,
    );
    expect(lacking.gaps).toEqual([
      { image: 'ADC', region: null, reason: 'noSeries' },
      { image: 'Ktrans', region: null, reason: 'noTimes' },
    ]);
    expect(valueOf(lacking, 'Sub_tumor_intensityStatistics_mean')).toBe(valueOf(found, 'Sub_tumor_intensityStatistics_mean'));
    const bare = extractByPlan({ ...input(), segments: new Map([[2, mask]]) }, plan);
    expect(bare.features).toEqual([]);
    expect(new Set(bare.gaps.map(({ reason }) => reason))).toEqual(new Set(['REGION.ABSENT']));
  });

  it('are not said of a region where more than a tenth of a map has failed', () => {
    const broken = images();
    const [first, ...others] = (broken.dce as NonNullable<CaseImages['dce']>).phases as [Volume, ...Volume[]];
    const dark = { geometry, values: Float64Array.from(first.values, (value, at) => (at % 3 === 0 ? 0 : value)) };
    const lacking = extractByPlan(input({ dce: { ...(broken.dce as NonNullable<CaseImages['dce']>), phases: [dark, ...others] } }), plan);
    expect(lacking.gaps).toContainEqual({ image: 'Ktrans', region: 'tumor', reason: 'tooManyFailedFits' });
  });
});

describe('images of a case', () => {
  const { kinetics } = casePlanSchema.parse(document);
  const absent = (planned: Parameters<CaseImageMaker['make']>[0], change: Partial<CaseImages> = {}) =>
    new CaseImageMaker({ ...images(), ...change }, kinetics).make(planned);

  it('say what is missing', () => {
    const dce = images().dce as NonNullable<CaseImages['dce']>;
    expect(absent({ from: 't1' })).toEqual({ absent: 'noSeries' });
    expect(absent({ from: 'dce', phase: 8 })).toEqual({ absent: 'noSuchPhase' });
    expect(absent({ from: 'subtraction', phase: 0 })).toEqual({ absent: 'noSuchPhase' });
    expect(absent({ from: 'dwi', bValue: 1500 })).toEqual({ absent: 'noSuchBValue' });
    expect(absent({ from: 'adc', origin: 'computed' }, { dwi: [{ volume: ball, bValue: 50 }] })).toEqual({ absent: 'fewBValues' });
    expect(absent({ from: 'ktrans' }, { dce: { ...dce, echo: undefined } })).toEqual({ absent: 'noAcquisitionParameters' });
    expect(absent({ from: 'washIn' }, { dce: { ...dce, minutes: undefined } })).toEqual({ absent: 'noTimes' });
    const small: Geometry = { ...geometry, dimensions: [1, 1, 1] };
    const other = { volume: { geometry: small, values: new Float64Array(1) }, bValue: 800 };
    expect(absent({ from: 'adc', origin: 'computed' }, { dwi: [{ volume: ball, bValue: 0 }, other] })).toEqual({ absent: 'gridsDiffer' });
  });

  it('take the map of the scanner only where they may', () => {
    const vendorAdc = volume(() => 900);
    expect(absent({ from: 'adc', origin: 'either' }, { dwi: undefined, vendorAdc })).toEqual({ volume: vendorAdc });
    expect(absent({ from: 'adc', origin: 'computed' }, { dwi: undefined, vendorAdc })).toEqual({ absent: 'noSeries' });
  });
});

describe('a plan', () => {
  it.each<[string, object]>([
    ['regions.rim.ring', { regions: { rim: { ring: 'tumor', toMm: 2 } } }],
    ['regions.rim.toMm', { regions: { tumor: { segment: 1 }, rim: { ring: 'tumor', fromMm: 3, toMm: 3 } } }],
    ['images', { images: {} }],
    ['settings', { settings: 'no-such-preset' }],
    ['images.T2', { images: { T2: { from: 't2w', phase: 1 } } }],
  ])('is refused at %s', (path, change) => {
    expect(() => resolveCasePlan({ ...document, ...change })).toThrow(`RADIOMICS.BAD_PLAN: The extraction plan cannot be used: ${path}`);
  });

  it('has one hash however it was written, and another one when a setting changes', () => {
    expect(resolveCasePlan({ schemaVersion: 1, ...document, kinetics: {} }).hash).toBe(resolveCasePlan(document).hash);
    expect(resolveCasePlan({ ...document, kinetics: { t1Ms: 1500 } }).hash).not.toBe(resolveCasePlan(document).hash);
  });
});
