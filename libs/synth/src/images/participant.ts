import { exp, ln, logistic } from '@cohortium/numerics';
import type { SeededRandom } from '@cohortium/numerics';
import type { BreastTruth } from '../phantom/breast.js';
import type { LesionTruth } from '../phantom/lesion.js';
import { tissueAt } from '../phantom/tissue.js';
import type { CompleteImageOptions } from './image-options.js';

/** Lesion properties that HER-2 depends on: median and SD of the logarithm. */
export const lesionLaw = {
  ktransPerMin: { median: 0.18, logSd: 0.35 },
  adcHeterogeneity: { median: 0.1, logSd: 0.5 },
} as const;

/** What biology draws before HER-2 status is known. */
export interface ParticipantBiology {
  readonly ageYears: number;
  readonly er: 0 | 1;
  readonly pr: 0 | 1;
  /** Logarithms of the first lesion's Ktrans and ADC heterogeneity, in SD from the median. */
  readonly scores: { readonly ktrans: number; readonly adcHeterogeneity: number };
  /** Log odds of HER-2 without the site's intercept. */
  readonly eta: number;
  readonly laterality: 'L' | 'R';
  readonly breast: BreastTruth;
}

/** What pathology and follow-up say. */
export interface ParticipantOutcome {
  readonly her2: 0 | 1;
  /** Immunohistochemistry; empty where it is missing. */
  readonly ihc: '0' | '1+' | '2+' | '3+' | '';
  /** In-situ hybridization; empty where it was not done. */
  readonly ish: 'positive' | 'negative' | '';
  readonly ki67Percent: number;
  readonly grade: 1 | 2 | 3;
  readonly stage: 'I' | 'IIA' | 'IIB' | 'IIIA';
  /** Pathologic complete response; null without treatment before surgery. */
  readonly pcr: 0 | 1 | null;
  readonly followUpMonths: number;
  /** Recurrence within the follow-up. */
  readonly event: 0 | 1;
}

/** A made-up woman with one or two lesions. Her lesions decide her risk of HER-2, not the other way round. */
export function drawBiology(
  random: SeededRandom,
  meanAgeYears: number,
  fieldStrengthT: number,
  { effects }: Pick<CompleteImageOptions, 'effects'>,
): ParticipantBiology {
  const ageYears = Math.round(Math.min(85, Math.max(26, meanAgeYears + 11 * random.normal())));
  const er = random.uniform() < 0.72 ? 1 : 0;
  const pr = random.uniform() < (er ? 0.8 : 0.06) ? 1 : 0;
  const scores = { ktrans: bounded(random.normal(), 2.5), adcHeterogeneity: bounded(random.normal(), 2.5) };
  const eta = effects.ktrans * scores.ktrans + effects.adcHeterogeneity * scores.adcHeterogeneity + effects.er * (er - 0.72);
  const laterality = random.uniform() < 0.5 ? 'L' : 'R';
  const breast = drawBreast(random, ageYears, fieldStrengthT, scores);
  return { ageYears, er, pr, scores, eta, laterality, breast };
}

function drawBreast(random: SeededRandom, ageYears: number, fieldStrengthT: number, scores: ParticipantBiology['scores']): BreastTruth {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const radiiMm: [number, number, number] = [between(54, 66), between(72, 96), between(40, 48)];
  const first = drawLesion(random, fieldStrengthT, radiiMm, between(9.5, 18), scores);
  const hasSecond = random.uniform() < 0.25;
  const lesions = hasSecond ? [first, beside(random, first)] : [first];
  return {
    radiiMm,
    skinMm: between(1.6, 2.6),
    densityMm: -4 - 0.2 * (ageYears - 55) + 5 * bounded(random.normal(), 2),
    parenchymalUptake: exp(0.35 * bounded(random.normal(), 2) - 0.01 * (ageYears - 55)),
    lesions,
    seed: seedFrom(random),
  };
}

