import type { StudyStep } from '@cohortium/analysis';
import type { MessageKey } from './messages.js';

/** The text for each step of a study. */
export const stepWords: Readonly<Record<StudyStep, MessageKey>> = {
  eligibility: 'stepEligibility',
  missingness: 'stepMissingness',
  preparation: 'stepPreparation',
  harmonization: 'stepHarmonization',
  models: 'stepModels',
  lock: 'stepLock',
  external: 'stepExternal',
  leaveOneSiteOut: 'stepLeaveOneSiteOut',
  close: 'stepClose',
};
