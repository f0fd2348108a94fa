import {
  adcMap,
  DeidentificationProfile,
  deidentify,
  DicomObject,
  indexToPatient,
  kineticMaps,
  parkerAif,
  patientToIndex,
  placeMask,
  plasmaFromBlood,
  readNifti,
  SiteKey,
} from '@cohortium/imaging';
import type { Geometry, RoiMask, Volume } from '@cohortium/imaging';
import { assembleCase, extractByPlan, resolveCasePlan } from '@cohortium/radiomics';
import { participantFiles, planImageCohort } from '@cohortium/synth';
import type { ImageForm } from '@cohortium/synth';
import { describe, expect, it } from 'vitest';

/** Siemens, GE, Philips, United Imaging. */
const sites = ['S', 'G', 'P', 'U'].map((id) => ({ id, participants: 1 }));

function makeCase(form: ImageForm, site: number, ideal: boolean, size: readonly [number, number, number] = [40, 40, 10]) {
  const plan = planImageCohort({ seed: 21, sites, size, form, ideal });
  const files = [...participantFiles(plan, site, 0)];
  const objects = files.filter(({ path }) => path.endsWith('.dcm')).map(({ bytes }) => bytes);
  const truth = (name: string): Volume => readNifti(files.find(({ path }) => path.endsWith(`/${name}.nii`))?.bytes as Uint8Array);
  const participant = plan.sites[site]?.participants[0];
  return {
    objects,
    assembled: assembleCase(objects.map((bytes) => DicomObject.parse(bytes))),
    truth,
    participant,
    scanner: plan.sites[site]?.scanner,
  };
}