function drawLesion(
  random: SeededRandom,
  fieldStrengthT: number,
  [rx, ry, rz]: readonly [number, number, number],
  radiusMm: number,
  scores: ParticipantBiology['scores'],
): LesionTruth {
  const stretch = () => exp(0.16 * bounded(random.normal(), 2));
  // Within the breast, ahead of the chest wall, and away from the skin.
  const [x, y, z] = [
    0.4 * rx * (2 * random.uniform() - 1),
    38 - ry * (0.3 + 0.3 * random.uniform()),
    0.4 * rz * (2 * random.uniform() - 1),
  ];
  return {
    centerMm: [x, y, z],
    radiiMm: [radiusMm * stretch(), radiusMm * stretch(), radiusMm * stretch()],
    turn: Math.PI * random.uniform(),
    irregularityMm: radiusMm * (0.06 + 0.1 * random.uniform()),
    necroticShare: radiusMm > 12 && random.uniform() < 0.6 ? 0.25 + 0.15 * random.uniform() : 0,
    ktransPerMin: lawAt(lesionLaw.ktransPerMin, scores.ktrans),
    rimGain: 1 + 0.35 * random.uniform(),
    ve: 0.32 + 0.16 * random.uniform(),
    vp: 0.03 + 0.04 * random.uniform(),
    adc: 1050 * exp(0.12 * bounded(random.normal(), 2)),
    adcHeterogeneity: lawAt(lesionLaw.adcHeterogeneity, scores.adcHeterogeneity),
    t1Ms: tissueAt('lesion', fieldStrengthT).t1Ms,
    seed: seedFrom(random),
  };
}

/** A smaller lesion of the same kind beside the first. */
function beside(random: SeededRandom, first: LesionTruth): LesionTruth {
  const [x, y, z] = first.centerMm;
  const shrink = 0.45 + 0.15 * random.uniform();
  const away = 1.9 * Math.max(...first.radiiMm);
  return {
    ...first,
    centerMm: [x + (x > 0 ? -away : away), y - 4 + 8 * random.uniform(), z - 4 + 8 * random.uniform()],
    radiiMm: first.radiiMm.map((radius) => shrink * radius) as [number, number, number],
    irregularityMm: shrink * first.irregularityMm,
    necroticShare: 0,
    seed: seedFrom(random),
  };
}

/** Pathology and follow-up, given the true probability of HER-2. */
export function drawOutcome(random: SeededRandom, biology: ParticipantBiology, probability: number): ParticipantOutcome {
  const her2 = random.uniform() < probability ? 1 : 0;
  const { er } = biology;
  const ki67Percent = Math.round(
    Math.min(95, Math.max(1, 16 + 17 * (1 - er) + 5 * her2 + 4 * biology.scores.ktrans + 9 * random.normal())),
  );
  const grade = ki67Percent < 12 ? 1 : ki67Percent < 28 ? 2 : 3;
  const nodes = random.uniform() < 0.35;
  const isLarge = 2 * Math.max(...(biology.breast.lesions[0] as LesionTruth).radiiMm) > 30;
  const stage = nodes ? (isLarge ? (random.uniform() < 0.4 ? 'IIIA' : 'IIB') : 'IIA') : isLarge ? 'IIA' : 'I';
  const hadTreatment = random.uniform() < (stage === 'I' ? 0.15 : 0.6);
  const pcr = hadTreatment ? (random.uniform() < logistic(-1.3 + 1.4 * her2 + 0.9 * (1 - er)) ? 1 : 0) : null;
  const hazardPerMonth = 0.002 * (1 + her2 + (1 - er));
  const time = -ln(1 - random.uniform()) / hazardPerMonth;
  const followUp = 18 + 66 * random.uniform();
  return {
    her2,
    ...drawPathology(random, her2),
    ki67Percent,
    grade,
    stage,
    pcr,
    followUpMonths: Math.max(1, Math.round(Math.min(time, followUp))),
    event: time <= followUp ? 1 : 0,
  };
}

/** IHC and, where it is 2+, ISH; some are missing. */
function drawPathology(random: SeededRandom, her2: 0 | 1): Pick<ParticipantOutcome, 'ihc' | 'ish'> {
  const [score, ish, missing] = [random.uniform(), random.uniform(), random.uniform()];
  if (missing < 0.01) return { ihc: '', ish: '' };
  if (her2 === 1 && score < 0.78) return { ihc: '3+', ish: '' };
  if (her2 === 0 && score < 0.75) return { ihc: score < 0.35 ? '0' : '1+', ish: '' };
  return { ihc: '2+', ish: ish < 0.06 ? '' : her2 === 1 ? 'positive' : 'negative' };
}

function lawAt({ median, logSd }: { readonly median: number; readonly logSd: number }, score: number): number {
  return median * exp(logSd * score);
}

function bounded(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

function seedFrom(random: SeededRandom): number {
  return random.below(2 ** 32);
}
