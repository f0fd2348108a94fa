import type { SyntheticFeature } from './feature-catalog.js';
import type { Scanner } from './scanner.js';

/** What is true of one synthetic hospital. */
export interface SiteTruth {
  readonly site: string;
  readonly role: 'training' | 'external';
  /** Mean true probability. */
  readonly prevalence: number;
  readonly intercept: number;
  /** Scanner effects by feature, SD units; see {@link SyntheticTruth.features}. */
  readonly location: readonly number[];
  readonly scale: readonly number[];
}

/** A feature with what this cohort does to it. */
export interface CohortFeature extends SyntheticFeature {
  readonly ageEffect: number;
  readonly missingShare: number;
  /** Stored with two significant digits only. */
  readonly lossy: boolean;
}

/** One hospital as it will be written. */
export interface CohortSite extends SiteTruth {
  readonly scanner: Scanner;
  readonly participants: readonly Participant[];
}

/** One made-up person. */
export interface Participant {
  readonly id: string;
  readonly ageYears: number;
  /** 0, 1, or null where pathology is missing. */
  readonly her2: number | null;
  readonly er: number;
  readonly pr: number;
  /** Raw features; null is a missing cell. */
  readonly values: readonly (number | null)[];
}
