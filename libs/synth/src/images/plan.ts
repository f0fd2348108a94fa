import { exp, logistic } from '@cohortium/numerics';
import { expectedAuc, interceptFor } from '../biology.js';
import { stream } from '../options.js';
import { inputStepSeconds } from '../phantom/kinetics.js';
import type { PhaseTimes } from '../phantom/kinetics.js';
import { completeImageOptions } from './image-options.js';
import type { CompleteImageOptions, ImageCohortOptions } from './image-options.js';
import { drawBiology, drawOutcome } from './participant.js';
import type { ParticipantBiology, ParticipantOutcome } from './participant.js';
import { scannerProfile } from './scanner-profile.js';
import type { ScannerProfile } from './scanner-profile.js';

/** One made-up participant of a cohort in images. */
export interface PlannedParticipant extends ParticipantBiology, ParticipantOutcome {
  /** Obviously no real identifier: `SYN-<site>-0001`. */
  readonly id: string;
  /** From 0, within the site. */
  readonly index: number;
  /** True probability of HER-2. */
  readonly probability: number;
  /** Day of the examination, `YYYYMMDD`, and its beginning in seconds from midnight. */
  readonly studyDate: string;
  readonly startSeconds: number;
  readonly times: PhaseTimes;
}

/** How a site's scanner departs from what its headers say. */
export interface ScannerDeparture {
  /** Flip angle reached over the one stated. */
  readonly flipGain: number;
  /** Factor on apparent diffusion coefficients. */
  readonly gradientGain: number;
}

/** One hospital of a cohort in images. */
export interface PlannedSite {
  readonly id: string;
  readonly role: 'training' | 'external';
  readonly index: number;
  readonly scanner: ScannerProfile;
  readonly departure: ScannerDeparture;
  /** Log odds of HER-2 at eta = 0. */
  readonly intercept: number;
  readonly prevalence: number;
  readonly participants: readonly PlannedParticipant[];
}

/** Everything about a cohort in images but the images: a function of the options alone. */
export interface ImageCohortPlan {
  readonly options: CompleteImageOptions;
  readonly sites: readonly PlannedSite[];
  /** Expected AUC of the true probabilities over pairs within hospitals; what a perfect analysis could reach. Null where there are no pairs. */
  readonly achievableAuc: number | null;
}

/** Sites from which on the last one takes no part in fits. */
const sitesForExternal = 3;

/**
 * Draws hospitals and participants. The images of any one of them follow from the plan without those of the others.
 * @throws `SYNTH.BAD_OPTIONS`
 */
export function planImageCohort(given: ImageCohortOptions): ImageCohortPlan {
  const options = completeImageOptions(given);
  const ranks = options.sites.map((_, at) => at);
  const shuffle = stream(options.seed, 'image prevalence');
  for (let at = ranks.length - 1; at > 0; at--) {
    const other = shuffle.below(at + 1);
    [ranks[at], ranks[other]] = [ranks[other] as number, ranks[at] as number];
  }
  const sites = options.sites.map((site, index): PlannedSite => {
    const prevalence = options.prevalence * (0.8 + (0.4 * ((ranks[index] as number) + 0.5)) / options.sites.length);
    return planSite(options, site, index, prevalence);
  });
  const scores = sites.map(({ intercept, participants }) => ({
    intercept,
    eta: Float64Array.from(participants, ({ eta }) => eta),
  }));
  const hasPairs = sites.some(({ participants }) => participants.length > 1);
  return { options, sites, achievableAuc: hasPairs ? expectedAuc(scores) : null };
}

function planSite(
  options: CompleteImageOptions,
  { id, participants: count }: CompleteImageOptions['sites'][number],
  index: number,
  prevalence: number,
): PlannedSite {
  const scanner = scannerProfile(index);
  const random = stream(options.seed, `image site ${id}`);
  const meanAge = 51 + 7 * random.uniform();
  const departure = options.ideal
    ? { flipGain: 1, gradientGain: 1 }
    : { flipGain: exp(0.04 * random.normal()), gradientGain: exp(0.025 * random.normal()) };
  const drawn = Array.from({ length: count }, (_, at) => {
    const own = stream(options.seed, `image participant ${id} ${at}`);
    return { own, biology: drawBiology(own, meanAge, scanner.fieldStrengthT, options) };
  });
  const intercept = interceptFor(
    Float64Array.from(drawn, ({ biology }) => biology.eta),
    prevalence,
  );
  const participants = drawn.map(({ own, biology }, at): PlannedParticipant => {
    const probability = logistic(intercept + biology.eta);
    return {
      ...biology,
      ...drawOutcome(own, biology, probability),
      id: `SYN-${id}-${String(at + 1).padStart(4, '0')}`,
      index: at,
      probability,
      studyDate: drawDate(own),
      startSeconds: 8 * 3600 + own.below(9 * 3600),
      times: drawTimes(own, scanner.dynamic.phaseSeconds, options.postPhases),
    };
  });
  const isExternal = options.sites.length >= sitesForExternal && index === options.sites.length - 1;
  return { id, role: isExternal ? 'external' : 'training', index, scanner, departure, intercept, prevalence, participants };
}

/** A day from 2021 to 2024. */
function drawDate(random: { below(bound: number): number }): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${2021 + random.below(4)}${two(1 + random.below(12))}${two(1 + random.below(28))}`;
}

/** One phase, a pause for the injection, and phases after contrast, none exactly when it was planned. */
function drawTimes(random: { uniform(): number }, phaseSeconds: number, postPhases: number): PhaseTimes {
  const onGrid = (seconds: number) => Math.round(seconds / inputStepSeconds) * inputStepSeconds;
  const arrivalSeconds = onGrid(phaseSeconds + 6 + 6 * random.uniform());
  const first = arrivalSeconds + 16 + 8 * random.uniform();
  const post = Array.from({ length: postPhases }, (_, at) => onGrid(first + at * phaseSeconds + 1.5 * random.uniform()));
  return { seconds: [0, ...post], arrivalSeconds };
}
