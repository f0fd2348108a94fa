import type { Interval } from '../normal-interval.js';

/** What the release gate reads. A figure that is not known fails its test. */
export interface GateFigures {
  /** External AUC with its 95 % interval. */
  readonly auc: { readonly estimate: number; readonly low: number | null };
  /** Lower bound of the prediction interval of the AUC in a new site; null with too few sites. */
  readonly predictionLow: number | null;
  /** 95 % interval of the calibration slope. */
  readonly slope: Interval | null;
  /** Net benefit over the agreed range of thresholds. */
  readonly netBenefit: readonly { readonly threshold: number; readonly model: number; readonly all: number; readonly none: number }[];
  readonly externalSites: number;
}

/** The rule that the study agreed on. */
export interface ReleaseRule {
  /** Cut of the AUC. */
  readonly cut: number;
  /** Floor of the prediction interval, set by the principal investigator; null: not set, so that its test cannot pass. */
  readonly floor: number | null;
  /** Range of threshold probabilities agreed with clinicians. */
  readonly thresholds: readonly [number, number];
  readonly minimumSites: number;
  /** Which tests must pass: the lower bound of the AUC alone, or all of them. */
  readonly verdictNeeds: 'lowerBound' | 'all';
}

/** Rule of the review, with the verdict on the lower bound. */
export const defaultReleaseRule: ReleaseRule = {
  cut: 0.85,
  floor: null,
  thresholds: [0.05, 0.5],
  minimumSites: 3,
  verdictNeeds: 'lowerBound',
};

/** Names of the tests of the gate, in the order of the card. */
export const gateTests = ['pointEstimate', 'lowerBound', 'predictionInterval', 'calibrationSlope', 'netBenefit', 'externalSites'] as const;
/** One of {@link gateTests}. */
export type GateTestName = (typeof gateTests)[number];

/** One line of the card. */
export interface GateTest {
  readonly name: GateTestName;
  readonly passed: boolean;
  /** Whether the figure was known. */
  readonly known: boolean;
  /** What was compared: the figure, and what it must reach. */
  readonly value: number | null;
  readonly limit: number | null;
}

/** The card: every line is shown, none hidden. */
export interface GateCard {
  readonly tests: readonly GateTest[];
  readonly meets: boolean;
  /** "meets the study's release rule" or "does not meet the study's release rule"; never a word about treatment. */
  readonly verdict: 'meets' | 'doesNotMeet';
}

/**
 * The release gate over finished results: point estimate, lower bound, prediction interval, calibration slope, net benefit, and the number of
 * external sites. The point estimate is shown but never decides: at 150 participants a model with a true AUC of 0.80 shows 0.85 or more in
 * one of eight tests.
 */
export function releaseGate(figures: GateFigures, rule: ReleaseRule = defaultReleaseRule): GateCard {
  const { auc, predictionLow, slope, netBenefit, externalSites } = figures;
  const inRange = netBenefit.filter(({ threshold }) => threshold >= rule.thresholds[0] && threshold <= rule.thresholds[1]);
  const advantage = inRange.length === 0 ? null : Math.min(...inRange.map(({ model, all, none }) => model - Math.max(all, none)));
  const line = (name: GateTestName, value: number | null, limit: number | null, passed: boolean): GateTest => {
    const known = value !== null && Number.isFinite(value) && limit !== null;
    return { name, passed: known && passed, known, value: value !== null && Number.isFinite(value) ? value : null, limit };
  };
  const atLeast = (name: GateTestName, value: number | null, limit: number | null) =>
    line(name, value, limit, limit !== null && (value ?? NaN) >= limit);
  const tests: GateTest[] = [
    atLeast('pointEstimate', auc.estimate, rule.cut),
    atLeast('lowerBound', auc.low, rule.cut),
    atLeast('predictionInterval', predictionLow, rule.floor),
    line('calibrationSlope', slope && distanceTo1(slope), 0, slope !== null && slope.low <= 1 && slope.high >= 1),
    line('netBenefit', advantage, 0, (advantage ?? NaN) > 0),
    atLeast('externalSites', externalSites, rule.minimumSites),
  ];
  const meets =
    rule.verdictNeeds === 'all' ? tests.every(({ passed }) => passed) : tests.some(({ name, passed }) => name === 'lowerBound' && passed);
  return { tests, meets, verdict: meets ? 'meets' : 'doesNotMeet' };
}

/** 0 where the interval holds 1, else how far it stays away. */
function distanceTo1({ low, high }: Interval): number {
  return low > 1 ? low - 1 : high < 1 ? 1 - high : 0;
}

/** The verdict in words. */
export const verdictTexts = {
  en: { meets: "meets the study's release rule", doesNotMeet: "does not meet the study's release rule" },
  zh: { meets: '符合本研究的发布规则', doesNotMeet: '不符合本研究的发布规则' },
} as const;