/** Values of a block of a grid, by voxel of the whole grid; NaN elsewhere. */
function spread({ geometry, values }: Volume, onto: Geometry): Float64Array {
  const [ni, nj] = onto.dimensions;
  const [i0, j0, k0] = patientToIndex(onto, indexToPatient(geometry, [0, 0, 0])).map(Math.round) as [number, number, number];
  const out = new Float64Array(ni * nj * onto.dimensions[2]).fill(NaN);
  const [bi, bj, bk] = geometry.dimensions;
  for (let k = 0, at = 0; k < bk; k++)
    for (let j = 0; j < bj; j++) for (let i = 0; i < bi; i++, at++) out[i0 + i + ni * (j0 + j + nj * (k0 + k))] = values[at] as number;
  return out;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

describe('a synthetic cohort, read as a site reads it', () => {
  for (const form of ['classic', 'enhanced'] as const)
    for (const [site, { id }] of sites.entries())
      it(`${id} ${form}: series are known for what they are, and planted Ktrans, ve and ADC come back from the DICOM objects`, () => {
        const { assembled, truth, participant, scanner } = makeCase(form, site, true);
        expect(assembled.problems).toEqual([]);
        const roles = assembled.series.map(({ role }) => role.role).sort();
        const dynamicSeries = id === 'S' && form === 'classic' ? 6 : 1;
        expect(roles).toEqual([...(scanner?.sendsAdc ? ['adc'] : []), ...Array<string>(dynamicSeries).fill('dce'), 'dwi', 't2w']);
        const { dce, dwi, t2w } = assembled.input.images;
        expect(t2w?.geometry.dimensions).toEqual([40, 40, 10]);
        expect(dwi?.map(({ bValue }) => bValue)).toEqual([...(scanner?.diffusion.bValues ?? [])]);
        const { seconds, arrivalSeconds } = participant?.times ?? { seconds: [], arrivalSeconds: NaN };
        dce?.minutes?.forEach((minute, at) => expect(60 * minute).toBeCloseTo(seconds[at] as number, 4));
        expect(60 * (dce?.injectionMinutes ?? NaN)).toBeCloseTo(arrivalSeconds, 4);
        const lesion = assembled.input.segments.get(1) as RoiMask;
        const grid = (dce?.phases[0] as Volume).geometry;
        const onGrid = placeMask(lesion, grid).mask.voxels;
        const labels = spread(truth('lesion'), grid);
        expect(labels.map((label) => (label === 1 ? 1 : 0)).join('')).toBe(onGrid.join(''));
        const minutes = Float64Array.from({ length: 2 * 600 }, (_, at) => at / 120);
        const maps = kineticMaps({
          model: 'extendedTofts',
          phases: dce?.phases.map(({ values }) => values) ?? [],
          minutes: dce?.minutes ?? [],
          input: { minutes, plasmaMm: plasmaFromBlood(parkerAif(minutes)) },
          delayMinutes: dce?.injectionMinutes ?? NaN,
          echo: {
            repetitionTimeMs: dce?.echo?.repetitionTimeMs ?? NaN,
            flipAngleDeg: dce?.echo?.flipAngleDeg ?? NaN,
            relaxivityPerMmS: 4.5,
          },
          baseline: { from: 0, to: 1 },
          t1Ms: spread(truth('t1_ms'), grid),
          mask: onGrid,
        });
        for (const [found, name] of [
          [maps.ktransPerMin, 'ktrans_per_min'],
          [maps.ve, 've'],
        ] as const) {
          // prettier-ignore
          const planted = spread(truth(name), grid);
          const ratios = Array.from(found, (value, at) => value / (planted[at] as number)).filter((_, at) => onGrid[at] === 1);
          // Stored values are whole numbers of some thousands, and voxels at the rim hold fat, which takes up nothing.
          expect(Math.abs(median(ratios) - 1)).toBeLessThan(0.02);
        }
        const diffusionGrid = (dwi?.[0]?.volume as Volume).geometry;
        const onDiffusion = placeMask(lesion, diffusionGrid, 'nearest').mask.voxels;
        const adc = adcMap(dwi?.map(({ volume }) => volume.values) ?? [], dwi?.map(({ bValue }) => bValue) ?? []); // prettier-ignore
        const inLesion = truth('lesion').values;
        const planted = truth('adc_1e-6_mm2_per_s').values.filter((_, at) => inLesion[at] === 1);
        const found = adc.filter((_, at) => onDiffusion[at] === 1);
        // Another grid has other voxels of the same lesion: its texture of 5 to 30 % leaves some percent over tens of independent blobs.
        // Voxel by voxel the phantom's own tests compare.
        expect(Math.abs(median([...found]) / median([...planted]) - 1)).toBeLessThan(0.1);
      }, 30_000);

  it('de-identification changes no value: voxels, regions, times, injection and b-values are those of the original, whatever the vendor', () => {
    const request = {
      key: new SiteKey(new Uint8Array(32).fill(7)),
      profile: new DeidentificationProfile(['cleanDescriptors', 'retainModifiedDates']),
    };
    for (const form of ['classic', 'enhanced'] as const)
      for (const site of sites.keys()) {
        const { objects, assembled } = makeCase(form, site, false, [20, 20, 4]);
        const without = assembleCase(objects.map((bytes) => DicomObject.parse(deidentify(bytes, request).bytes)));
        expect(without.problems).toEqual([]);
        expect(without.input).toEqual(assembled.input);
      }
  }, 60_000);

  it('a whole case by a plan has every feature of every image, with noise, coil and departures of the scanner', () => {
    const plan = resolveCasePlan({
      name: 'synthetic',
      settings: {
        name: 'coarse',
        interpolation: { method: 'trilinear', spacingMm: [3, 3, 3] },
        intensityUnits: 'calibrated',
        discretization: { method: 'FBN', bins: 16 },
      },
      images: { T2: { from: 't2w' }, DCE: { from: 'subtraction', phase: 1 }, ADC: { from: 'adc' }, Ktrans: { from: 'ktrans' } },
      regions: { tumor: { segment: 1 } },
    });
    const { assembled, participant } = makeCase('classic', 1, false);
    const { features, gaps } = extractByPlan(assembled.input, plan);
    expect(gaps).toEqual([]);
    const value = (name: string) => features.find((feature) => feature.name === name)?.value as number;
    const lesion = participant?.breast.lesions[0];
    // A fixed T1, noise and a flip angle that is off: the figure is of the right size, not exact.
    expect(value('Ktrans_tumor_intensityStatistics_mean') / (lesion?.ktransPerMin ?? NaN)).toBeGreaterThan(0.5);
    expect(value('Ktrans_tumor_intensityStatistics_mean') / (lesion?.ktransPerMin ?? NaN)).toBeLessThan(2);
    expect(value('ADC_tumor_intensityStatistics_mean') / (lesion?.adc ?? NaN)).toBeGreaterThan(0.7);
    expect(value('ADC_tumor_intensityStatistics_mean') / (lesion?.adc ?? NaN)).toBeLessThan(1.5);
  }, 30_000);
});
