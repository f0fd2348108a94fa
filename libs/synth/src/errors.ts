import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const synthErrors = defineErrors({
  'SYNTH.BAD_OPTIONS': {
    exit: 2,
    en: {
      what: 'No synthetic cohort can be made with {option} = {value}: {reason}.',
      next: 'Change the option; the defaults always work.',
    },
    zh: { what: '无法以 {option} = {value} 生成合成队列：{reason}。', next: '请修改该选项；默认值始终可用。' },
  },
});
