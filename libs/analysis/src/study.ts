import type { Sha256, SiteId } from '@cohortium/kernel';
import type { Federation } from '@cohortium/federation';
import type { LockedModel } from '@cohortium/learning';
import type { Protocol } from '@cohortium/protocol';
import type { Science } from './science.js';

/** What the program asks of the app that runs it, besides sums. */
export interface StudyHost {
  /**
   * Commits the model, durably, before any external site is asked anything. Idempotent: a replayed program locks the same model
   * again and nothing changes; another model under the same run is refused.
   */
  lockModel(model: LockedModel, hash: Sha256, onnx: Uint8Array): Promise<void>;
  /** Told when a step of the study begins; for progress only. */
  stepBegins(step: StudyStep): void;
}

/** Steps of a study in order. */
export const studySteps = [
  'eligibility',
  'missingness',
  'preparation',
  'harmonization',
  'models',
  'lock',
  'external',
  'leaveOneSiteOut',
  'close',
] as const;
/** One of {@link studySteps}. */
export type StudyStep = (typeof studySteps)[number];

/** A study as it runs: protocol with its feature list resolved, and the enrolled sites. */
export interface StudyInput {
  readonly protocol: Protocol;
  readonly training: readonly SiteId[];
  readonly external: readonly SiteId[];
}

/** A study program. */
export type StudyProgram = (input: StudyInput, federation: Federation, host: StudyHost) => Promise<Science>;
