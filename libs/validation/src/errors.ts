import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const validationErrors = defineErrors({
  'VALIDATION.BAD_SCORES': {
    exit: 6,
    en: {
      what: 'Scores or outcomes cannot be evaluated in {operation}: {reason}.',
      next: 'This is a defect of the scoring step or a corrupted table; report it with this text.',
    },
    zh: { what: '{operation} 无法评估得分或结局：{reason}。', next: '这是评分步骤的缺陷或数据表损坏，请附上本段文字报告。' },
  },
});
