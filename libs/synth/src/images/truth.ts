import { geometryFromSteps, indexToPatient, largeVesselHematocrit, writeNifti } from '@cohortium/imaging';
import type { Geometry } from '@cohortium/imaging';
import type { ParameterMaps } from '../phantom/parameter-maps.js';
import type { Examination } from './examination.js';
import type { CohortFile } from './participant-files.js';
import { lesionLaw } from './participant.js';
import type { ImageCohortPlan, PlannedParticipant, PlannedSite } from './plan.js';

/** Voxels around the lesions that the maps of the truth keep. */
const marginVoxels = 2;

/** Truth about one participant: a JSON file, and maps around the lesions as NIfTI on the grid of the dynamic series. */
export function truthFiles(
  { options }: ImageCohortPlan,
  site: PlannedSite,
  participant: PlannedParticipant,
  { truth, echo }: Examination,
): readonly CohortFile[] {
  const folder = `truth/${site.id}/${participant.id}`;
  const { scores, eta, probability, her2, laterality, breast, times } = participant;
  const document = {
    schemaVersion: 1,
    synthetic: true,
    participant: participant.id,
    site: site.id,
    her2: { probability, positive: her2, eta, intercept: site.intercept, scores },
    laterality,
    breast: { radiiMm: breast.radiiMm, skinMm: breast.skinMm, densityMm: breast.densityMm, parenchymalUptake: breast.parenchymalUptake },
    lesions: breast.lesions.map((lesion, at) => ({ segment: at + 1, ...lesion, ...meansOf(truth, at + 1) })),
    dynamic: {
      phaseSeconds: times.seconds,
      arrivalSeconds: times.arrivalSeconds,
      arterialInput: 'Parker 2006, linear between points 0.5 s apart',
      hematocrit: largeVesselHematocrit,
      ...echo,
      flipAngleReachedDeg: echo.flipAngleDeg * site.departure.flipGain,
    },
    diffusion: { gradientGain: site.departure.gradientGain, perfusionFraction: options.perfusionFraction },
  };
  const crop = cropAround(truth);
  const map = (name: string, values: Float64Array | Uint8Array): CohortFile => ({
    path: `${folder}/${name}.nii`,
    bytes: writeNifti({ geometry: crop.geometry, values: crop.take(values) }),
  });
  return [
    { path: `${folder}/truth.json`, bytes: new TextEncoder().encode(`${JSON.stringify(document, null, 1)}\n`) },
    map('ktrans_per_min', truth.ktransPerMin),
    map('ve', truth.ve),
    map('vp', truth.vp),
    map('adc_1e-6_mm2_per_s', truth.adc),
    map('t1_ms', truth.t1Ms),
    map('lesion', truth.lesion),
  ];
}

/** Truth about the cohort: the law by which HER-2 follows from the lesions, and what sites and scanners do. */
export function cohortTruth({ options, sites, achievableAuc }: ImageCohortPlan): object {
  return {
    schemaVersion: 1,
    synthetic: true,
    law: {
      text: 'logit P(HER-2) = intercept of the site + ktrans * z(ln Ktrans) + adcHeterogeneity * z(ln CV of ADC) + er * (ER - 0.72)',
      effects: options.effects,
      scores: lesionLaw,
    },
    achievableAuc,
    sites: sites.map(({ id, role, intercept, prevalence, departure, scanner }) => ({
      site: id,
      role,
      intercept,
      prevalence,
      ...departure,
      noise: options.ideal ? 0 : scanner.noise,
      biasStrength: options.ideal ? 0 : scanner.biasStrength,
    })),
  };
}

/** Means over the voxels of one lesion. */
function meansOf({ lesion, ktransPerMin, ve, vp, adc }: ParameterMaps, segment: number) {
  const sums = { voxels: 0, ktransPerMin: 0, ve: 0, vp: 0, adc: 0 };
  let squares = 0;
  for (let at = 0; at < lesion.length; at++) {
    if (lesion[at] !== segment) continue;
    sums.voxels++;
    sums.ktransPerMin += ktransPerMin[at] as number;
    sums.ve += ve[at] as number;
    sums.vp += vp[at] as number;
    sums.adc += adc[at] as number;
    squares += (adc[at] as number) ** 2;
  }
  const n = Math.max(1, sums.voxels);
  const mean = { ktransPerMin: sums.ktransPerMin / n, ve: sums.ve / n, vp: sums.vp / n, adc: sums.adc / n };
  return { voxels: sums.voxels, mean, adcSd: Math.sqrt(Math.max(0, squares / n - mean.adc * mean.adc)) };
}

/** The smallest block that holds the lesions and a margin; of the whole grid where there are none. */
function cropAround({ geometry, lesion }: ParameterMaps) {
  const size = geometry.dimensions;
  const low = [...size];
  const high = [-1, -1, -1];
  for (let k = 0, at = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++, at++)
        if (lesion[at] !== 0)
          [i, j, k].forEach((place, axis) => {
            low[axis] = Math.min(low[axis] as number, place);
            high[axis] = Math.max(high[axis] as number, place);
          });
  const isEmpty = high[0] === -1;
  const from = low.map((place) => (isEmpty ? 0 : Math.max(0, place - marginVoxels))) as [number, number, number];
  const to = high.map((place, axis) => (isEmpty ? (size[axis] as number) - 1 : Math.min((size[axis] as number) - 1, place + marginVoxels)));
  const dimensions = to.map((place, axis) => place - (from[axis] as number) + 1) as [number, number, number];
  return { geometry: cropped(geometry, from, dimensions), take: taker(size, from, dimensions) };
}

function cropped(geometry: Geometry, from: readonly [number, number, number], dimensions: readonly [number, number, number]): Geometry {
  const [si, sj, sk] = geometry.spacingMm;
  return geometryFromSteps(dimensions, [[si, 0, 0], [0, sj, 0], [0, 0, sk]], indexToPatient(geometry, from)); // prettier-ignore
}

function taker(size: readonly number[], from: readonly number[], dimensions: readonly [number, number, number]) {
  return (values: Float64Array | Uint8Array): Float32Array => {
    const [ni, nj, nk] = dimensions;
    const out = new Float32Array(ni * nj * nk);
    for (let k = 0, at = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++, at++) {
          const row = j + (from[1] as number) + (size[1] as number) * (k + (from[2] as number));
          out[at] = values[i + (from[0] as number) + (size[0] as number) * row] as number;
        }
    return out;
  };
}
