import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const learningErrors = defineErrors({
  'LEARNING.UNKNOWN_FEATURE': {
    exit: 2,
    en: { what: 'The model needs the feature "{feature}", which this cohort does not have.', next: 'Extract it, or check that the feature table belongs to this study.' },
    zh: { what: '模型需要特征“{feature}”，而该队列没有。', next: '请提取该特征，或确认特征表属于本研究。' },
  },
});
